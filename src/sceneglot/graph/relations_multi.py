"""Relations with several anchors: between, aligned, closest, farthest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sceneglot.graph.boxes import PairBoxes
from sceneglot.graph.relations import NEVER, Margins, both
from sceneglot.graph.thresholds import Thresholds

MAX_NEIGHBOURS = 16
"""Anchors considered on each search for "between": the nearest ones. Bounds the work in crowded scenes."""


def between(boxes: PairBoxes, middle: np.ndarray, first: np.ndarray, second: np.ndarray, t: Thresholds) -> Margins:
    """How clearly `middle` lies between `first` and `second`; (B,) rows each, broadcast together.

    Sr3D asks for half of the target's area in the convex hull of the two footprints. In metres: the target's
    centre lies inside the band that joins the anchors, whose half width runs from one anchor's to the other's, and
    its box ends before each anchor's begins. All three overlap in height.
    """
    middle, first, second = np.broadcast_arrays(middle, first, second)
    a, b, m = boxes.center[first, :2], boxes.center[second, :2], boxes.center[middle, :2]
    line = b - a
    length = np.maximum(np.hypot(line[:, 0], line[:, 1]), 1e-9)
    e = line / length[:, None]
    n = np.stack([-e[:, 1], e[:, 0]], 1)
    half = boxes.size[:, :2] / 2

    def reach(rows: np.ndarray, axis: np.ndarray) -> np.ndarray:
        return (half[rows] * np.abs(axis)).sum(1)

    along = ((m - a) * e).sum(1)
    across = np.abs(((m - a) * n).sum(1))
    share = np.clip(along / length, 0.0, 1.0)
    band = (1 - share) * reach(first, n) + share * reach(second, n) - across
    from_first = along - reach(first, e) - reach(middle, e)
    from_second = length - along - reach(second, e) - reach(middle, e)
    low = np.maximum(np.maximum(boxes.low[first, 2], boxes.low[second, 2]), boxes.low[middle, 2])
    high = np.minimum(np.minimum(boxes.high[first, 2], boxes.high[second, 2]), boxes.high[middle, 2])
    level = high - low
    nearest, widest = np.minimum(from_first, from_second), np.maximum(from_first, from_second)
    sure = both(band, nearest + t.between_overlap.sure, t.between_gap.sure - widest, level - t.level.sure)
    maybe = both(band + 0.4, nearest + t.between_overlap.maybe, t.between_gap.maybe - widest, level - t.level.maybe)
    distinct = (first != second) & (middle != first) & (middle != second)
    return Margins(np.where(distinct, sure, NEVER), np.where(distinct, maybe, NEVER))


def find_between(boxes: PairBoxes, siblings: np.ndarray, t: Thresholds) -> tuple[np.ndarray, np.ndarray]:
    """All (middle, first, second) rows that hold, first < second.

    Returns:
        (B, 3) int64 rows and (B,) margins, ordered by middle, first, second.
    """
    k = len(boxes)
    empty = np.zeros((0, 3), np.int64), np.zeros(0)
    if k < 3:
        return empty
    near = siblings & (boxes.gap <= t.between_reach)
    np.fill_diagonal(near, False)
    count = min(MAX_NEIGHBOURS, k - 1)
    nearest = np.argsort(np.where(near, boxes.gap, np.inf), axis=1, kind="stable")[:, :count]
    i, j = np.triu_indices(count, 1)
    first, second = nearest[:, i].ravel(), nearest[:, j].ravel()
    middle = np.repeat(np.arange(k), len(i))
    keep = near[middle, first] & near[middle, second] & siblings[first, second]
    # Anchors on opposite sides: cheap test before the real one.
    keep &= (boxes.offset[middle, first] * boxes.offset[middle, second]).sum(1) < 0
    middle, first, second = middle[keep], first[keep], second[keep]
    if not len(middle):
        return empty
    margin = between(boxes, middle, first, second, t).sure
    triples = np.stack([middle, np.minimum(first, second), np.maximum(first, second)], 1)[margin > 0]
    order = np.lexsort(triples.T[::-1])
    return triples[order], margin[margin > 0][order]


def aligned(boxes: PairBoxes, siblings: np.ndarray, t: Thresholds) -> tuple[np.ndarray, ...]:
    """Rows of like-sized objects that stand in a line along x or along y, two or more each.

    Thresholds as released with SceneVerse (footprint area 0.065 m2, height and offset 0.065 m), with a reach, since two
    boxes at opposite ends of a hall are not a row, and without its use of id 0 as a sentinel.
    """
    alike = np.abs(boxes.area[:, None] - boxes.area[None]) <= t.aligned_area
    alike &= np.abs(boxes.center[:, None, 2] - boxes.center[None, :, 2]) <= t.aligned
    alike &= siblings & (boxes.gap <= t.aligned_reach) & ~(boxes.overlap[..., :2] > 0).all(-1)
    groups: list[np.ndarray] = []
    for axis in (0, 1):
        linked = alike & (np.abs(boxes.offset[..., axis]) < t.aligned)
        groups += _components(linked)
    return tuple(groups)


def _components(linked: np.ndarray) -> list[np.ndarray]:
    """Connected components of two or more rows of a symmetric boolean matrix, each sorted."""
    member = np.flatnonzero(linked.any(1))
    if not len(member):
        return []
    name = np.arange(len(linked))
    while True:  # every row takes the smallest name among its neighbours and itself
        lowest = np.where(linked, name[None], len(linked)).min(1)
        new = np.minimum(name, lowest)
        if (new == name).all():
            break
        name = new
    return [np.flatnonzero(name == n) for n in np.unique(name[member])]


def extreme(
    boxes: PairBoxes, members: np.ndarray | Sequence[int], anchors: np.ndarray, t: Thresholds
) -> tuple[Margins, Margins]:
    """closest and farthest among `members` to each anchor, by centre distance with a lead of `runner_up` (Sr3D).

    The gap between footprints must not contradict the centres, so that a long table is not "farther" than it looks.

    Args:
        members: (M,) rows of one kind, at least two.
        anchors: (A,) rows.

    Returns:
        Margins of closest and of farthest, each (M, A).
    """
    members = np.asarray(members)
    delta = boxes.center[members][:, None] - boxes.center[anchors][None]
    distance = np.sqrt((delta**2).sum(-1))
    gap = boxes.gap[members[:, None], anchors[None]]
    near_lead, near_gap = _lead(-distance), _lead(-gap)
    far_lead, far_gap = _lead(distance), _lead(gap)
    closest = Margins(np.minimum(near_lead - t.runner_up, near_gap), near_lead + t.runner_up)
    farthest = Margins(np.minimum(far_lead - t.runner_up, far_gap), far_lead + t.runner_up)
    return closest, farthest


def _lead(score: np.ndarray) -> np.ndarray:
    """(M, A) score -> by how much each row exceeds the best of the other rows, per column."""
    ordered = np.sort(score, axis=0)
    best, second = ordered[-1], ordered[-2]
    is_best = score >= best
    return np.where(is_best, score - second, score - best)
