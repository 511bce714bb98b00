"""All rules together."""

from __future__ import annotations

import numpy as np

from sceneglot.language.drills.fact import Fact, Groups, Rule
from sceneglot.language.drills.layout import Layout
from sceneglot.language.drills.qualities import color, height, room, size
from sceneglot.language.drills.relations import between, between_two, distance, facing, near_any, vertical
from sceneglot.language.drills.sides import by_front, by_viewer, entering, looking, order

RULES: tuple[Rule, ...] = (
    distance, near_any, vertical, between, between_two, by_front, by_viewer, looking, entering, order, size, height,
    color, room, facing,
)  # fmt: skip


def facts_of(at: Layout, rows: np.ndarray, groups: Groups) -> list[Fact]:
    """Every fact that singles out one of `rows`, which share a label; at least two of them."""
    return [fact for rule in RULES for fact in rule(at, rows, groups)]
