"""What singles out one object among those of its label: rules whose facts hold of exactly one of them.

A rule leaves a grey zone: the winner has to win by a margin, the others have to fail by one. Horizontal distances are
those of Sr3D (Achlioptas et al., ECCV 2020): distance between surfaces, 0.2 m ahead of the runner-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sceneglot.language.drills.layout import Layout, unit

LEAD = 0.2
"""Metres by which the closest or farthest leads (Sr3D)."""
GRID = np.stack(np.meshgrid(np.linspace(0.1, 0.9, 5), np.linspace(0.1, 0.9, 5)), -1).reshape(-1, 2)
STEPS = np.linspace(0, 1, 17)[:, None]
"""Places in a footprint, and between two boxes, where `hull_share` looks."""
TOUCH = 0.05
"""Metres up to which boxes count as touching."""
FEW = 4
"""Anchors of a label with more objects than this are not told apart."""
OPPOSITE = 0.7
"""Cosine from which a front counts as turned towards the viewer: within 45 degrees."""
REACH = 2.5
"""Metres up to which people use an anchor for left, right, front and behind."""


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


def distance(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """closest and farthest; where boxes overlap, so that none is closer, their centres decide."""
    for anchor in _anchors(groups, at.label[rows[0]]):
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
    for anchors in _several(groups, at.label[rows[0]]):
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
    anchors = _single(groups, at.label[rows[0]])
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


def by_front(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """front, back, left, right of an anchor with a known front, for somebody who looks at that front (Sr3D)."""
    for anchor in _anchors(groups, at.label[rows[0]]):
        if np.isfinite(at.front[anchor, 0]):
            yield from _sectors(at, rows, anchor, -at.front[anchor], "front ")


def by_viewer(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """left, right, in front, behind for a viewer in the middle of the room who faces the anchor.

    Where the anchor's own front is known and points elsewhere, the two frames disagree, and nothing is said.
    """
    for anchor in _anchors(groups, at.label[rows[0]]):
        away = at.center[anchor, :2] - at.middle
        sideways = float(unit(away) @ at.front[anchor]) > -OPPOSITE  # False where the front is unknown
        if np.linalg.norm(away) > 0.5 and not sideways:
            yield from _sectors(at, rows, anchor, unit(away), "")


def _sectors(at: Layout, rows: np.ndarray, anchor: int, gaze: np.ndarray, prefix: str) -> Iterator[Fact]:
    right, behind = at.seen(gaze, at.delta[rows, anchor])
    reach = at.gap[rows, anchor] < (4.0 if prefix else REACH)
    flat = np.hypot(right, behind) + 1e-9
    apart = at.cover[rows, anchor] < 0.2
    for word, amount in (("right", right), ("left", -right), ("in front", -behind), ("behind", behind)):
        sure = (amount / flat > 0.8) & reach & apart & (amount > 0.25)
        maybe = (amount / flat > 0.5) & (at.gap[rows, anchor] < REACH + 1.5)
        if sure.sum() == 1 and maybe.sum() == 1:
            yield Fact(prefix + word, int(rows[sure.argmax()]), (anchor,), view=not prefix)


def looking(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """The outermost on either side, for a viewer who looks at an anchor, or who has it in the back."""
    for anchor in _single(groups, at.label[rows[0]]):
        away = at.center[anchor, :2] - at.middle
        sideways = float(unit(away) @ at.front[anchor]) > -OPPOSITE  # False where the front is unknown
        if np.linalg.norm(away) < 1.0 or sideways:
            continue
        for word, gaze in (("look", unit(away)), ("back", -unit(away))):
            right, _ = at.seen(gaze, at.center[rows, :2] - at.center[rows, :2].mean(0))
            yield from _outer(rows, right, 0.6, f"{word} left", f"{word} right", (anchor,))


def entering(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """The outermost on either side, the first and the last, for somebody who comes in through the only door."""
    doors = groups.get("door", groups.get("doorframe", rows))
    if len(doors) != 1 or at.label[rows[0]] in ("door", "doorframe"):
        return
    offset = at.center[rows, :2] - at.center[doors[0], :2]
    gaze = unit(offset.mean(0))
    right, ahead = at.seen(gaze, offset)
    if ahead.min() > 0.3:
        yield from _outer(rows, right, 0.6, "enter left", "enter right", ())
        yield from _outer(rows, ahead, 0.8, "enter first", "enter last", ())


def _outer(
    rows: np.ndarray, value: np.ndarray, lead: float, least: str, most: str, anchors: tuple[int, ...]
) -> Iterator[Fact]:
    """The object with the least and the one with the most of something, where they lead."""
    place = np.argsort(value, kind="stable")
    if value[place[1]] - value[place[0]] > lead:
        yield Fact(least, int(rows[place[0]]), anchors, view=True)
    if value[place[-1]] - value[place[-2]] > lead:
        yield Fact(most, int(rows[place[-1]]), anchors, view=True)


def order(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """leftmost, rightmost, middle and counted places, for a viewer in the middle of the room who faces them all."""
    group = at.center[rows, :2].mean(0)
    gaze = unit(group - at.middle)
    _, ahead = at.seen(gaze, at.center[rows, :2] - at.middle)
    right, _ = at.seen(gaze, at.center[rows, :2] - group)
    if ahead.min() < 0.3:
        return
    place = np.argsort(right, kind="stable")
    steps = np.diff(right[place])
    if steps[0] > 0.25:
        yield Fact("leftmost", int(rows[place[0]]), view=True)
    if steps[-1] > 0.25:
        yield Fact("rightmost", int(rows[place[-1]]), view=True)
    if len(rows) < 3 or steps.min() < 0.15:
        return
    if len(rows) % 2:
        yield Fact("middle", int(rows[place[len(rows) // 2]]), view=len(rows) > 3)
    for index, name in ((1, "second"), (2, "third")):
        if 0 < index < len(rows) - 1:
            yield Fact(f"{name} from left", int(rows[place[index]]), view=True)
            yield Fact(f"{name} from right", int(rows[place[-1 - index]]), view=True)


def size(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """largest, smallest, tallest, shortest, longest, widest, narrowest: a quarter ahead of the next."""
    boxes = at.size[rows] + 0.02
    wide, narrow = boxes[:, :2].max(1), boxes[:, :2].min(1)
    for most, least, value, lead in (
        ("largest", "smallest", boxes.prod(1), 1.5),
        ("tallest", "shortest", boxes[:, 2], 1.2),
        ("longest", "least long", wide, 1.25),
        ("deepest", "narrowest", narrow, 1.25),
    ):
        place = np.argsort(value, kind="stable")
        if value[place[-1]] > lead * value[place[-2]]:
            yield Fact(most, int(rows[place[-1]]))
        if value[place[0]] * lead < value[place[1]]:
            yield Fact(least, int(rows[place[0]]))


def height(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """highest and lowest; on the floor where no other is."""
    bottom = at.low[rows, 2]
    place = np.argsort(bottom, kind="stable")
    if bottom[place[-1]] - bottom[place[-2]] > 0.2:
        yield Fact("highest", int(rows[place[-1]]))
    if bottom[place[1]] - bottom[place[0]] > 0.2:
        yield Fact("lowest", int(rows[place[0]]))
        if bottom[place[0]] < 0.2 and bottom[place[1]] > 0.45:
            yield Fact("on floor", int(rows[place[0]]))


def color(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """A colour word no other object of the kind might have; darker and lighter."""
    for row in rows:
        word = at.colors[row]
        if word and not any(word in at.maybe_colors[other] for other in rows if other != row):
            yield Fact(f"color {word}", int(row))
    place = np.argsort(at.light[rows], kind="stable")
    light = at.light[rows][place]
    if light[1] - light[0] > 30:
        yield Fact("darkest", int(rows[place[0]]))
    if light[-1] - light[-2] > 30:
        yield Fact("lightest", int(rows[place[-1]]))


def room(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """in the corner, against the wall, in the middle of the room, by itself."""
    walls = at.to_walls(rows)
    for word, value, sure, maybe in (("corner", walls[:, 1], 0.4, 1.0), ("against wall", walls[:, 0], 0.2, 0.6)):
        place = np.argsort(value, kind="stable")
        if value[place[0]] < sure and value[place[1]] > maybe:
            yield Fact(word, int(rows[place[0]]))
    off = np.linalg.norm(at.center[rows, :2] - at.middle, axis=1)
    place = np.argsort(off, kind="stable")
    if off[place[0]] < 1.2 and off[place[1]] - off[place[0]] > 0.8:
        yield Fact("center", int(rows[place[0]]))
    if len(rows) >= 3:
        others = at.gap[np.ix_(rows, rows)] + np.diag(np.full(len(rows), np.inf))
        lonely = others.min(1)
        place = np.argsort(lonely, kind="stable")
        if lonely[place[-1]] > 1.0 and lonely[place[-1]] > 1.8 * lonely[place[-2]]:
            yield Fact("alone", int(rows[place[-1]]))


def facing(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """facing an anchor: fronts of all objects of the kind known, one within 25 degrees, the others beyond 50."""
    if not np.isfinite(at.front[rows]).all():
        return
    for anchor in _single(groups, at.label[rows[0]]):
        towards = (unit(-at.delta[rows, anchor]) * at.front[rows]).sum(1)
        if (towards > 0.9).sum() == 1 and (towards > 0.64).sum() == 1:
            yield Fact("facing", int(rows[towards.argmax()]), (anchor,))


RULES: tuple[Rule, ...] = (
    distance, near_any, vertical, between, between_two, by_front, by_viewer, looking, entering, order, size, height,
    color, room, facing,
)  # fmt: skip


def facts_of(at: Layout, rows: np.ndarray, groups: Groups) -> list[Fact]:
    """Every fact that singles out one of `rows`, which share a label; at least two of them."""
    return [fact for rule in RULES for fact in rule(at, rows, groups)]


def _anchors(groups: Groups, but: str) -> list[int]:
    """Anchors of one label, and those of few: these have to be singled out in turn."""
    return [int(row) for label, rows in groups.items() if len(rows) <= FEW and label != but for row in rows]


def _single(groups: Groups, but: str) -> list[int]:
    return [int(rows[0]) for label, rows in groups.items() if len(rows) == 1 and label != but]


def _several(groups: Groups, but: str) -> Iterator[np.ndarray]:
    return (rows for label, rows in groups.items() if len(rows) > 1 and label != but)
