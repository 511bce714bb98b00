"""Vertical relations: on, embedded, in, above, below, under, higher, lower."""

from __future__ import annotations

import numpy as np

from sceneglot.graph.affordances import Affordances
from sceneglot.graph.boxes import PairBoxes
from sceneglot.graph.relations import Margins, both, only
from sceneglot.graph.thresholds import Limit, Thresholds


def on(boxes: PairBoxes, kinds: Affordances, t: Thresholds) -> Margins:
    """i rests on j: its underside meets j's top (or the surface inside j's box) and enough of it lies over j.

    Sr3D's support rule (overlap, contact within 0.15 m, area ratio 1.5) instead of SceneVerse's, whose tolerance
    depends on the height of the supporter in the scene. Beds, sofas, chairs: anything that starts well above the
    box's underside. Desks, tables, shelves: what also reaches about as high as the box (hutch, splash-back).
    """
    low, high = boxes.low[:, 2], boxes.high[:, 2]
    rise = low[:, None] - low[None]
    reach = high[:, None] - high[None]

    def contact(limit: float, settle: float, slack: float) -> np.ndarray:
        strict = limit - np.abs(boxes.lift)
        seat = np.minimum(rise - settle, limit - boxes.lift)
        surface = np.minimum(seat, reach + slack)
        seat = np.where(kinds["seat"][None], seat, -np.inf)
        surface = np.where(kinds["surface"][None], surface, -np.inf)
        return np.maximum(strict, np.maximum(seat, surface))

    order = boxes.center[:, None, 2] - boxes.center[None, :, 2]
    seated = kinds["seat"][None] | kinds["surface"][None]
    higher = np.where(seated, np.maximum(order, rise - t.settle.sure), order)
    touch = [contact(t.contact[which], t.settle[which], t.surface_reach[which]) for which in (0, 1)]
    sure = both(touch[0], boxes.cover(t.support_cover.sure), higher + t.support_order.sure)
    maybe = both(touch[1], boxes.cover(t.support_cover.maybe), higher + t.support_order.maybe)
    carries = ~kinds["carries_nothing"] & ~kinds["structural"]
    big = boxes.area[None] * t.support_area >= boxes.area[:, None]
    allowed = carries[None] & ~kinds["hung"][:, None] & _may_rest(kinds) & big
    return Margins(only(sure, allowed), maybe)


def _may_rest(kinds: Affordances) -> np.ndarray:
    """(K, K) whether i may stand on j: what stands on the floor only on what covers the floor."""
    return ~kinds["grounded"][:, None] | kinds["mat"][None]


def sprawling(boxes: PairBoxes, kinds: Affordances, t: Thresholds) -> np.ndarray:
    """(K,) things whose box may be mostly empty: wide on both axes, and not of a kind that fills its box."""
    return (boxes.size[:, :2] > t.sprawl).all(1) & ~kinds["solid"]


def placed_in(boxes: PairBoxes, kinds: Affordances, t: Thresholds) -> Margins:
    """i starts inside container j (below its rim) and stands over it; its top may stick out."""
    low, high = boxes.low[:, 2], boxes.high[:, 2]

    def rule(cover: float, rim: float, slack: float) -> np.ndarray:
        below_rim = high[None] - low[:, None] - rim
        above_bottom = low[:, None] - low[None] + slack
        return both(boxes.cover(cover), below_rim, above_bottom)

    smaller = boxes.area[:, None] < boxes.area[None]
    sure = rule(t.inside_cover.sure, t.rim.sure, t.container_floor.sure)
    maybe = rule(t.inside_cover.maybe, t.rim.maybe, t.container_floor.maybe)
    holds = kinds["container"] & ~sprawling(boxes, kinds, t)
    allowed = holds[None] & ~kinds["hung"][:, None] & ~kinds["grounded"][:, None] & smaller
    return Margins(only(sure, allowed), maybe)


def inside(boxes: PairBoxes, kinds: Affordances, t: Thresholds, within: Margins) -> Margins:
    """i is in container j with its whole box (`within` = placed_in, of which this is the full case)."""
    top = boxes.high[None, :, 2] - boxes.high[:, None, 2]
    return Margins(np.minimum(within.sure, top + t.inside_top.sure), np.minimum(within.maybe, top + t.inside_top.maybe))


def embedded(boxes: PairBoxes, kinds: Affordances, t: Thresholds) -> Margins:
    """i is built into j: a sink in its counter. Its box interpenetrates j's top and reaches at least as high."""
    depth = -boxes.lift  # how far i starts below j's top
    reach = boxes.high[:, None, 2] - boxes.high[None, :, 2]
    sure = both(boxes.cover(t.support_cover.sure), depth + t.embed_depth.sure, reach + t.contact.sure)
    maybe = both(boxes.cover(t.support_cover.maybe), depth + t.embed_depth.maybe, reach + 2 * t.contact.maybe)
    allowed = kinds["embedded"][:, None] & kinds["surface"][None] & (boxes.area[None] > boxes.area[:, None])
    return Margins(only(sure, allowed), maybe)


