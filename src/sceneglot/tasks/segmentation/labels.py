"""The classes of a segmentation and the class of every point of a scene, in one of the known label spaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.scenes import Scene
from sceneglot.scenes.label_spaces import LABEL_SPACES, label_space
from sceneglot.scenes.labels import NYU40_NAMES, SCANNET20, SCANNET20_NYU40, nyu40_of
from sceneglot.scenes.labels_scannet import IGNORED, class200_named, scannet200
from sceneglot.tasks.sample import instance_rows

LABEL_SETS: tuple[str, ...] = ("scannet20", "scannet200", "nyu40", *LABEL_SPACES)
"""Names that `label_set` knows."""


@dataclass(frozen=True)
class LabelSet:
    """The classes of a benchmark.

    Attributes:
        name: one of `LABEL_SETS`.
        classes: K names.
        ids: K ids of the classes in the source: NYU40 ids, those of `Scene.category`, or 1 to 200 for ScanNet200.
        id_of_name: object name -> id in the source, 0 for none, where objects and not points carry the labels.
        groups: name of a group -> its rows; their means are reported too.
        uncounted: rows that are learned and do not count in scores.
        stuff: rows without instances. Of ScanNet's benchmarks wall and floor; all of S3DIS's classes are scored.
    """

    name: str
    classes: tuple[str, ...]
    ids: tuple[int, ...]
    id_of_name: Callable[[str], int] = nyu40_of
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    uncounted: tuple[int, ...] = ()
    stuff: tuple[int, ...] = ()

    def of_scene(self, scene: Scene) -> np.ndarray:
        """(N,) int64 class of every point, -1 where it has none of these.

        Raises:
            SceneglotError: the scene has no labels of this kind.
        """
        source = self._source(scene)
        table = np.full(max(int(source.max(initial=0)), *self.ids) + 1, IGNORED, np.int64)
        table[list(self.ids)] = np.arange(len(self.ids))
        return table[np.maximum(source, 0)]

    def _source(self, scene: Scene) -> np.ndarray:
        """(N,) int64 ids of the points in the source, 0 for none."""
        if self.name in LABEL_SPACES:
            if scene.label_space != self.name or scene.category is None:
                raise SceneglotError(f"scene {scene.id}: has no labels of {self.name!r}, import it from that data set")
            return np.asarray(scene.category).astype(np.int64)
        if scene.semantic is not None and self.id_of_name is nyu40_of:
            return np.asarray(scene.semantic).astype(np.int64)
        if scene.instance is None:
            raise SceneglotError(f"scene {scene.id}: has no labels to train or score on")
        of_row = np.array([*map(self.id_of_name, scene.objects.label), 0], np.int64)
        return of_row[instance_rows(np.asarray(scene.instance), scene.objects)]


def label_set(name: str) -> LabelSet:
    """The label set called `name`.

    Raises:
        SceneglotError: there is none of that name.
    """
    if name == "scannet20":
        return LabelSet(name, SCANNET20, SCANNET20_NYU40, stuff=class_rows(("wall", "floor"), SCANNET20))
    if name == "scannet200":
        return _scannet200()
    if name == "nyu40":
        classes = NYU40_NAMES[1:]
        stuff = class_rows(("wall", "floor", "ceiling"), classes)
        return LabelSet(name, classes, tuple(range(1, len(NYU40_NAMES))), stuff=stuff)
    if name not in LABEL_SPACES:
        raise SceneglotError(f"no label set is called {name!r}, there are {', '.join(LABEL_SETS)}")
    space = label_space(name)
    stuff = tuple(row for row, number in enumerate(space.classes) if number in space.stuff)
    return LabelSet(name, tuple(space.classes.values()), tuple(space.classes), stuff=stuff)


def _scannet200() -> LabelSet:
    """All 200, with the benchmark's groups; the 11 that no validation scan shows do not count."""
    entries = scannet200()
    rows = lambda wanted: tuple(i for i, entry in enumerate(entries) if wanted(entry))  # noqa: E731
    groups = {group: rows(lambda entry, group=group: entry.group == group) for group in ("head", "common", "tail")}
    names = tuple(entry.name for entry in entries)
    number = lambda label: class200_named(label) + 1  # noqa: E731
    unseen, stuff = rows(lambda entry: not entry.in_val), rows(lambda entry: entry.name in ("wall", "floor"))
    return LabelSet("scannet200", names, tuple(range(1, 201)), number, groups, unseen, stuff)


def class_rows(names: Iterable[str], classes: tuple[str, ...]) -> tuple[int, ...]:
    """Rows of class names, for splits into base and novel classes and for classes left out of a score.

    Raises:
        SceneglotError: a name is no class.
    """
    names = tuple(names)
    if unknown := [name for name in names if name not in classes]:
        raise SceneglotError(f"no class is called {unknown[0]!r}; there are {', '.join(classes)}")
    return tuple(classes.index(name) for name in names)
