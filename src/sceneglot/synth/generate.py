"""Rooms in numbers: seed -> furnished room -> scanned scene, in parallel, into a store, resumable."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path

import sceneglot
from sceneglot.atomic import write_json
from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.store import Store
from sceneglot.synth import ROOM_TYPES
from sceneglot.synth.furnish import furnish
from sceneglot.synth.scan_config import ScanConfig
from sceneglot.synth.scanner import LICENCE, scan
from sceneglot.workers import worker_pool

ORIGIN = "rooms"
"""Origin of stores and scenes made here."""

SEED_STRIDE = 1_000_003
"""Room i of a set with seed s has the seed s * SEED_STRIDE + i, so sets of different seeds share no room."""

_RECIPE = "generate.json"  # in the store: what a continued run has to agree with


@dataclass(frozen=True)
class Job:
    """One room to make. Its scene depends on `seed` and `room_type` (and the scan's settings) alone."""

    seed: int
    room_type: str | None
    split: str

    @property
    def scene_id(self) -> str:
        """Name of the scene in the store."""
        return room_id(self.seed)


def room_id(seed: int) -> str:
    """Scene id of the room with this seed."""
    return f"room-{seed:06d}"


def generate(seed: int = 0, room_type: str | None = None, config: ScanConfig | None = None) -> Scene:
    """A furnished, scanned, labelled room.

    Args:
        seed: non-negative; everything follows from it, same seed same bytes.
        room_type: one of `synth.ROOM_TYPES`; drawn from the seed where None.
        config: the scan's settings.

    Raises:
        SceneglotError: negative seed or unknown room type.
    """
    if seed < 0:
        raise SceneglotError(f"generate: seed must not be negative, found {seed}")
    _check_types((room_type,) if room_type else ())
    return scan(furnish(seed, room_type=room_type, room_id=room_id(seed)), config)


def plan_jobs(
    rooms: int, seed: int, *, val: float = 0.1, test: float = 0.1, room_types: Sequence[str] = ()
) -> list[Job]:
    """The rooms of a set, in order. A longer set starts with the shorter one, splits included.

    Args:
        rooms: how many.
        seed: of the set, non-negative.
        val, test: fractions; every prefix of the set holds them to within one room.
        room_types: taken in turn; drawn from each room's seed where empty.

    Raises:
        SceneglotError: counts, fractions or types that cannot be.
    """
    if rooms < 1 or seed < 0:
        raise SceneglotError(f"generate: needs at least one room and a seed >= 0, found {rooms} rooms, seed {seed}")
    if min(val, test) < 0 or val + test > 1:
        raise SceneglotError(f"generate: fractions must be >= 0 and add up to at most 1, found val {val}, test {test}")
    _check_types(room_types)
    share = {"train": 1 - val - test, "val": val, "test": test}
    made = dict.fromkeys(share, 0)
    jobs = []
    for i in range(rooms):
        # The split that is furthest behind its share is next; the earlier name wins a tie.
        split = max(share, key=lambda name: round(share[name] * (i + 1) - made[name], 9))
        made[split] += 1
        room_type = room_types[i % len(room_types)] if room_types else None
        jobs.append(Job(seed * SEED_STRIDE + i, room_type, split))
    return jobs


def generate_many(
    out: str | Path,
    rooms: int,
    seed: int = 0,
    workers: int = 0,
    *,
    val: float = 0.1,
    test: float = 0.1,
    room_types: Sequence[str] = (),
    config: ScanConfig | None = None,
    report: Callable[[int, int], None] | None = None,
) -> Store:
    """Generate a set of rooms into a store; the files are the same for any number of workers.

    An interrupted run continues where it stopped when called again; a larger `rooms` extends a set.

    Args:
        out: folder of the store.
        rooms, seed, val, test, room_types: see `plan_jobs`.
        workers: processes; 0 takes one per available core, 1 stays in this process.
        config: the scan's settings.
        report: called with (finished, all) rooms after every room, those of earlier runs included.

    Raises:
        SceneglotError: impossible arguments, or the folder holds rooms made with other settings.
    """
    config = config or ScanConfig()
    jobs = plan_jobs(rooms, seed, val=val, test=test, room_types=room_types)
    if workers < 0:
        raise SceneglotError(f"generate: workers must be >= 0, found {workers}")
    store = Store.create(out, origin=ORIGIN, licence=LICENCE)
    _agree(store.path / _RECIPE, seed, val, test, room_types, config)
    waiting = [job for job in jobs if not store.has(job.scene_id)]
    done = len(jobs) - len(waiting)
    if report is not None:
        report(done, len(jobs))
    for _ in _run(waiting, store.path, config, min(workers or available_cores(), max(len(waiting), 1))):
        done += 1
        if report is not None:
            report(done, len(jobs))
    store.finish()
    return Store.open(store.path)


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(jobs: list[Job], path: Path, config: ScanConfig, workers: int) -> Iterator[None]:
    """Make the rooms, yielding once per finished room."""
    if workers <= 1:
        for job in jobs:
            _make(path, job, config)
            yield
        return
    # Spawned, not forked: the parent may hold threads (Embree, OpenMP) that a fork would break.
    pool = worker_pool(workers)
    rest = iter(jobs)
    running: set[Future[None]] = set()
    try:
        while True:
            while len(running) < 2 * workers and (job := next(rest, None)) is not None:
                running.add(pool.submit(_make, path, job, config))
            if not running:
                return
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
                yield
    except BrokenProcessPool as error:
        raise SceneglotError(
            "generate: a worker process died, perhaps for lack of memory; "
            "run the same command with fewer --workers to continue"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _make(path: Path, job: Job, config: ScanConfig) -> None:
    scene = generate(job.seed, job.room_type, config)
    Store.open(path).add(scene, split=job.split)


def _check_types(room_types: Sequence[str]) -> None:
    unknown = [name for name in room_types if name not in ROOM_TYPES]
    if unknown:
        raise SceneglotError(f"generate: unknown room type {unknown[0]!r}; choose from {', '.join(sorted(ROOM_TYPES))}")


def _agree(path: Path, seed: int, val: float, test: float, room_types: Sequence[str], config: ScanConfig) -> None:
    """Write down what the set was made with, or compare with what an earlier run wrote."""
    recipe = {
        "generator": f"sceneglot-rooms {sceneglot.__version__}",
        "seed": seed, "val": val, "test": test, "room_types": list(room_types), "scan": asdict(config),
    }  # fmt: skip
    recipe = json.loads(json.dumps(recipe))  # tuples become lists, as they will come back
    if not path.exists():
        write_json(path, recipe, sort_keys=True)
        return
    try:
        earlier = dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise BadFileError(path, f"is not the JSON object it should be ({error})", "choose another folder") from error
    differs = sorted(key for key in recipe if earlier.get(key) != recipe[key])
    if differs:
        raise SceneglotError(
            f"{path.parent}: holds rooms generated with other settings ({', '.join(differs)}); "
            f"choose another folder or repeat the settings in {path.name}"
        )
