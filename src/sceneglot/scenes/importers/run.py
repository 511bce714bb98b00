"""The loop all importers share: one job per scene, in parallel, what is there is kept, a bad scene stops no other.

Every scene is one atomic file, so a run that was killed is continued by the same command: nothing is redone and
nothing doubled. At most two jobs per worker are under way, and results are ids, not points: memory is bounded by the
number of workers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sceneglot.errors import SceneglotError
from sceneglot.scenes.importers.paths import check_inside
from sceneglot.scenes.importers.source import Job
from sceneglot.scenes.store import Store
from sceneglot.workers import worker_pool


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        imported: ids of the scenes written now.
        kept: ids of the scenes that were there already.
        failed: (id, reason) of the scenes that could not be read.
        seconds: wall time.
        num_bytes: size of the files read for the imported scenes.
    """

    imported: tuple[str, ...]
    kept: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    seconds: float = 0.0
    num_bytes: int = 0


def run_jobs(
    store: Store,
    jobs: Sequence[Job],
    *,
    root: Path | None = None,
    workers: int = 1,
    strict: bool = False,
    on_step: Callable[[str], None] | None = None,
) -> ImportReport:
    """Import all jobs into a store and finish it; the files are the same for any number of workers.

    Args:
        root: the jobs' files must lie below it, links followed; not checked where None.
        workers: processes; 1 stays in this process.
        strict: stop at the first bad scene instead of skipping it. What was written before stays.
        on_step: called with each scene id when it is done, for progress bars.

    Raises:
        SceneglotError: two jobs with one id, a bad scene under `strict`, or nothing at all could be read.
    """
    start = time.perf_counter()
    _check_ids(jobs)
    kept = {job.scene_id for job in jobs if store.has(job.scene_id)}
    waiting = [job for job in jobs if job.scene_id not in kept]
    for scene_id in sorted(kept):
        if on_step is not None:
            on_step(scene_id)
    imported: set[str] = set()
    reasons: dict[str, str] = {}
    steps = _steps(waiting, store, root, min(workers, len(waiting)))
    try:
        for scene_id, problem in steps:
            if problem is None:
                imported.add(scene_id)
            else:
                reasons[scene_id] = problem
                if strict:
                    raise SceneglotError(problem)
            if on_step is not None:
                on_step(scene_id)
    except SceneglotError:
        steps.close()
        store.finish()
        raise
    failed = [(job.scene_id, reasons[job.scene_id]) for job in waiting if job.scene_id in reasons]
    if failed and not imported and not kept:
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        raise SceneglotError(f"nothing could be imported: {failed[0][1]}{more}")
    store.finish()
    return ImportReport(
        imported=tuple(job.scene_id for job in jobs if job.scene_id in imported),
        kept=tuple(job.scene_id for job in jobs if job.scene_id in kept),
        failed=tuple(failed),
        seconds=time.perf_counter() - start,
        num_bytes=sum(map(file_size, {path for job in waiting if job.scene_id in imported for path in job.files})),
    )


def file_size(path: Path) -> int:
    """Bytes of a file, 0 if it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _check_ids(jobs: Sequence[Job]) -> None:
    seen: dict[str, Job] = {}
    for job in jobs:
        other = seen.setdefault(job.scene_id, job)
        if other is not job:
            names = ", ".join(path.name for path in (*other.files[:1], *job.files[:1]))
            where = f" ({names})" if names else ""
            raise SceneglotError(f"several inputs would become scene {job.scene_id}{where}; rename them")


_Step = tuple[str, "str | None"]


def _steps(jobs: list[Job], store: Store, root: Path | None, workers: int) -> Generator[_Step, None, None]:
    """(scene id, None or what was wrong with it) as scenes get done."""
    if workers <= 1:
        for job in jobs:
            yield _import(store, job, root)
        return
    rest = jobs
    while rest:
        done: set[str] = set()
        lost: list[Job] = []
        for step in _pooled(rest, store.path, root, workers, lost):
            done.add(step[0])
            yield step
        # A worker died. Its job is among the lost ones: each gets a process of its own, then the others go on.
        for job in lost:
            done.add(job.scene_id)
            yield _alone(job, store.path, root)
        rest = [job for job in rest if job.scene_id not in done]


def _pooled(jobs: list[Job], path: Path, root: Path | None, workers: int, lost: list[Job]) -> Iterator[_Step]:
    """Run jobs in a pool. If a worker dies, put the jobs that were under way into `lost` and end."""
    pool = worker_pool(workers)
    rest = iter(jobs)
    running: dict[Future[_Step], Job] = {}
    try:
        while True:
            while len(running) < 2 * workers and (job := next(rest, None)) is not None:
                running[pool.submit(_import_at, path, job, root)] = job
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                step = future.result()
                del running[future]
                yield step
    except BrokenProcessPool:
        finished = [future for future in running if future.done() and future.exception() is None]
        yield from (future.result() for future in finished)
        lost += [job for future, job in running.items() if future not in finished]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _alone(job: Job, path: Path, root: Path | None) -> _Step:
    with worker_pool(1) as pool:
        try:
            return pool.submit(_import_at, path, job, root).result()
        except BrokenProcessPool:
            return job.scene_id, f"{job.scene_id}: its worker process died, perhaps for lack of memory"


def _import_at(path: Path, job: Job, root: Path | None) -> _Step:
    return _import(_store_at(path), job, root)


@lru_cache(maxsize=1)
def _store_at(path: Path) -> Store:
    return Store.open(path)


def _import(store: Store, job: Job, root: Path | None) -> _Step:
    try:
        if root is not None:
            for path in job.files:
                check_inside(root, path)
        store.add(job.load(), split=job.split)
    except SceneglotError as error:
        return job.scene_id, str(error)
    except (MemoryError, OSError) as error:
        return job.scene_id, f"{job.scene_id}: cannot be read ({error or 'not enough memory'})"
    except Exception as error:  # a defect of the importer must not cost the other scenes; it is reported, not hidden
        return (
            job.scene_id,
            f"{job.scene_id}: unexpected {error!r:.200}; this is a defect of sceneglot, please report it",
        )
    return job.scene_id, None
