"""Look a data set over: counts, units, up axis, and everything that points to something that is not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes import tables
from sceneglot.scenes.files import read_scene
from sceneglot.scenes.guess import guess_units, guess_up_axis, oddities
from sceneglot.scenes.label_spaces import LABEL_SPACES, label_space
from sceneglot.scenes.labels import NYU40_NAMES, object_nyu40
from sceneglot.scenes.objects import NO_PARENT
from sceneglot.scenes.scene import NO_INSTANCE, Scene
from sceneglot.scenes.store import Store, is_store
from sceneglot.scenes.tensorfile import open_tensors
from sceneglot.scenes.utterance import KINDS, Utterance

BOX_TOLERANCE = 0.05
"""Metres by which a labelled point may lie outside its object's box."""

_MAX_SAMPLED = 50_000  # points looked at for the up axis


@dataclass(frozen=True)
class Problem:
    """Something wrong ("error": it will break or falsify work) or odd ("warning") in a data set.

    Attributes:
        where: scene id, "utterances/<name>", "features/<teacher>" or a file name.
    """

    level: Literal["error", "warning"]
    where: str
    what: str


@dataclass(frozen=True)
class SceneCheck:
    """What one scene looks like. Lengths in metres, as far as the guess of the unit is right."""

    id: str
    split: str
    room_type: str
    num_points: int
    num_objects: int
    num_views: int
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    units: str
    up_axis: str
    has_color: bool
    labelled_points: float | None
    """Share of the points that belong to an object; None where the scene is unlabelled."""
    known_labels: float | None
    """Share of the objects with a NYU40 class; None without objects."""


@dataclass(frozen=True)
class UtteranceCheck:
    """Counts of one file of sentences."""

    name: str
    num_rows: int
    kinds: dict[str, int]
    num_scenes: int


@dataclass(frozen=True)
class CheckReport:
    """Result of `check`; `ok` is False if there is any error."""

    path: str
    origin: str
    licence: str
    scenes: tuple[SceneCheck, ...]
    utterances: tuple[UtteranceCheck, ...]
    teachers: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Only what is wrong."""
        return tuple(problem for problem in self.problems if problem.level == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Only what is odd."""
        return tuple(problem for problem in self.problems if problem.level == "warning")

    @property
    def ok(self) -> bool:
        """No error."""
        return not self.errors


def check(path: str | Path, *, on_step: Callable[[int, int], None] | None = None) -> CheckReport:
    """Check a store, or a single point cloud or mesh file.

    Args:
        on_step: called with (scenes done, scenes in all), for progress bars.

    Raises:
        BadFileError: `path` is neither a store nor a readable file.
    """
    path = Path(path)
    if path.is_dir() or is_store(path):
        return _check_store(Store.open(path), on_step)
    scene = read_scene(path)
    summary, problems = check_scene(scene)
    source = scene.source
    told = oddities(scene.xyz)  # the reader's; `check_scene` has said its own
    problems += [Problem("warning", scene.id, note) for note in source.notes if note not in told]
    return CheckReport(str(path), source.origin, source.licence, (summary,), (), (), tuple(problems))


def check_scene(scene: Scene, split: str = "") -> tuple[SceneCheck, list[Problem]]:
    """Look one scene over."""
    problems = [Problem("error", scene.id, what) for what in _wrong(scene)]
    problems += [Problem("warning", scene.id, what) for what in (*_odd(scene), *oddities(_sample(scene.xyz)))]
    low, high = scene.bounds
    count = len(scene)
    labelled = None
    if scene.instance is not None and count:
        labelled = round(float((scene.instance != NO_INSTANCE).mean()), 4)
    known = round(float((object_nyu40(scene) > 0).mean()), 4) if len(scene.objects) else None
    summary = SceneCheck(
        id=scene.id,
        split=split,
        room_type=scene.room_type,
        num_points=count,
        num_objects=len(scene.objects),
        num_views=len(scene.views),
        low=_corner(low),
        high=_corner(high),
        units=guess_units(high - low),
        up_axis=guess_up_axis(_sample(scene.xyz)),
        has_color=scene.has_color,
        labelled_points=labelled,
        known_labels=known,
    )
    return summary, problems


