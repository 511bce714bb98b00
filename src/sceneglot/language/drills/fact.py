"""What singles out one object among those of its label, and the anchors it may be told by.

A rule leaves a grey zone: the winner has to win by a margin, the others have to fail by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sceneglot.language.drills.layout import Layout

FEW = 4
"""Anchors of a label with more objects than this are not told apart."""


@dataclass(frozen=True)
class Fact:
    """`word` holds of row and of no other object of its label.

    Attributes:
        anchors: rows named to say it; several where any of them is meant ("next to a table").
        any_anchor: the anchors are alternatives of one label, to be named with "a".
        view: the truth depends on a viewer.
    """

    word: str
    row: int
    anchors: tuple[int, ...] = ()
    any_anchor: bool = False
    view: bool = False


Groups = dict[str, np.ndarray]
Rule = Callable[[Layout, np.ndarray, Groups], Iterator[Fact]]


def single_anchors(groups: Groups, but: str) -> list[int]:
    """Rows of objects that are alone with their label, the label `but` left out."""
    return [int(rows[0]) for label, rows in groups.items() if len(rows) == 1 and label != but]


def shared_anchors(groups: Groups, but: str) -> Iterator[np.ndarray]:
    """Rows of every label that several objects share, the label `but` left out."""
    return (rows for label, rows in groups.items() if len(rows) > 1 and label != but)


def all_anchors(groups: Groups, but: str) -> list[int]:
    """Anchors of one label, and those of few: these have to be singled out in turn."""
    return [int(row) for label, rows in groups.items() if len(rows) <= FEW and label != but for row in rows]