def known_contact(
    boxes: PairBoxes, kinds: Affordances, parent: np.ndarray, t: Thresholds
) -> tuple[np.ndarray, np.ndarray]:
    """Margins of on and placed_in for the pairs that the source itself names (`Objects.parent`).

    The source knows better than boxes do: a book on the middle board of a shelf starts far below the shelf's top.
    Only gross contradictions (no overlap from above, outside the height range) are not believed.

    Returns:
        (K, K) sure margins of on and of placed_in; -inf for all other pairs.
    """
    k = len(boxes)
    child = np.flatnonzero((parent >= 0) & (parent < k))
    child = child[parent[child] != child]
    above = parent[child]
    result_on = np.full((k, k), -np.inf)
    result_in = np.full((k, k), -np.inf)
    overlap = boxes.overlap[child, above, :2].min(1)
    start = boxes.low[child, 2]
    below_top = boxes.high[above, 2] - start
    believed = both(
        overlap + t.parent_overlap,
        below_top + t.contact.maybe,
        start - boxes.low[above, 2] + t.parent_drop,
        np.full(len(child), t.contact.sure),
    )
    holds = kinds["container"] & ~sprawling(boxes, kinds, t)
    held = holds[above] & (below_top > t.rim.sure) & ~kinds["seat"][above]
    result_in[child[held], above[held]] = believed[held]
    result_on[child[~held], above[~held]] = believed[~held]
    return result_on, result_in


def under(boxes: PairBoxes, kinds: Affordances, t: Thresholds) -> Margins:
    """i stands beneath j, whose box includes the space between its legs: a bin under a desk."""
    low, high = boxes.low[:, 2], boxes.high[:, 2]

    def rule(cover: float, base: float, drop: float) -> np.ndarray:
        return both(boxes.cover(cover), high[None] - high[:, None] - drop, base - (low[:, None] - low[None]))

    sure = rule(t.support_cover.sure, t.under_floor.sure, t.under_top.sure)
    maybe = rule(t.support_cover.maybe, t.under_floor.maybe, t.under_top.maybe)
    roof = kinds["roof"] & ~sprawling(boxes, kinds, t)
    allowed = roof[None] & ~kinds["hung"][:, None] & (boxes.area[None] > boxes.area[:, None])
    return Margins(only(sure, allowed), maybe)


def above(boxes: PairBoxes, kinds: Affordances, on_pair: Margins, t: Thresholds) -> Margins:
    """i hovers over j without touching it.

    Sr3D's gap (0.06 m) with a cover per axis instead of an area share. Things overlap well on both axes; what hangs
    does so along its longer side, and may miss by `vertical_slack` across it: a picture above a bed off the wall.
    Nothing is said to be above floor coverings, or above or below boxes that may be hollow.
    """
    shared = boxes.overlap[..., :2]
    narrower = np.minimum(boxes.size[:, None, :2], boxes.size[None, :, :2])

    def rule(gap: Limit, which: int, cover: np.ndarray) -> np.ndarray:
        return both(boxes.lift - gap[which], t.vertical_reach[which] - boxes.lift, cover)

    beyond = shared - t.vertical_cover.sure * narrower
    wide = (boxes.size[:, 0] >= boxes.size[:, 1])[:, None]
    along = np.where(wide, beyond[..., 0], beyond[..., 1])
    aside = np.where(wide, shared[..., 1], shared[..., 0])
    hung_over = np.minimum(along, aside + t.vertical_slack.sure)
    over = np.where(kinds["hangable"][:, None], hung_over, beyond.min(-1))
    might = (shared - t.vertical_cover.maybe * narrower).max(-1)
    might = np.minimum(might, shared.min(-1) + t.vertical_slack.maybe)
    hollow = sprawling(boxes, kinds, t)
    allowed = ~(hollow[:, None] | hollow[None] | kinds["mat"][None])
    sure = np.minimum(rule(t.vertical_gap, 0, over), -on_pair.sure)
    return Margins(only(sure, allowed), rule(t.vertical_gap, 1, might))


def higher(boxes: PairBoxes, t: Thresholds) -> Margins:
    """All of i is above the top of j, with j near enough to compare."""
    sure = np.minimum(boxes.lift - t.higher_gap.sure, t.higher_reach.sure - boxes.gap)
    return Margins(sure, boxes.lift - t.higher_gap.maybe)
