"""ScanNet's label spaces: raw text -> NYU40 -> the 18, 20, 200 and 607 classes of the benchmarks.

| space | members | reached from a raw label by |
|---|---|---|
| 607 | rows of scannetv2-labels.combined.tsv, in row order | the row |
| 200 | `scannet200()`, ScanNet200's order | the table's `id` column (many raw labels share one id) |
| NYU40 | `labels.NYU40_NAMES` | the table's `nyu40id` column |
| 20 | `labels.SCANNET20` | NYU40, everything else is ignored |
| 18 | `labels.SCANNET18` | NYU40, other objects are "others" (`labels.class18_of`) |
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sceneglot.errors import BadFileError
from sceneglot.scenes.labels import NYU40_NAMES, SCANNET20_NYU40, plain_words, singulars
from sceneglot.scenes.labels_maps import read_shipped_table

IGNORED = -1
"""Class index of everything that a benchmark leaves out."""


@dataclass(frozen=True)
class Class200:
    """One class of ScanNet200.

    Attributes:
        id: value of the label table's `id` column (1 to 1191, with gaps).
        nyu40: the NYU40 class that contains it.
        group: "head", "common" or "tail", by frequency.
        in_val: whether it occurs in the validation scans; 11 classes do not and are left out of scores there.
    """

    id: int
    name: str
    nyu40: int
    group: str
    in_val: bool


@dataclass(frozen=True)
class RawLabel:
    """One row of the official label table.

    Attributes:
        row: index in the 607-class space (order of the rows, not the `id` column).
        id: ScanNet's category id, shared by spelling variants; leads to ScanNet200.
        nyu40: 0 for none.
    """

    row: int
    id: int
    nyu40: int


@lru_cache(maxsize=1)
def scannet200() -> tuple[Class200, ...]:
    """The 200 classes in the benchmark's order."""
    rows = read_shipped_table("scannet200")
    return tuple(
        Class200(int(r["id"]), r["name"], int(r["nyu40"]), r["group"], r["in_val"] == "1") for r in rows
    )  # fmt: skip


def class200_of(category_id: int) -> int:
    """Index into `scannet200()` of a category id of the label table, `IGNORED` where it is none of the 200."""
    return _index200().get(category_id, IGNORED)


def class200_named(label: str) -> int:
    """Index into `scannet200()` of an object's name, `IGNORED` where it is none of the 200.

    Case, plural, underscores and hyphens do not matter. Variants that only the official label table knows ("stack of
    chairs") are not found: that table is its owners' to give out.
    """
    words = plain_words(label).split()
    names = _names200()
    found = (names.get(" ".join((*words[:-1], last))) for last in singulars(words[-1])) if words else ()
    return next((index for index in found if index is not None), IGNORED)


def class20_of(nyu40: int) -> int:
    """Index into `labels.SCANNET20` of a NYU40 id, `IGNORED` where it is none of the 20."""
    return SCANNET20_NYU40.index(nyu40) if nyu40 in SCANNET20_NYU40 else IGNORED


def read_raw_labels(path: str | Path) -> Mapping[str, RawLabel]:
    """The official table `scannetv2-labels.combined.tsv`, by raw label.

    The table changed when ScanNet200 came out: older copies lack some ids. "object" stands in it twice (rows 5 and 587
    of the official copy); the first one counts.

    Raises:
        BadFileError: unreadable, columns missing, or a number that is none.
    """
    path = Path(path)
    table: dict[str, RawLabel] = {}
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file, delimiter="\t")
            missing = {"id", "raw_category", "nyu40id"} - set(rows.fieldnames or ())
            if missing:
                raise BadFileError(path, f"has no column {', '.join(sorted(missing))}; it is tab-separated")
            for row, cells in enumerate(rows):
                label = (cells["raw_category"] or "").strip()
                nyu40 = int(cells["nyu40id"] or 0)
                if not 0 <= nyu40 < len(NYU40_NAMES):
                    raise BadFileError(path, f"row {row + 1}: nyu40id must be 0..40, found {nyu40}")
                table.setdefault(label, RawLabel(row, int(cells["id"]), nyu40))
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise BadFileError(path, f"cannot be read as ScanNet's label table ({error})") from error
    return table


@lru_cache(maxsize=1)
def _names200() -> dict[str, int]:
    return {plain_words(entry.name): index for index, entry in enumerate(scannet200())}


@lru_cache(maxsize=1)
def _index200() -> dict[int, int]:
    return {entry.id: index for index, entry in enumerate(scannet200())}
