"""Processes that share a job: one way to start them, and none of them outlives the command."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait

from sceneglot.errors import SceneglotError


def worker_pool(workers: int, start: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    """A pool of `workers` fresh processes (spawned: forking a process with threads can hang).

    Ctrl-C is the parent's to handle: workers finish what they do and stop (`start` may choose otherwise). Where the
    parent is killed they end at once; left alone they would go on writing beside the command that continues the work.

    Args:
        start: called first in every worker; must be picklable.

    Raises:
        SceneglotError: fewer than one worker.
    """
    if workers < 1:
        raise SceneglotError(f"--workers must be a number of processes, 0 for one per core; found {workers}")
    return ProcessPoolExecutor(workers, get_context("spawn"), initializer=_start, initargs=(start,))


def _start(start: Callable[[], None] | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if start is not None:
        start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
