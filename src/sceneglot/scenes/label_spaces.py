"""Label spaces of data sets that NYU40 cannot hold: class names, raw labels, and what they are in NYU40.

Each is a data file in `label_data/` that names its source. Class 0 is "unlabelled or ignored" in every space.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from sceneglot.errors import SceneglotError

LABEL_SPACES: tuple[str, ...] = ("s3dis", "semantickitti", "nuscenes-lidarseg")
"""Names that `Scene.label_space` may have; each is a file in `label_data/`."""

_FOLDER = Path(__file__).parent / "label_data"


@dataclass(frozen=True)
class LabelSpace:
    """The classes of a benchmark and the labels they are made of.

    Attributes:
        classes: class id (1...) -> name, in the benchmark's order.
        raw_class: raw label id -> class id, 0 for what the benchmark ignores; empty where there are no raw ids.
        raw_name: raw label id -> name.
        nyu40: class id -> NYU40 id; empty where NYU40 has no such things.
        stuff: ids of the classes that the benchmark does not take apart into instances.
        source: where the numbers come from.
    """

    name: str
    title: str
    source: str
    classes: Mapping[int, str]
    raw_class: Mapping[int, int]
    raw_name: Mapping[int, str]
    nyu40: Mapping[int, int]
    stuff: tuple[int, ...]

    @property
    def id_of(self) -> dict[str, int]:
        """Class name -> class id."""
        return {name: number for number, name in self.classes.items()}

    def classes_of(self, raw: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
        """(N,) raw label ids -> ((N,) int16 class ids, the raw ids that the space does not know; those become 0)."""
        known, inverse = np.unique(raw, return_inverse=True)
        table = np.array([self.raw_class.get(int(label), 0) for label in known], np.int16)
        unknown = tuple(int(label) for label in known if int(label) not in self.raw_class)
        return table[inverse.reshape(-1)], unknown

    def to_nyu40(self, category: np.ndarray) -> np.ndarray:
        """(N,) class ids -> (N,) int16 NYU40 ids, 0 where there is none."""
        table = np.zeros(max(self.classes) + 1, np.int16)
        for number, nyu40 in self.nyu40.items():
            table[number] = nyu40
        return table[category]


@cache
def label_space(name: str) -> LabelSpace:
    """The label space called `name`.

    Raises:
        SceneglotError: there is none of that name.
    """
    if name not in LABEL_SPACES:
        raise SceneglotError(f"no label space is called {name!r}, only {', '.join(LABEL_SPACES)}")
    data = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return LabelSpace(
        name=name,
        title=data["title"],
        source=data["source"],
        classes={row["id"]: row["name"] for row in data["classes"]},
        raw_class={row["id"]: row["class"] for row in data["raw"]},
        raw_name={row["id"]: row["name"] for row in data["raw"]},
        nyu40={row["id"]: row["nyu40"] for row in data["classes"] if "nyu40" in row},
        stuff=tuple(row["id"] for row in data["classes"] if row.get("stuff")),
    )
