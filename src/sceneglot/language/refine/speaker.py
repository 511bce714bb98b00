"""Who rewrites: anything that turns a prompt into text, and how it says that it could not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Prompt:
    """What a language model is asked.

    Attributes:
        system: the task. user: the data, kept apart from the task.
        max_tokens: of the answer. temperature: of the sampling. seed: of the sampling, where the model knows one.
    """

    system: str
    user: str
    max_tokens: int = 120
    temperature: float = 0.7
    seed: int = 0

    def key(self, model: str) -> str:
        """SHA-256 of everything that decides the answer: the name of its place in the cache."""
        content = [model, self.system, self.user, self.max_tokens, self.temperature, self.seed]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What came back, with the tokens it cost (0 where the model does not tell)."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0


class SpeakerError(Exception):
    """No usable answer this time. Never reaches users: it is counted and the template text stays.

    Attributes:
        reason: in a few words, without anything secret.
        retry: whether asking again may help. fatal: whether asking for anything else is useless too.
        wait: seconds the other side asks to wait, 0 if it did not say.
    """

    def __init__(self, reason: str, *, retry: bool = False, fatal: bool = False, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.reason, self.retry, self.fatal, self.wait = reason, retry, fatal, wait


class Speaker(Protocol):
    """A language model behind a network or in this process."""

    @property
    def model(self) -> str:
        """Its name, part of the cache key and of the provenance of what it wrote."""
        ...

    @property
    def concurrent(self) -> bool:
        """Whether several threads may ask at once."""
        ...

    def say(self, prompt: Prompt) -> Answer:
        """Answer, or raise `SpeakerError`."""
        ...
