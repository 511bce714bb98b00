"""Maps between the label words of data sets, as data files in `label_data/`, each with its source.

A map says how a data set's own object names translate to everyday names and NYU40 classes. Names that a map does not
have go through the table of everyday words; names that are unknown there too keep their text and have class 0: no
object is dropped because of its name.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from sceneglot.errors import BadFileError
from sceneglot.scenes.labels import nyu40_of


@dataclass(frozen=True)
class LabelMap:
    """How one data set names things.

    Attributes:
        nyu40: own name -> NYU40 id.
        names: own name -> everyday name.
    """

    nyu40: Mapping[str, int]
    names: Mapping[str, str]

    def nyu40_of(self, label: str) -> int:
        """NYU40 id of a name of the data set, 0 where it is unknown."""
        return self.nyu40[label] if label in self.nyu40 else nyu40_of(label)

    def name_of(self, label: str) -> str:
        """Everyday name of a name of the data set; itself with "_" as blanks where the map does not have it."""
        return self.names.get(label, label.replace("_", " "))


NO_MAP = LabelMap({}, {})
"""For data sets whose names are everyday words."""


@lru_cache
def label_map(name: str) -> LabelMap:
    """A map that comes with the package: "arkitscenes", "sunrgbd", "ai2thor"."""
    rows = read_shipped_table(name)
    nyu40 = {row["label"]: int(row["nyu40"]) for row in rows}
    return LabelMap(nyu40, {row["label"]: row["name"] for row in rows})


@dataclass(frozen=True)
class MatterportCategory:
    """One row of Matterport3D's `category_mapping.tsv`: a raw category in other label spaces."""

    nyu40: int
    mpcat40: str


def read_category_mapping(path: str | Path) -> Mapping[str, MatterportCategory]:
    """Matterport3D's `category_mapping.tsv` by raw category; HM3D's names are looked up in it as well.

    Raises:
        BadFileError: unreadable, or columns missing.
    """
    path = Path(path)
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file, delimiter="\t")
            missing = {"raw_category", "nyu40id", "mpcat40"} - set(rows.fieldnames or ())
            if missing:
                raise BadFileError(path, f"has no column {', '.join(sorted(missing))}; it is tab-separated")
            table = {}
            for line, row in enumerate(rows, start=2):
                text = (row["nyu40id"] or "0").strip() or "0"
                if not (text.isascii() and text.isdigit() and int(text) <= 40):
                    raise BadFileError(path, f"line {line}: nyu40id must be 0..40, found {text[:20]!r}")
                table[(row["raw_category"] or "").strip()] = MatterportCategory(int(text), row["mpcat40"] or "")
            return table
    except (OSError, ValueError, csv.Error) as error:  # a number of thousands of digits is a ValueError
        raise BadFileError(path, f"cannot be read as a category mapping ({error})") from error


def unknown_note(labels: Iterable[str], nyu40: Iterable[int]) -> tuple[str, ...]:
    """A note that names the labels without a class, or nothing; their objects stay, with their text."""
    unknown = sorted({label for label, kind in zip(labels, nyu40) if not kind})
    shown = ", ".join(unknown[:20]) + (", ..." if len(unknown) > 20 else "")
    return (f"labels without NYU40 id: {shown}",) if unknown else ()


def read_shipped_table(name: str) -> list[dict[str, str]]:
    """Rows of `label_data/<name>.tsv`; lines that begin with "#" are its source."""
    text = (files("sceneglot.scenes") / "label_data" / f"{name}.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))
