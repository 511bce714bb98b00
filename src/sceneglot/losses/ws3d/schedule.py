"""Weights and thresholds that change during a training, as functions of its progress in 0..1."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sceneglot.errors import SceneglotError


@dataclass(frozen=True)
class Ramp:
    """A weight that is zero at first and grows to its value: self-supervision has to wait for a network that knows.

    weight * exp(-5 (1 - t)^2), t from 0 to 1 over `length` after `wait` (Laine and Aila, 2017).
    """

    weight: float
    wait: float = 0.2
    """Share of the training with weight 0."""
    length: float = 0.3
    """Share of the training in which it grows; 0: at once."""

    def __post_init__(self) -> None:
        if not (0 <= self.wait <= 1 and self.length >= 0):
            raise SceneglotError(f"ramp: wait {self.wait} and length {self.length}, expected shares of the training")

    def at(self, progress: float) -> float:
        """The weight at a progress of 0 (first step) to 1."""
        if progress < self.wait:
            return 0.0
        t = 1.0 if self.length == 0 else min(1.0, (progress - self.wait) / self.length)
        return self.weight * math.exp(-5 * (1 - t) ** 2)


@dataclass(frozen=True)
class Slide:
    """A value that moves evenly from `first` to `last`."""

    first: float
    last: float

    def at(self, progress: float) -> float:
        """The value at a progress of 0 (first step) to 1."""
        return self.first + (self.last - self.first) * min(max(progress, 0.0), 1.0)
