"""Relations with several anchors: between, aligned, closest, farthest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sceneglot.graph.boxes import PairBoxes
from sceneglot.graph.hull import SMALLEST, hull_cover_reference
from sceneglot.graph.kernels import multi as kernels
from sceneglot.graph.relations import FAR_AWAY, NEVER, Margins, both
from sceneglot.graph.thresholds import Thresholds

MAX_NEIGHBOURS = 16
"""Anchors considered on each search for "between": the nearest ones. Bounds the work in crowded scenes."""


def between(boxes: PairBoxes, middle: np.ndarray, first: np.ndarray, second: np.ndarray, t: Thresholds) -> Margins:
    """How clearly `middle` lies between `first` and `second`; (B,) rows each, broadcast together.

    Sr3D's rule: half of the middle's footprint lies in the convex hull of the anchors' footprints (a tenth: it cannot
    be denied), it hardly overlaps either of them, and it shares some height with each. Added to it: a middle wider
    than both anchors lies between them when its centre is well inside the hull. There is no limit of distance: a chair
    in the middle of a hall is between the doors at its ends. Shares become metres by the square root of the footprint.
    """
    m, a, b = (np.ascontiguousarray(r, np.int64) for r in np.broadcast_arrays(middle, first, second))
    result = Margins(np.empty(m.shape), np.empty(m.shape))
    limits = t.between_cover, t.between_depth, t.between_overlap, t.level
    kernels.between_rows(m, a, b, boxes.low, boxes.high, *limits, result.sure, result.maybe)
    return result


def between_reference(
    boxes: PairBoxes, middle: np.ndarray, first: np.ndarray, second: np.ndarray, t: Thresholds
) -> Margins:
    """Plain twin of `between`."""
    middle, first, second = np.broadcast_arrays(middle, first, second)
    low, high = boxes.low, boxes.high
    corners = [(low[rows, :2], high[rows, :2]) for rows in (middle, first, second)]
    cover, depth = hull_cover_reference(*corners)
    own = np.maximum(high[middle, :2] - low[middle, :2], SMALLEST)
    side = np.sqrt(own.prod(1))

    def shared(anchor: np.ndarray) -> np.ndarray:
        return np.minimum(high[middle], high[anchor]) - np.maximum(low[middle], low[anchor])

    with_first, with_second = shared(first), shared(second)
    covered = [np.maximum(s[:, :2], 0.0).prod(1) / own.prod(1) for s in (with_first, with_second)]
    over = np.maximum(*covered)
    level = np.minimum(with_first[:, 2], with_second[:, 2])

    def rule(which: int) -> np.ndarray:
        inside = np.maximum((cover - t.between_cover[which]) * side, depth - t.between_depth[which])
        return both(inside, (t.between_overlap[which] - over) * side, level - t.level[which])

    sure, maybe = rule(0), rule(1)
    distinct = (first != second) & (middle != first) & (middle != second)
    return Margins(np.where(distinct, sure, NEVER), np.where(distinct, maybe, NEVER))


def find_between(
    boxes: PairBoxes, support: np.ndarray, spoken: np.ndarray, t: Thresholds
) -> tuple[np.ndarray, np.ndarray]:
    """All (middle, first, second) rows that hold, first < second, among things that stand on the same thing.

    Searched among the `MAX_NEIGHBOURS` nearest of each middle within `between_reach`, on opposite sides of it.

    Args:
        support: (K,) int64 supporter rows.
        spoken: (K,) rows that may take part.

    Returns:
        (B, 3) int64 rows and (B,) margins, ordered by middle, first, second.
    """
    limits = t.between_cover, t.between_depth, t.between_overlap, t.level
    return kernels.find_between(boxes.low, boxes.high, support, spoken, MAX_NEIGHBOURS, t.between_reach, *limits)


def find_between_reference(boxes: PairBoxes, siblings: np.ndarray, t: Thresholds) -> tuple[np.ndarray, np.ndarray]:
    """Plain twin of `find_between`."""
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
    margin = between_reference(boxes, middle, first, second, t).sure
    triples = np.stack([middle, np.minimum(first, second), np.maximum(first, second)], 1)[margin > 0]
    order = np.lexsort(triples.T[::-1])
    return triples[order], margin[margin > 0][order]


def aligned(boxes: PairBoxes, support: np.ndarray, spoken: np.ndarray, t: Thresholds) -> tuple[np.ndarray, ...]:
    """Rows of like-sized objects that stand in a line along x or along y, two or more each.

    Thresholds as released with SceneVerse (footprint area 0.065 m2, height and offset 0.065 m), with a reach, since two
    boxes at opposite ends of a hall are not a row, and without its use of id 0 as a sentinel.

    Args:
        support: (K,) int64 supporter rows; a row of things stands on the same thing.
        spoken: (K,) rows that may take part.
    """
    heads = kernels.find_aligned(
        boxes.center, boxes.low, boxes.high, support, spoken, t.aligned_area, t.aligned, t.aligned_reach
    )
    groups: list[np.ndarray] = []
    for head in heads:
        groups += [np.flatnonzero(head == first) for first in np.unique(head[head >= 0])]
    return tuple(groups)


def aligned_reference(boxes: PairBoxes, siblings: np.ndarray, t: Thresholds) -> tuple[np.ndarray, ...]:
    """Plain twin of `aligned`."""
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
        members: (M,) rows of one kind; one alone is both.
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
    """(M, A) score -> by how much each row exceeds the best of the other rows, per column; one alone leads by far."""
    if len(score) < 2:
        return np.full(score.shape, FAR_AWAY)
    ordered = np.sort(score, axis=0)
    best, second = ordered[-1], ordered[-2]
    is_best = score >= best
    return np.where(is_best, score - second, score - best)
