"""What the benchmarks that time single calls share."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def cpu_seconds(run: Callable[[], object], repeats: int) -> float:
    """Median process time of a call after a first one that compiles; other work on the machine disturbs it little."""
    run()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return statistics.median(times)


def verdict(claim: str, held: bool) -> int:
    """Print the last line of a benchmark; returns its exit code."""
    print(f"{claim}: {'held' if held else 'NOT HELD'}")
    return 0 if held else 1
