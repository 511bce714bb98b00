"""Facts about an anchor that need no viewer: near and far, on and below, between, facing.

Horizontal distances are those of Sr3D (Achlioptas et al., ECCV 2020): between surfaces, 0.2 m ahead of the runner-up.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sceneglot.language.drills.fact import Fact, Groups, all_anchors, shared_anchors, single_anchors
from sceneglot.language.drills.layout import Layout, unit

LEAD = 0.2
"""Metres by which the closest or farthest leads (Sr3D)."""
TOUCH = 0.05
"""Metres up to which boxes count as touching."""
GRID = np.stack(np.meshgrid(np.linspace(0.1, 0.9, 5), np.linspace(0.1, 0.9, 5)), -1).reshape(-1, 2)
STEPS = np.linspace(0, 1, 17)[:, None]
"""Places in a footprint, and between two boxes, where `hull_share` looks."""


def distance(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """closest and farthest; where boxes overlap, so that none is closer, their centres decide."""
    for anchor in all_anchors(groups, at.label[rows[0]]):
        gaps = at.gap[rows, anchor]
        order = np.argsort(gaps, kind="stable")
        if gaps[order[1]] < TOUCH:
            flat = np.hypot(*at.delta[rows, anchor].T)
            order = np.argsort(np.where(gaps < TOUCH, flat, np.inf), kind="stable")
            if flat[order[1]] - flat[order[0]] > 2 * LEAD:
                yield Fact("closest", int(rows[order[0]]), (anchor,))
            order = np.argsort(gaps, kind="stable")
        elif gaps[order[1]] - gaps[order[0]] > LEAD:
            yield Fact("closest", int(rows[order[0]]), (anchor,))
            if gaps[order[0]] < 0.6 and gaps[order[1]] > 1.2:
                yield Fact("near", int(rows[order[0]]), (anchor,))
                if len(rows) == 2:
                    yield Fact("not near", int(rows[order[1]]), (anchor,))
        if gaps[order[-1]] - gaps[order[-2]] > LEAD:
            yield Fact("farthest", int(rows[order[-1]]), (anchor,))
            if gaps[order[-1]] > 1.5 and gaps[order[-1]] - gaps[order[-2]] > 0.6:
                yield Fact("opposite", int(rows[order[-1]]), (anchor,))


def near_any(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """near one of several anchors of a label, where no other object of the kind is near any of them."""
    for anchors in shared_anchors(groups, at.label[rows[0]]):
        gaps = at.gap[np.ix_(rows, anchors)].min(1)
        order = np.argsort(gaps, kind="stable")
        if gaps[order[0]] < 0.4 and gaps[order[1]] > 1.0:
            winner = int(rows[order[0]])
            nearest = int(anchors[at.gap[winner, anchors].argmin()])
            yield Fact("near", winner, (nearest,), any_anchor=True)


def vertical(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """on, supporting, above, below: Sr3D's overlaps and gaps."""
    for label, anchors in groups.items():
        if label == at.label[rows[0]]:
            continue
        pair = np.ix_(rows, anchors)
        cover, covered = at.cover[pair], at.cover[np.ix_(anchors, rows)].T
        lift = at.low[rows, 2][:, None] - at.high[anchors, 2][None]
        drop = at.low[anchors, 2][None] - at.high[rows, 2][:, None]
        area = at.size[:, :2].prod(-1)
        smaller = area[rows][:, None] < 1.5 * area[anchors][None]
        larger = area[anchors][None] < 1.5 * area[rows][:, None]
        holds = {
            "on": (cover > 0.3) & (np.abs(lift) <= 0.15) & smaller,
            "supporting": (covered > 0.3) & (np.abs(drop) <= 0.15) & larger,
        }
        touching = holds["on"] | holds["supporting"]
        over = np.maximum(cover, covered) > 0.2
        holds["above"] = (lift > 0.06) & over & ~touching
        holds["below"] = (drop > 0.06) & over & ~touching
        for word, grid in holds.items():
            fits = grid.any(1)
            if fits.sum() == 1:
                winner = int(fits.argmax())
                meant = anchors[grid[winner]]
                yield Fact(word, int(rows[winner]), (int(meant[0]),), any_anchor=len(anchors) > 1)


