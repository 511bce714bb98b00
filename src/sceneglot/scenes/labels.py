"""Label spaces: NYU40, the ScanNet benchmark subsets, and a table from everyday words to NYU40."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.vocabulary import NAMES_BY_NYU40

if TYPE_CHECKING:
    from sceneglot.scenes.scene import Scene

NYU40_NAMES: tuple[str, ...] = (
    "unlabelled", "wall", "floor", "cabinet", "bed", "chair", "sofa", "table", "door", "window", "bookshelf",
    "picture", "counter", "blinds", "desk", "shelves", "curtain", "dresser", "pillow", "mirror", "floor mat",
    "clothes", "ceiling", "books", "refrigerator", "television", "paper", "towel", "shower curtain", "box",
    "whiteboard", "person", "night stand", "toilet", "sink", "lamp", "bathtub", "bag", "otherstructure",
    "otherfurniture", "otherprop",
)  # fmt: skip
"""NYU40 class names by id; `NYU40_NAMES[5] == "chair"`, id 0 is unlabelled."""

OTHER_STRUCTURE, OTHER_FURNITURE, OTHER_PROP = 38, 39, 40

SCANNET18_NYU40: tuple[int, ...] = (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 24, 28, 33, 34, 36, 39)
"""NYU40 ids of the 18 ScanNet detection classes, in the order of `SCANNET18` (39 stands for the last)."""

SCANNET18: tuple[str, ...] = (*(NYU40_NAMES[i] for i in SCANNET18_NYU40[:-1]), "others")
"""The 18 detection classes of the ScanRefer family in the detector's order: 17 named ones and "others"."""

SCANNET20_NYU40: tuple[int, ...] = (1, 2, *SCANNET18_NYU40)
SCANNET20: tuple[str, ...] = tuple(NYU40_NAMES[i] for i in SCANNET20_NYU40)
"""The 20 semantic-segmentation classes: wall, floor and the 18 (the last is "otherfurniture")."""

STRUCTURE_NYU40: tuple[int, ...] = (1, 2, 22)
"""Wall, floor, ceiling: labelled in scans, but no objects to detect."""


def class18_of(nyu40: int) -> int:
    """Index into `SCANNET18` of a NYU40 id; 17 ("others") for every other object, -1 for wall, floor and ceiling.

    Rule of the ScanRefer family: a class that is none of the 17 named ones, or an unknown one (0), is "others".
    """
    if nyu40 in STRUCTURE_NYU40:
        return -1
    named = SCANNET18_NYU40[:-1]
    return named.index(nyu40) if nyu40 in named else len(named)


def nyu40_of(label: str) -> int:
    """NYU40 id of an everyday object name, 0 when unknown.

    Case, plural, underscores and hyphens do not matter. A longer name that is not in the table is looked up by its
    head, the longest known ending: "brown leather couch" is a sofa, "shower curtain" a shower curtain.
    """
    words = plain_words(label).split()
    for start in range(len(words)):
        tail = words[start:]
        for last in singulars(tail[-1]):
            found = _NYU40_OF.get(" ".join((*tail[:-1], last)))
            if found is not None:
                return found
    return 0


def plain_words(label: str) -> str:
    """Lower case, separators as single spaces: "Office_Chair " -> "office chair"."""
    return " ".join(re.sub(r"[_\-/.,]+", " ", label.lower()).split())


def singulars(word: str) -> tuple[str, ...]:
    """The word itself and what it may be the plural of, most likely first: "shelves" -> "shelves", "shelf", ..."""
    forms = [word]
    if word.endswith("ves") and len(word) > 4:
        forms += [word[:-3] + "f", word[:-3] + "fe"]
    if word.endswith("ies") and len(word) > 4:
        forms.append(word[:-3] + "y")
    if word.endswith("es") and len(word) > 3:
        forms.append(word[:-2])
    if word.endswith("s") and not word.endswith("ss") and len(word) > 2:
        forms.append(word[:-1])
    return tuple(forms)


def object_nyu40(scene: Scene) -> np.ndarray:
    """(K,) int16 NYU40 id of each object: the commonest semantic label among its points, else its label's class.

    Ties go to the smaller id. Points labelled 0 do not vote.
    """
    ids = np.array([nyu40_of(label) for label in scene.objects.label], np.int16)
    if scene.instance is None or scene.semantic is None or not len(scene.objects):
        return ids
    order = np.argsort(scene.objects.id)
    place = np.searchsorted(scene.objects.id, scene.instance, sorter=order)
    row = order[np.minimum(place, len(order) - 1)]
    votes = (scene.objects.id[row] == scene.instance) & (scene.semantic > 0) & (scene.semantic < len(NYU40_NAMES))
    width = len(NYU40_NAMES)
    counts = np.bincount(row[votes] * width + scene.semantic[votes], minlength=len(order) * width).reshape(-1, width)
    return np.where(counts.any(1), counts.argmax(1), ids).astype(np.int16)


def read_label_table(path: str | Path) -> dict[str, int]:
    """Raw category -> NYU40 id from a tab-separated label table with the columns `raw_category` and `nyu40id`.

    Columns are found by name, not by position; rows without an id count as 0 (unlabelled).

    Raises:
        BadFileError: unreadable, columns missing, or an id outside 0..40.
    """
    path = Path(path)
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file, delimiter="\t")
            columns = rows.fieldnames or ()
            if not {"raw_category", "nyu40id"} <= set(columns):
                found = ", ".join(columns)[:100]
                raise BadFileError(path, f"expected columns raw_category and nyu40id (tab-separated), found {found!r}")
            table = {}
            for line, row in enumerate(rows, start=2):
                text = (row["nyu40id"] or "0").strip() or "0"
                if not (text.isascii() and text.isdigit() and int(text) < len(NYU40_NAMES)):
                    raise BadFileError(path, f"line {line}: nyu40id must be 0..40, found {text[:20]!r}")
                table[(row["raw_category"] or "").strip()] = int(text)
            return table
    except (OSError, ValueError, csv.Error) as error:  # a number of thousands of digits is a ValueError
        raise BadFileError(path, f"cannot be read as a label table ({error})") from error


def _invert() -> dict[str, int]:
    table: dict[str, int] = {}
    for nyu40, names in NAMES_BY_NYU40.items():
        for name in (NYU40_NAMES[nyu40], *names):
            if table.setdefault(name, nyu40) != nyu40:
                raise AssertionError(f"vocabulary: {name!r} stands under {table[name]} and {nyu40}")
    return table


_NYU40_OF: dict[str, int] = _invert()
