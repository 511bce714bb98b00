"""Floor plan: a scene from above, drawn from its boxes alone, with the things that a sentence speaks of."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sceneglot.scenes.objects import Objects

TARGET, ANCHOR, CHOSEN, PERSON = (214, 39, 40), (31, 119, 180), (230, 126, 0), (44, 140, 60)
_PAPER, _INK, _FAINT, _SHELL = (255, 255, 255), (90, 90, 90), (170, 170, 170), (225, 225, 225)
_MARGIN = 12
_GAZE = 0.7
"""Length of the arrow that shows where somebody looks, metres."""

Place = tuple[float, float]


def draw_floor_plan(
    objects: Objects,
    targets: Collection[int] = (),
    anchors: Collection[int] = (),
    *,
    chosen: Collection[int] = (),
    person: Place | None = None,
    heading: float | None = None,
    hidden: Collection[str] = ("wall", "floor", "ceiling"),
    side: int = 460,
) -> np.ndarray:
    """The boxes seen from above, +x to the right and +y up, lower things first.

    Targets are red, anchors blue and objects chosen by mistake orange, with their label, id and the heights of
    underside and top in metres; other things are grey. A person is a green dot with an arrow along the gaze.

    Args:
        targets, anchors, chosen: object ids.
        person: x, y in metres, where somebody stands; heading: of the gaze, radians counter-clockwise from +x.
        hidden: labels that are drawn as pale shapes without a name.
        side: of the longer side of the picture, pixels.

    Returns:
        (H, W, 3) uint8.
    """
    low, scale, size = _frame(objects, person, side)

    def at(x: float, y: float) -> Place:
        return _MARGIN + (x - low[0]) * scale, size[1] - _MARGIN - (y - low[1]) * scale

    image = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(image)
    named = {int(objects.row_of[i]): TARGET for i in targets if i in objects.row_of}
    for ids, color in ((chosen, CHOSEN), (anchors, ANCHOR)):
        named |= {r: color for i in ids if (r := objects.row_of.get(i)) is not None and r not in named}
    order = np.argsort(objects.high[:, 2], kind="stable").tolist()
    pale = {row for row, label in enumerate(objects.label) if label in hidden}
    for row in sorted(order, key=lambda r: (r not in pale, r in named)):
        (x0, y0), (x1, y1) = at(*objects.low[row, :2]), at(*objects.high[row, :2])
        color = named.get(row, _SHELL if row in pale else _FAINT)
        pen.rectangle((x0, y1, max(x1, x0 + 1), max(y0, y1 + 1)), outline=color, width=3 if row in named else 1)
    for row in [r for r in order if r not in named and r not in pale]:
        _write(pen, at(*objects.center[row, :2]), objects.label[row], _INK, size)
    for row, color in reversed(named.items()):  # targets last, over the others
        text = f"{objects.label[row]} #{objects.id[row]} z {objects.low[row, 2]:.2f}-{objects.high[row, 2]:.2f}"
        _write(pen, at(objects.center[row, 0], objects.high[row, 1]), text, color, size, above=True)
    if person is not None:
        _draw_person(pen, person, heading, at)
    return np.asarray(image)


def _frame(objects: Objects, person: Place | None, side: int) -> tuple[np.ndarray, float, tuple[int, int]]:
    """Lower corner of what is shown, pixels per metre, and width and height of the picture."""
    corners = [objects.low[:, :2], objects.high[:, :2], np.array([person] if person else []).reshape(-1, 2)]
    points = np.concatenate([*corners, np.zeros((0 if len(objects) or person else 1, 2))])
    low, high = points.min(0), points.max(0)
    extent = np.maximum(high - low, 0.5)
    scale = (side - 2 * _MARGIN) / float(extent.max())
    width, height = (round(float(e) * scale) + 2 * _MARGIN for e in extent)
    return low, scale, (max(width, side // 2), height)


def _draw_person(pen: ImageDraw.ImageDraw, person: Place, heading: float | None, at) -> None:
    x, y = at(*person)
    pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=PERSON)
    if heading is not None:
        tip = at(person[0] + _GAZE * math.cos(heading), person[1] + _GAZE * math.sin(heading))
        pen.line((x, y, *tip), fill=PERSON, width=3)
        for turn in (2.6, -2.6):
            barb = math.cos(heading + turn) * 7, -math.sin(heading + turn) * 7
            pen.line((*tip, tip[0] + barb[0], tip[1] + barb[1]), fill=PERSON, width=3)


def _write(
    pen: ImageDraw.ImageDraw,
    place: Place,
    text: str,
    color: tuple[int, int, int],
    size: tuple[int, int],
    *,
    above: bool = False,
) -> None:
    """Text centred at a place, or larger, above it and on a white ground; moved into the picture."""
    font = ImageFont.load_default(size=11 if above else 9)
    left, top, right, bottom = pen.textbbox((0, 0), text, font=font)
    x = min(max(place[0] - (right - left) / 2, 1), max(size[0] - (right - left) - 1, 1))
    rise = bottom + 4 if above else (bottom - top) / 2
    y = min(max(place[1] - rise, 1), max(size[1] - (bottom - top) - 3, 1))
    if above:
        pen.rectangle((x - 1, y, x + right + 1, y + bottom + 1), fill=_PAPER)
    pen.text((x, y), text, font=font, fill=color)