def _wrong(scene: Scene) -> Iterator[str]:
    for name in ("xyz", "normal"):
        values = getattr(scene, name)
        if values is not None and not np.isfinite(values).all():
            bad = int((~np.isfinite(values)).any(1).sum())
            yield f"{bad:,} of {len(values):,} rows of {name} are not finite numbers"
    if not len(scene) and not len(scene.objects):
        yield "has neither points nor objects"
    if (
        scene.semantic is not None
        and len(scene)
        and not 0 <= scene.semantic.min() <= scene.semantic.max() < len(NYU40_NAMES)
    ):
        yield f"semantic labels run from {scene.semantic.min()} to {scene.semantic.max()}, expected 0 to 40"
    if scene.category is not None and scene.label_space in LABEL_SPACES and len(scene):
        last = max(label_space(scene.label_space).classes)
        if not 0 <= scene.category.min() <= scene.category.max() <= last:
            yield f"categories run from {scene.category.min()} to {scene.category.max()}, expected 0 to {last}"
    if scene.intensity is not None and not np.isfinite(scene.intensity).all():
        yield "intensity holds values that are not finite numbers"
    if scene.instance is not None:
        orphans = np.setdiff1d(scene.instance, np.append(scene.objects.id, NO_INSTANCE))
        if len(orphans):
            yield f"{len(orphans)} instance ids have no object: {_some(orphans)}"
    parent = scene.objects.parent
    dangling = (parent != NO_PARENT) & ((parent < 0) | (parent >= len(parent)) | (parent == np.arange(len(parent))))
    if dangling.any():
        yield f"objects {_some(scene.objects.id[dangling])} stand on a row that is not there, or on themselves"
    try:
        for view in scene.views:
            if view.point is not None and view.point.size and int(view.point.max()) >= len(scene):
                yield f"view {view.name} points at {int(view.point.max()):,}, the scene has {len(scene):,} points"
    except BadFileError as error:
        yield str(error)


def _odd(scene: Scene) -> Iterator[str]:
    objects = scene.objects
    if scene.normal is not None and len(scene):
        length = np.linalg.norm(scene.normal, axis=1)
        off = int((np.abs(length - 1) > 0.01).sum())
        if off:
            yield f"{off:,} normals are not of unit length"
    if scene.instance is None or not len(objects):
        return
    rows = np.full(len(scene), -1)
    order = np.argsort(objects.id)
    place = np.minimum(np.searchsorted(objects.id, scene.instance, sorter=order), len(order) - 1)
    member = objects.id[order[place]] == scene.instance
    rows[member] = order[place[member]]
    empty = np.setdiff1d(np.arange(len(objects)), rows)
    if len(empty):
        yield f"objects without any point: {_some(objects.id[empty])}"
    outside = np.abs(scene.xyz[member] - objects.center[rows[member]]) > objects.size[rows[member]] / 2 + BOX_TOLERANCE
    stray = np.bincount(rows[member][outside.any(1)], minlength=len(objects))
    total = np.bincount(rows[member], minlength=len(objects))
    loose = np.flatnonzero(stray > 0.1 * np.maximum(total, 1))
    if len(loose):
        yield f"more than a tenth of the points of objects {_some(objects.id[loose])} lie outside their boxes"


def _check_store(store: Store, on_step: Callable[[int, int], None] | None) -> CheckReport:
    problems: list[Problem] = []
    summaries: list[SceneCheck] = []
    ids: dict[str, frozenset[int]] = {}
    names = store.scene_ids
    for done, scene_id in enumerate(names, start=1):
        try:
            scene = store.scene(scene_id)
            summary, found = check_scene(scene, store.entry(scene_id).split)
            summaries.append(summary)
            problems += found
            ids[scene_id] = frozenset(scene.objects.row_of)
        except SceneglotError as error:
            problems.append(Problem("error", scene_id, str(error)))
            ids[scene_id] = frozenset()
        if on_step is not None:
            on_step(done, len(names))
    problems += _check_listing(store, summaries)
    utterances = []
    for name in store.utterance_names:
        summary, found = _check_utterances(store, name, ids)
        utterances.append(summary)
        problems += found
    teachers = sorted(p.name for p in (store.path / "features").glob("*") if p.is_dir())
    for teacher in teachers:
        problems += _check_features(store, teacher, set(names))
    return CheckReport(
        path=str(store.path),
        origin=store.origin,
        licence=store.licence,
        scenes=tuple(summaries),
        utterances=tuple(utterances),
        teachers=tuple(teachers),
        problems=tuple(problems),
    )


