"""Facts that somebody's place decides: left and right, in front and behind, first and last."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sceneglot.language.drills.fact import Fact, Groups, all_anchors, single_anchors
from sceneglot.language.drills.layout import Layout, unit

OPPOSITE = 0.7
"""Cosine from which a front counts as turned towards the viewer: within 45 degrees."""
REACH = 2.5
"""Metres up to which people use an anchor for left, right, front and behind."""


def by_front(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """front, back, left, right of an anchor with a known front, for somebody who looks at that front (Sr3D)."""
    for anchor in all_anchors(groups, at.label[rows[0]]):
        if np.isfinite(at.front[anchor, 0]):
            yield from _sectors(at, rows, anchor, -at.front[anchor], "front ")


def by_viewer(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """left, right, in front, behind for a viewer in the middle of the room who faces the anchor.

    Where the anchor's own front is known and points elsewhere, the two frames disagree, and nothing is said.
    """
    for anchor in all_anchors(groups, at.label[rows[0]]):
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
    for anchor in single_anchors(groups, at.label[rows[0]]):
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
