"""Asker: cache, pace, retries and giving up, around any speaker."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from sceneglot.language.refine.cache import AnswerCache
from sceneglot.language.refine.pace import Pace, backoff
from sceneglot.language.refine.speaker import Answer, Prompt, Speaker, SpeakerError

STOPPED = "interrupted"


@dataclass(frozen=True)
class Reply:
    """What came of a prompt.

    Attributes:
        answer: None where nobody answered.
        failure: why not, "" with an answer.
        cached: whether it was known before.
        attempts: how often the speaker was asked.
    """

    answer: Answer | None
    failure: str = ""
    cached: bool = False
    attempts: int = 0


class Asker:
    """Asks a speaker, patiently but not forever.

    A failure that may pass is tried again with growing pauses; after `give_up` failures in a row, over all threads and
    prompts, or a failure that concerns them all, the speaker counts as gone and nobody is asked any more: what is in
    the cache is still answered. Safe for threads.

    Args:
        retries: attempts after the first. base: seconds of the first pause.
    """

    def __init__(
        self,
        speaker: Speaker,
        cache: AnswerCache,
        *,
        per_minute: float = 0.0,
        retries: int = 4,
        base: float = 1.0,
        give_up: int = 20,
    ) -> None:
        self.speaker, self._cache = speaker, cache
        self._retries, self._base, self._give_up = retries, base, give_up
        self._stop = threading.Event()
        self._pace = Pace(per_minute, self._stop)
        self._lock = threading.Lock()
        self._failed = 0
        self.gone = ""
        """Why nobody is asked any more, "" while the speaker answers."""

    def stop(self) -> None:
        """End all waiting and asking; threads return soon."""
        self._stop.set()

    def ask(self, prompt: Prompt) -> Reply:
        """The answer, from the cache or the speaker."""
        key = prompt.key(self.speaker.model)
        known = self._cache.get(key)
        if known is not None:
            return Reply(known, cached=True)
        failure = ""
        for attempt in range(self._retries + 1):
            self._pace.turn()
            if self.gone or self._stop.is_set():
                return Reply(None, self.gone or STOPPED, attempts=attempt)
            try:
                answer = self.speaker.say(prompt)
            except SpeakerError as error:
                failure = error.reason
                self._note_failure(error)
                if not error.retry or attempt == self._retries:
                    return Reply(None, failure, attempts=attempt + 1)
                if error.wait:
                    self._pace.hold(error.wait)
                self._pace.wait(backoff(attempt, key, self._base, error.wait))
                continue
            with self._lock:
                self._failed = 0
            self._cache.put(key, answer)
            return Reply(answer, attempts=attempt + 1)
        raise AssertionError("the loop returns")

    def _note_failure(self, error: SpeakerError) -> None:
        with self._lock:
            self._failed += 1
            if error.fatal:
                self.gone = error.reason
            elif self._failed >= self._give_up and not self.gone:
                self.gone = f"gave up after {self._failed} failures in a row, the last: {error.reason}"
