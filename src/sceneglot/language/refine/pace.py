"""Pace: how fast an endpoint is asked, and how long one waits after a failure."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

LONGEST_WAIT = 120.0
"""Seconds; a longer Retry-After is not obeyed but cut, and the retries run out."""


class Pace:
    """Spaces requests evenly over all threads, and holds everybody back when the other side asks for it.

    Args:
        per_minute: requests allowed in a minute, 0 for no limit.
        stop: ends all waiting at once when set.
        clock: seconds, monotonic.
    """

    def __init__(self, per_minute: float, stop: threading.Event, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 60.0 / per_minute if per_minute > 0 else 0.0
        self._stop, self._clock, self._lock = stop, clock, threading.Lock()
        self._next = 0.0

    def turn(self) -> None:
        """Wait for the next free place."""
        with self._lock:
            now = self._clock()
            mine = max(now, self._next)
            self._next = mine + self._interval
        self.wait(mine - now)

    def hold(self, seconds: float) -> None:
        """Nobody asks for so long (HTTP 429 speaks to all threads)."""
        with self._lock:
            self._next = max(self._next, self._clock() + min(seconds, LONGEST_WAIT))

    def wait(self, seconds: float) -> None:
        """Wait, unless stopped."""
        if seconds > 0:
            self._stop.wait(seconds)


def backoff(attempt: int, key: str, base: float, asked: float = 0.0) -> float:
    """Seconds before attempt number `attempt` + 1: doubling, with jitter drawn from the prompt's key, or as asked.

    Full jitter between half and the whole of base * 2^attempt keeps threads that failed together from asking together.
    """
    doubled = base * 2.0**attempt
    jitter = random.Random(f"{key}/{attempt}").uniform(0.5, 1.0)
    return min(max(doubled * jitter, asked), LONGEST_WAIT)
