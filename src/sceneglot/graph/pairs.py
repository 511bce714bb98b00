"""All relations between two objects as one array of margins, and who stands on whom."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sceneglot.graph.affordances import Affordances
from sceneglot.graph.boxes import PairBoxes
from sceneglot.graph.kernels import common, multi, vertical
from sceneglot.graph.kernels import horizontal as flat
from sceneglot.graph.relations import ID, PAIR_RELATIONS, Margins
from sceneglot.graph.relations_horizontal import horizontal_fronts
from sceneglot.graph.relations_vertical import sprawling
from sceneglot.graph.thresholds import Thresholds
from sceneglot.graph.viewer import Viewer
from sceneglot.scenes.objects import Objects

EXTREME_MAX = 6
"""closest / farthest are asserted among at most this many of a kind (Sr3D: more is too hard for people)."""


class PairResult(NamedTuple):
    """Margins of all `PAIR_RELATIONS`, each (R, K, K) float32, and (K,) int64 supporter rows, -1 for none."""

    margins: Margins
    support: np.ndarray


def pair_margins(boxes: PairBoxes, kinds: Affordances, objects: Objects, viewer: Viewer, t: Thresholds) -> PairResult:
    """Every relation of every pair, compiled; the rules are explained in the plain twin, `pairs_reference`."""
    k = len(boxes)
    margins = Margins(*np.empty((2, len(PAIR_RELATIONS), k, k), np.float32))
    spoken, hollow = ~kinds["structural"], sprawling(boxes, kinds, t)
    support = _vertical(boxes, kinds, objects.parent, spoken, hollow, t, _block(margins, vertical.ORDER))
    _horizontal(boxes, kinds, objects.front, viewer, support, spoken & ~hollow, t, _block(margins, flat.ORDER))
    kind = _numbered(objects.label, spoken)
    closest = _block(margins, multi.ORDER)
    multi.extremes(boxes.center, boxes.low, boxes.high, kind, EXTREME_MAX, t.runner_up, *closest)
    common.forbid(*margins, spoken)
    return PairResult(margins, support)


def _vertical(
    boxes: PairBoxes, kinds: Affordances, parent: np.ndarray, spoken: np.ndarray, hollow: np.ndarray, t: Thresholds,
    block: Margins,
) -> np.ndarray:  # fmt: skip
    """Fill the vertical block; returns the supporters."""
    low, high = boxes.low, boxes.high
    carries = ~kinds["carries_nothing"] & spoken
    vertical.touch(
        low, high, parent, kinds["seat"], kinds["surface"], kinds["container"] & ~hollow, kinds["embedded"],
        kinds["hung"], carries, kinds["grounded"], kinds["mat"], t.contact, t.support_cover, t.support_area, t.settle,
        t.surface_reach, t.support_order, t.parent_overlap, t.parent_drop, t.inside_cover, t.rim, t.container_floor,
        t.inside_top, t.embed_depth, *block,
    )  # fmt: skip
    support = vertical.choose_support(boxes.center[:, 2], parent, spoken, block.sure)
    vertical.heights(
        low, high, support, kinds["roof"] & ~hollow, kinds["hung"], kinds["hangable"], kinds["mat"], hollow,
        t.support_cover, t.under_floor, t.under_top,
        t.vertical_gap, t.vertical_reach, t.vertical_cover, t.vertical_slack, t.higher_gap, t.higher_reach, *block,
    )  # fmt: skip
    return support


def _horizontal(
    boxes: PairBoxes, kinds: Affordances, front: np.ndarray, viewer: Viewer, support: np.ndarray, spoken: np.ndarray,
    t: Thresholds, block: Margins,
) -> None:  # fmt: skip
    """Fill the horizontal block: nearness, sides by the viewer, sides by fronts."""
    low, high = boxes.low, boxes.high
    flat.nearness(
        low, high, support, spoken, t.adjacent, t.next_to, t.close, t.level, t.stacked, t.stacked_share,
        t.beside_cover, t.beside_slack, *block,
    )  # fmt: skip
    blind = viewer.distance(low, high) <= t.viewer_distance
    flat.viewed(
        low, high, support, spoken, viewer.gaze(boxes.center), blind, t.sector, t.separation, t.level, t.near,
        t.side_reach, t.depth_reach, *block,
    )  # fmt: skip
    flat.fronted(
        low, high, support, spoken, horizontal_fronts(front), kinds["facer"], kinds["frontless"],
        t.facing_reach, t.facing_level, t.facing_ahead, t.facing_aim, t.stacked, t.stacked_share, t.front_sector,
        t.front_reach, t.separation, *block,
    )  # fmt: skip


def _block(margins: Margins, order: tuple[str, ...]) -> Margins:
    """The rows of consecutive relations as views."""
    start = ID[order[0]]
    return Margins(margins.sure[start : start + len(order)], margins.maybe[start : start + len(order)])


def _numbered(labels: tuple[str, ...], spoken: np.ndarray) -> np.ndarray:
    """(K,) int64: the same number for the same label, -1 for what is not spoken of."""
    numbers: dict[str, int] = {}
    kind = np.array([numbers.setdefault(label, len(numbers)) for label in labels], np.int64)
    return np.where(spoken, kind, -1)
