"""Sentences for whole stores: in parallel, in parts that survive an interruption, with the same bytes in the end."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from functools import lru_cache, partial
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sceneglot.atomic import write_json
from sceneglot.errors import SceneglotError
from sceneglot.graph.build import build_graph
from sceneglot.language.describe import Wanted, describe_as
from sceneglot.scenes.store import Store
from sceneglot.scenes.tables import write_utterances
from sceneglot.scenes.utterance import STANDARD_KINDS, Utterance
from sceneglot.workers import worker_pool

SCENES_PER_PART = 16
"""Scenes whose sentences are written as one part; at most so many are done again after an interruption."""

Report = Callable[[int, int], None]
T = TypeVar("T")


def describe_store(
    store: Store,
    kinds: Sequence[str] = STANDARD_KINDS,
    seed: int = 0,
    *,
    per_object: int = 2,
    scene_captions: int = 4,
    questions: int = 40,
    workers: int = 1,
    report: Report = lambda done, total: None,
) -> Iterator[Utterance]:
    """Sentences about all scenes of a store, scene by scene in the order of their ids, whatever the worker count.

    Args:
        workers: processes; 0 for one per core.
        report: called with the number of scenes done and their total.
    """
    wanted = Wanted(tuple(kinds), seed, per_object, scene_captions, questions)
    ids = store.scene_ids
    job = partial(describe_scene, store.path, wanted)
    for done, utterances in enumerate(_in_order(job, ids, workers), 1):
        yield from utterances
        report(done, len(ids))


def write_descriptions(
    store: Store,
    name: str,
    wanted: Wanted,
    *,
    workers: int = 0,
    report: Report = lambda done, total: None,
) -> Path:
    """Describe all scenes of a store into `utterances/<name>.parquet`; replaces an older file of that name.

    Workers write parts of a few scenes each beside it; what is whole when a run is interrupted is taken over by the
    next run with the same wishes. Memory does not grow with the number of scenes. The bytes depend neither on the
    number of workers nor on interruptions.

    Args:
        workers: processes; 0 for one per core.
        report: called with the number of scenes done and their total.

    Raises:
        SceneglotError: the store has no scenes.
    """
    ids = store.scene_ids
    if not ids:
        raise SceneglotError(f"{store.path}: the store has no scenes to describe")
    folder = store.path / "utterances" / f".{name}-parts"
    _prepare(folder, store, wanted)
    chunks = [ids[start : start + SCENES_PER_PART] for start in range(0, len(ids), SCENES_PER_PART)]
    parts = [folder / f"{number:06d}.parquet" for number in range(len(chunks))]
    todo = [(part, chunk) for part, chunk in zip(parts, chunks) if not part.exists()]
    done = len(ids) - sum(len(chunk) for _, chunk in todo)
    report(done, len(ids))
    for written in _in_order(partial(_write_part, store.path, wanted), todo, workers):
        done += written
        report(done, len(ids))
    path = store.merge_utterances(name, parts)
    shutil.rmtree(folder)
    return path


def describe_scene(path: Path, wanted: Wanted, scene_id: str) -> list[Utterance]:
    """Sentences about one scene of the store at `path`: reads its objects, not its points."""
    store = _open(path)
    graph = build_graph(store.objects(scene_id), scene_id=scene_id, room_type=store.entry(scene_id).room_type)
    return describe_as(graph, wanted)


def _write_part(path: Path, wanted: Wanted, job: tuple[Path, tuple[str, ...]]) -> int:
    """Write one part, in a worker process; returns the number of its scenes."""
    part, scene_ids = job
    write_utterances(part, (u for scene_id in scene_ids for u in describe_scene(path, wanted, scene_id)))
    return len(scene_ids)


def _in_order(job: Callable[[T], object], items: Sequence[T], workers: int) -> Iterator:
    """Results of a job for every item, in order; a short queue of pending results keeps memory flat."""
    workers = min(workers or os.cpu_count() or 1, max(len(items), 1))
    if workers == 1:
        yield from map(job, items)
        return
    with worker_pool(workers) as pool:
        waiting: deque[Future] = deque()
        todo = iter(items)
        for _ in items:
            waiting.extend(pool.submit(job, item) for item in islice(todo, 4 * workers - len(waiting)))
            yield waiting.popleft().result()


def _prepare(folder: Path, store: Store, wanted: Wanted) -> None:
    """Keep the parts of an interrupted run only if made of the same scenes, with the same wishes and words."""
    state = {
        "wanted": json.loads(json.dumps(asdict(wanted))),
        "words": _words_digest(),
        "scenes": _scenes_digest(store),
    }
    note = folder / "wanted.json"
    if note.exists() and json.loads(note.read_text(encoding="utf-8")) == state:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_json(note, state, sort_keys=True)


def _scenes_digest(store: Store) -> str:
    """Of the ids, and of the size and time of the scene files."""
    digest = hashlib.sha256()
    for scene_id in store.scene_ids:
        status = (store.path / "scenes" / f"{scene_id}.safetensors").stat()
        digest.update(f"{scene_id} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _words_digest() -> str:
    """Of the templates and word lists."""
    digest = hashlib.sha256()
    root = files("sceneglot.language")
    for folder in ("data", "templates"):
        for entry in sorted(root.joinpath(folder).iterdir(), key=lambda e: e.name):
            if entry.name.endswith(".txt"):
                digest.update(entry.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=2)
def _open(path: Path) -> Store:
    return Store.open(path)
