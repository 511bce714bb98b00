"""Published splits: counts as their names say, classes that exist, and names as asked otherwise."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from sceneglot.recipes.ws3d import ws3d_words
from sceneglot.tasks.segmentation.base_novel import SPLITS, novel_classes
from sceneglot.tasks.segmentation.labels import class_rows, label_set

WITHOUT_INSTANCES = {"B13/N4", "B10/N7", "B8/N9"}
ROWS_N30 = (
    11, 22, 27, 30, 31, 39, 41, 43, 47, 56, 62, 64, 81, 87, 93, 95, 99, 102, 112, 114, 133, 134, 135, 144, 161, 170,
    176, 179, 192, 199,
)  # fmt: skip
ROWS_N50 = (
    5, 14, 16, 21, 25, 27, 30, 37, 40, 41, 43, 51, 53, 56, 60, 64, 69, 73, 80, 81, 84, 86, 88, 89, 91, 100, 102, 104,
    105, 108, 115, 120, 123, 135, 139, 142, 148, 149, 151, 152, 154, 162, 165, 173, 177, 178, 180, 190, 195, 196,
)  # fmt: skip


@pytest.mark.parametrize(("space", "name"), [(space, name) for space, splits in SPLITS.items() for name in splits])
def test_counts_are_those_of_the_name(space: str, name: str) -> None:
    found = re.fullmatch(r"B(\d+)/N(\d+)", name)
    assert found is not None
    base, novel = map(int, found.groups())
    classes = label_set(space).classes
    rows = class_rows(SPLITS[space][name], classes)
    assert len(set(rows)) == novel
    aside = 3 if name in WITHOUT_INSTANCES and space == "scannet20" else 1  # the catch-all; wall and floor
    aside = 0 if space == "scannet200" else aside  # has no catch-all
    assert len(classes) - novel - aside == base


def test_names_stand_for_their_classes_and_classes_for_themselves() -> None:
    assert novel_classes(("B15/N4",), "scannet20") == ("sofa", "bookshelf", "desk", "toilet")
    assert novel_classes(("sofa",), "scannet20") == ("sofa",)
    assert novel_classes(("B15/N4",), "nyu40") == ("B15/N4",)  # refused later, as no class
    assert novel_classes((), "scannet20") == ()


def test_published_rows_of_scannet() -> None:
    """The rows of PLA's configuration files."""
    rows = lambda name: class_rows(SPLITS["scannet20"][name], label_set("scannet20").classes)  # noqa: E731
    assert rows("B15/N4") == (5, 9, 12, 16)
    assert rows("B12/N7") == (3, 4, 6, 9, 10, 17, 18)
    assert rows("B10/N9") == (9, 10, 11, 12, 14, 15, 16, 17, 18)


def test_published_rows_of_scannet200() -> None:
    """The rows of RegionPLC's configuration files; no novel class is one that is never tested."""
    labels = label_set("scannet200")
    for name, published in (("B170/N30", ROWS_N30), ("B150/N50", ROWS_N50)):
        rows = class_rows(SPLITS["scannet200"][name], labels.classes)
        assert rows == published
        assert not set(rows) & set(labels.uncounted)


def test_a_recipe_takes_the_name(tmp_path: Path) -> None:
    assert replace(ws3d_words(tmp_path, tmp_path), novel=("B15/N4",)).hidden == SPLITS["scannet20"]["B15/N4"]
