"""Retries, pauses, giving up, and the cache, with a speaker made of a list and a clock that does not tick."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sceneglot.errors import BadFileError
from sceneglot.language.refine.asker import STOPPED, Asker
from sceneglot.language.refine.cache import AnswerCache
from sceneglot.language.refine.pace import LONGEST_WAIT, Pace, backoff
from sceneglot.language.refine.speaker import Answer, Prompt, SpeakerError

PASSING = SpeakerError("HTTP 500", retry=True)


class Scripted:
    """Says, or raises, one thing after the other."""

    model, concurrent = "m", True

    def __init__(self, *script: str | SpeakerError) -> None:
        self.script, self.asked = list(script), 0

    def say(self, prompt: Prompt) -> Answer:
        self.asked += 1
        now = self.script.pop(0) if self.script else PASSING
        if isinstance(now, SpeakerError):
            raise now
        return Answer(now, 3, 4)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[AnswerCache]:
    with AnswerCache(tmp_path / "answers.sqlite") as opened:
        yield opened


def test_what_may_pass_is_tried_again(cache: AnswerCache) -> None:
    speaker = Scripted(PASSING, PASSING, "yes")
    reply = Asker(speaker, cache, base=0).ask(Prompt("s", "u"))
    assert (reply.answer, reply.attempts, reply.cached) == (Answer("yes", 3, 4), 3, False)
    again = Asker(speaker, cache, base=0).ask(Prompt("s", "u"))
    assert again.cached and again.answer == Answer("yes", 3, 4) and speaker.asked == 3


def test_what_cannot_pass_is_not_and_failures_are_not_kept(cache: AnswerCache) -> None:
    speaker = Scripted(SpeakerError("HTTP 400"), "yes")
    asker = Asker(speaker, cache, base=0)
    assert asker.ask(Prompt("s", "u")).failure == "HTTP 400" and not asker.gone
    assert asker.ask(Prompt("s", "u")).answer is not None
    assert len(cache) == 1


def test_retries_run_out(cache: AnswerCache) -> None:
    speaker = Scripted()
    reply = Asker(speaker, cache, base=0, retries=2).ask(Prompt("s", "u"))
    assert (reply.answer, reply.failure, reply.attempts, speaker.asked) == (None, "HTTP 500", 3, 3)


def test_a_model_that_only_fails_is_gone_but_the_cache_still_answers(cache: AnswerCache) -> None:
    kept = Prompt("s", "kept")
    cache.put(kept.key("m"), Answer("kept"))
    speaker = Scripted()
    asker = Asker(speaker, cache, base=0, retries=1, give_up=5)
    for i in range(10):
        asker.ask(Prompt("s", str(i)))
    assert speaker.asked == 5 and "gave up after 5 failures" in asker.gone
    reply = asker.ask(kept)
    assert reply.answer is not None and reply.cached


def test_a_success_in_between_starts_the_count_again(cache: AnswerCache) -> None:
    asker = Asker(Scripted(*[PASSING, "yes"] * 10), cache, base=0, retries=1, give_up=2)
    assert all(asker.ask(Prompt("s", str(i))).answer for i in range(10)) and not asker.gone


def test_a_fatal_answer_ends_it_at_once(cache: AnswerCache) -> None:
    speaker = Scripted(SpeakerError("wants another key", fatal=True))
    asker = Asker(speaker, cache, base=0)
    assert [asker.ask(Prompt("s", str(i))).failure for i in range(3)] == ["wants another key"] * 3
    assert speaker.asked == 1


def test_stopping_ends_a_long_pause(cache: AnswerCache) -> None:
    asker = Asker(Scripted(), cache, base=1000)
    replies = []
    thread = threading.Thread(target=lambda: replies.append(asker.ask(Prompt("s", "u"))))
    thread.start()
    time.sleep(0.05)
    asker.stop()
    thread.join(2)
    assert replies and replies[0].failure == STOPPED


def test_pauses_double_with_jitter_and_obey_the_other_side() -> None:
    for attempt in range(5):
        pauses = {backoff(attempt, f"key{i}", 1.0) for i in range(50)}
        assert len(pauses) > 40 and min(pauses) >= 0.5 * 2**attempt and max(pauses) <= 2**attempt
    assert backoff(0, "k", 1.0) == backoff(0, "k", 1.0)
    assert backoff(0, "k", 1.0, asked=30) == 30
    assert backoff(40, "k", 1.0) == backoff(0, "k", 1.0, asked=1e9) == LONGEST_WAIT


def test_requests_are_spaced_and_held_for_everybody() -> None:
    class Waits(Pace):
        def wait(self, seconds: float) -> None:
            waits.append(round(seconds, 6))

    waits: list[float] = []
    pace = Waits(60, threading.Event(), clock=lambda: 100.0)
    for _ in range(3):
        pace.turn()
    pace.hold(10)
    pace.turn()
    assert waits == [0, 1, 2, 10]


def test_keys_depend_on_everything_that_decides_the_answer() -> None:
    prompts = [Prompt("s", "u"), Prompt("s2", "u"), Prompt("s", "u2"), Prompt("s", "u", 9), Prompt("s", "u", 120, 0.1),
               Prompt("s", "u", 120, 0.7, 1), Prompt("su", "")]  # fmt: skip
    keys = {prompt.key(model) for prompt in prompts for model in ("a", "b")}
    assert len(keys) == 14 and all(len(key) == 64 for key in keys)


def test_a_file_that_is_no_cache_is_told(tmp_path: Path) -> None:
    (tmp_path / "junk.sqlite").write_bytes(b"not a database" * 99)
    with pytest.raises(BadFileError, match="cache of answers"):
        AnswerCache(tmp_path / "junk.sqlite")
    other = sqlite3.connect(tmp_path / "other.sqlite")
    other.execute("CREATE TABLE answers (something TEXT)")
    other.commit()
    other.close()
    with pytest.raises(BadFileError, match="cache of answers"):
        AnswerCache(tmp_path / "other.sqlite")


def test_many_threads_share_a_cache(cache: AnswerCache) -> None:
    def work(number: int) -> None:
        for i in range(20):
            cache.put(f"{number}-{i}", Answer(str(i)))
            assert cache.get(f"{number}-{i}") == Answer(str(i))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cache) == 120