def _check_listing(store: Store, summaries: list[SceneCheck]) -> Iterator[Problem]:
    if not len(store):
        yield Problem("error", "manifest.json", "the store holds no scene")
    listed = store.listed_ids
    gone = sorted(set(listed) - set(store.scene_ids))
    if gone:
        yield Problem("error", "manifest.json", f"{len(gone)} listed scenes are not there: {_some(gone)}")
    new = sorted(set(store.scene_ids) - set(listed))
    if new:
        yield Problem(
            "warning", "manifest.json", f"{len(new)} scenes are not listed yet: run the import again to finish it"
        )
    table = store.path / "objects.parquet"
    if not table.is_file():
        yield Problem("warning", table.name, "is missing: run the import again to finish it")
        return
    try:
        rows = tables.count_rows(table)
    except BadFileError as error:
        yield Problem("error", table.name, str(error))
        return
    expected = sum(summary.num_objects for summary in summaries)
    if not gone and not new and rows != expected:
        yield Problem("warning", table.name, f"has {rows:,} rows, the scenes have {expected:,} objects")


def _check_utterances(store: Store, name: str, ids: dict[str, frozenset[int]]) -> tuple[UtteranceCheck, list[Problem]]:
    where = f"utterances/{name}"
    problems: list[Problem] = []
    kinds: Counter[str] = Counter()
    faults: dict[str, list[str]] = {}
    seen: set[str] = set()
    scenes: set[str] = set()
    try:
        for item in store.iter_utterances(name):
            kinds[item.kind] += 1
            scenes.add(item.scene_id)
            for fault in _faults(item, ids, seen):
                faults.setdefault(fault, []).append(item.id)
            seen.add(item.id)
    except BadFileError as error:
        problems.append(Problem("error", where, str(error)))
    problems += [Problem("error", where, f"{len(rows):,} {fault}: {_some(rows)}") for fault, rows in faults.items()]
    return UtteranceCheck(name, sum(kinds.values()), dict(sorted(kinds.items())), len(scenes)), problems


def _faults(item: Utterance, ids: dict[str, frozenset[int]], seen: set[str]) -> Iterator[str]:
    if item.id in seen:
        yield "repeated ids"
    if item.kind not in KINDS:
        yield "utterances of an unknown kind"
    if not item.text.strip():
        yield "empty texts"
    if item.scene_id not in ids:
        yield "utterances about scenes that are not there"
    elif not {*item.target_ids, *item.anchor_ids} <= ids[item.scene_id]:
        yield "utterances about objects that are not there"


def _check_features(store: Store, teacher: str, scene_ids: set[str]) -> Iterator[Problem]:
    """Features of scenes that are gone are left-overs; damaged files are errors."""
    where = f"features/{teacher}"
    folder = store.path / "features" / teacher
    files = sorted((folder / "views").glob("*.safetensors"))
    orphans = [path.stem for path in files if path.stem not in scene_ids and not path.name.startswith(".")]
    if orphans:
        yield Problem("warning", where, f"{len(orphans)} feature files of scenes that are not there: {_some(orphans)}")
    for path in sorted(folder.rglob("*.safetensors")):
        if not path.name.startswith("."):
            try:
                open_tensors(path)
            except BadFileError as error:
                yield Problem("error", where, str(error))
    for path in sorted(folder.rglob("*.parquet")):
        try:
            tables.count_rows(path)
        except BadFileError as error:
            yield Problem("error", where, str(error))


def _sample(xyz: np.ndarray) -> np.ndarray:
    """At most 50,000 finite points, evenly along the file."""
    part = np.asarray(xyz[:: max(1, len(xyz) // _MAX_SAMPLED)])
    return part[np.isfinite(part).all(1)]


def _corner(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (round(float(value), 4) if np.isfinite(value) else 0.0 for value in values)
    return (x, y, z)


def _some(items: Iterable[object], limit: int = 5) -> str:
    values = [str(item) for item in items]
    return ", ".join(values[:limit]) + (", ..." if len(values) > limit else "")