def between(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """Half of the footprint inside the hull of two anchors' footprints, at most a tenth of any other's (Sr3D)."""
    anchors = single_anchors(groups, at.label[rows[0]])
    for index, first in enumerate(anchors):
        for second in anchors[index + 1 :]:
            if at.flat_gap[first, second] < 0.3 or at.gap[first, second] > 6.0:
                continue
            near = _touches(at, rows, first, second)
            if not near.any():
                continue
            shares = np.zeros(len(rows))
            shares[near] = [hull_share(at, int(row), first, second) for row in rows[near]]
            level = np.minimum(at.high[rows, 2], min(at.high[first, 2], at.high[second, 2])) - np.maximum(
                at.low[rows, 2], max(at.low[first, 2], at.low[second, 2])
            )
            clear = np.maximum(at.cover[rows, first], at.cover[rows, second]) <= 0.1
            fits = (shares > 0.5) & clear & (level > 0.1)
            if fits.sum() == 1 and (shares > 0.1).sum() == 1:
                yield Fact("between", int(rows[fits.argmax()]), (first, second))


def _touches(at: Layout, rows: np.ndarray, first: int, second: int) -> np.ndarray:
    """(M,) bool: footprints that meet the rectangle around both anchors; the others share nothing with their hull."""
    low = np.minimum(at.low[first, :2], at.low[second, :2])
    high = np.maximum(at.high[first, :2], at.high[second, :2])
    return np.all((at.low[rows, :2] < high) & (at.high[rows, :2] > low), axis=1)


def hull_share(at: Layout, row: int, first: int, second: int) -> float:
    """Share of a footprint inside the hull of two others: a point is in it when some box between the two holds it.

    The hull of two axis-aligned boxes is the union of the boxes between them, (1 - s) A + s B.
    """
    points = (at.low[row, :2] + GRID * at.size[row, :2])[:, None]
    low = (1 - STEPS) * at.low[first, :2] + STEPS * at.low[second, :2]
    high = (1 - STEPS) * at.high[first, :2] + STEPS * at.high[second, :2]
    inside = ((points >= low) & (points <= high)).all(-1)
    return float(inside.any(-1).mean())


def between_two(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """Between the only two of another label: nearer to their line than any other, and within its middle half."""
    for label, anchors in groups.items():
        if len(anchors) != 2 or label == at.label[rows[0]] or at.flat_gap[anchors[0], anchors[1]] < 0.3:
            continue
        axis = at.delta[anchors[1], anchors[0]]
        length = np.linalg.norm(axis)
        offset = at.delta[rows, anchors[0]]
        along, off = offset @ axis / length**2, np.abs(offset @ (axis[1], -axis[0])) / length
        sure, maybe = (np.abs(along - 0.5) < 0.25) & (off < 0.5), (np.abs(along - 0.5) < 0.5) & (off < 1.2)
        if sure.sum() == 1 and maybe.sum() == 1:
            yield Fact("between two", int(rows[sure.argmax()]), (int(anchors[0]), int(anchors[1])), any_anchor=True)


def facing(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """facing an anchor: fronts of all objects of the kind known, one within 25 degrees, the others beyond 50."""
    if not np.isfinite(at.front[rows]).all():
        return
    for anchor in single_anchors(groups, at.label[rows[0]]):
        towards = (unit(-at.delta[rows, anchor]) * at.front[rows]).sum(1)
        if (towards > 0.9).sum() == 1 and (towards > 0.64).sum() == 1:
            yield Fact("facing", int(rows[towards.argmax()]), (anchor,))
