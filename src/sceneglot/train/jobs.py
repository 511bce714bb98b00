"""Run trainings that depend on each other, one after the other or several at a time in processes of their own."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Any

from sceneglot.workers import worker_pool


@dataclass(frozen=True)
class Job:
    """One piece of work.

    Attributes:
        name: as announced; unique.
        run: does it; must be picklable (a partial of a module's function) to run in another process.
        needs: names of the jobs that have to be done before; they come earlier in the list.
        steps: (done, of how many) of a job that runs in another process.
    """

    name: str
    run: Callable[[], Any]
    needs: tuple[str, ...] = ()
    steps: Callable[[], tuple[int, int]] | None = None


@dataclass(frozen=True)
class Listener:
    """Who is told what goes on; by default nobody.

    Attributes:
        announce: what starts, and with several workers how long each job took.
        progress: (job, steps done, of how many), every second, of jobs in other processes.
    """

    announce: Callable[[str], None] = lambda text: None
    progress: Callable[[str, int, int], None] = lambda what, done, total: None


def run_jobs(jobs: Sequence[Job], workers: int = 1, listener: Listener | None = None) -> None:
    """Run all jobs; the first failure is raised, jobs that did not start by then are dropped.

    Args:
        workers: processes; 1 runs in this one, with progress bars; 0 means one per core. Several share the cores: on
            two cores two trainings at once take far less time than one after the other with two threads each.
    """
    listener = listener or Listener()
    workers = min(workers or os.cpu_count() or 1, max(1, len(jobs)))
    if workers == 1:
        for job in jobs:
            listener.announce(job.name)
            job.run()
        return
    threads = max(1, (os.cpu_count() or 1) // workers)
    with worker_pool(workers, partial(_start, threads)) as pool:
        try:
            _dispatch(jobs, pool, workers, listener)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _dispatch(jobs: Sequence[Job], pool: Executor, workers: int, listener: Listener) -> None:
    waiting, running, done = list(jobs), dict[Future[Any], tuple[Job, float]](), set[str]()
    while waiting or running:
        ready = [job for job in waiting if done.issuperset(job.needs)]
        for job in ready[: workers - len(running)]:
            waiting.remove(job)
            listener.announce(job.name)
            running[pool.submit(job.run)] = (job, time.monotonic())
        finished = wait(running, timeout=1.0, return_when=FIRST_COMPLETED).done
        for job, _ in running.values():
            if job.steps is not None:
                listener.progress(job.name, *job.steps())
        for future in finished:
            job, start = running.pop(future)
            future.result()
            done.add(job.name)
            listener.announce(f"{job.name}: done in {time.monotonic() - start:.0f} s")


def _start(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    # Nobody waits for hours after Ctrl-C: a training stops at once and continues from its last checkpoint.
    signal.signal(signal.SIGINT, signal.default_int_handler)
