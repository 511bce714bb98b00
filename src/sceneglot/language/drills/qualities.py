"""Facts without an anchor: sizes, heights, colours, places in the room."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sceneglot.language.drills.fact import Fact, Groups
from sceneglot.language.drills.layout import Layout


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
    bottom = at.low[rows, 2] - at.floor
    place = np.argsort(bottom, kind="stable")
    if bottom[place[-1]] - bottom[place[-2]] > 0.2:
        yield Fact("highest", int(rows[place[-1]]))
    if bottom[place[1]] - bottom[place[0]] > 0.2:
        yield Fact("lowest", int(rows[place[0]]))
        if bottom[place[0]] < 0.2 and bottom[place[1]] > 0.45:
            yield Fact("on floor", int(rows[place[0]]))


def color(at: Layout, rows: np.ndarray, groups: Groups) -> Iterator[Fact]:
    """A colour word no other object of the kind might have; darker and lighter, where all their colours are known."""
    for row in rows:
        word = at.colors[row]
        if word and not any(word in at.maybe_colors[other] for other in rows if other != row):
            yield Fact(f"color {word}", int(row))
    if np.isnan(at.light[rows]).any():
        return
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
