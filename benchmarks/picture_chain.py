"""The picture of the README: a generated room, its objects and relations, and what is said about them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.patheffects as effects
import numpy as np
from benchmarks.picture_room import FINER, corner_camera, picture, repainted, smaller
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import sceneglot as sg
from sceneglot.rendering import Cloud
from sceneglot.scenes import Scene, Utterance, View
from sceneglot.tasks.sample import instance_rows
from sceneglot.view.floor_plan import ANCHOR, TARGET

TOLD = (
    ("object_caption", "beside"), ("referral", "between"), ("question", "between"), ("question", "on"),
    ("question", "supporting"),
)  # fmt: skip
"""Kind and relation of the sentences that are shown: of each the first one about things that the picture shows."""

INK, PALE, GREEN = "#1f2933", "#8795a1", "#0b7a3b"

FADED = (172, 180, 190)
"""Of things that nothing is said about."""

_COLORS = (
    (76, 120, 168), (245, 133, 24), (84, 162, 75), (228, 87, 86), (148, 103, 189), (114, 183, 178), (238, 202, 59),
    (214, 110, 160), (157, 117, 93), (31, 138, 158), (160, 187, 70), (110, 110, 190), (242, 165, 133), (64, 96, 80),
    (130, 60, 80), (170, 150, 220), (90, 60, 40), (20, 90, 200), (255, 190, 110), (0, 170, 120),
)  # fmt: skip
_AROUND = ((0, -1), (0, 1), (1, 0), (-1, 0), (0.7, -1), (-0.7, -1), (0.7, 1), (-0.7, 1))
_LONGEST = 96
_LEAST_PIXELS = 25 * FINER**2
_DPI = 100


@dataclass(frozen=True)
class Line:
    """One sentence in the panel: kind and relation, the text and the answer of a question."""

    tag: str
    text: str
    answer: str


def draw_chain(scene: Scene, azimuth: float, size: tuple[int, int] = (520, 1600)) -> np.ndarray:
    """(H, W, 3) uint8: three panels; see the module's first line."""
    height, side = size[0] - 46, size[1] // 3
    cloud = Cloud.of(scene)
    camera = corner_camera(cloud, (height, side), azimuth)
    view = picture(cloud, camera)
    seen = pixels_of_objects(scene, view)
    told = chosen(sg.describe(sg.build_graph(scene)), set(np.flatnonzero(seen >= _LEAST_PIXELS).tolist()))
    row = instance_rows(np.asarray(scene.instance), scene.objects)
    spoken = np.isin(row, rows_of(scene, told))
    faded = painted_by_row(scene, np.tile(np.array([FADED], np.uint8), (len(scene.objects), 1)))
    plain = picture(repainted(scene, np.where(spoken[:, None], scene.rgb, faded)), camera)
    figure = Figure((size[1] / _DPI, size[0] / _DPI), dpi=_DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    panels = [figure.add_axes((k / 3, 0, 1 / 3, 1)) for k in range(3)]
    for axes, title in zip(
        panels, ("a room it generated and scanned", "relations of its scene graph", "what it says about it")
    ):
        axes.set(xlim=(0, side), ylim=(size[0], 0))
        axes.axis("off")
        axes.text(16, 26, title, fontsize=15, color=INK, weight="bold", va="center")
    for axes, image in zip(panels, (view.rgb, plain.rgb)):
        axes.imshow(smaller(image), extent=(0, side, size[0], 46), interpolation="nearest", aspect="auto")
    draw_graph(panels[1], scene, view, told, 46.0)
    write_lines(panels[2], [as_line(u) for u in told])
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def as_line(u: Utterance) -> Line:
    """A sentence with its first answer."""
    return Line(f"{u.kind.replace('object_', '')}, {u.relation}", u.text, u.answers[0] if u.answers else "")


def pixels_of_objects(scene: Scene, view: View) -> np.ndarray:
    """(largest id + 1,) how many pixels show each object id."""
    assert view.point is not None and scene.instance is not None
    ids = scene.instance[view.point[view.point >= 0]]
    return np.bincount(ids[ids >= 0], minlength=int(scene.objects.id.max()) + 1)


def chosen(utterances: Sequence[Utterance], seen: set[int]) -> list[Utterance]:
    """For each of `TOLD` the first short sentence about things in sight that no earlier one was about."""
    found: list[Utterance] = []
    about: set[int] = set()
    for kind, relation in TOLD:
        for u in utterances:
            named = {*u.target_ids, *u.anchor_ids}
            fits = u.kind == kind and u.relation == relation and len(u.text) <= _LONGEST
            if fits and u.target_ids and u.anchor_ids and named <= seen and not about & set(u.target_ids):
                found.append(u)
                about |= set(u.target_ids)
                break
    return found


def rows_of(scene: Scene, told: Sequence[Utterance]) -> list[int]:
    """Rows of the objects that sentences speak of, in their order."""
    return [scene.objects.row_of[i] for i in dict.fromkeys(i for u in told for i in (*u.target_ids, *u.anchor_ids))]


def colors_of(count: int) -> np.ndarray:
    """(count, 3) uint8 colours that are easily told apart, as long as there are no more than 20."""
    return np.array([_COLORS[k % len(_COLORS)] for k in range(count)], np.uint8).reshape(-1, 3)


def painted_by_row(scene: Scene, colors: np.ndarray) -> np.ndarray:
    """(N, 3) uint8: every object in its colour, (K, 3), shaded a little as it was; floor and walls pale grey."""
    light = scene.rgb.astype(np.float32).mean(1, keepdims=True)
    row = instance_rows(np.asarray(scene.instance), scene.objects)
    painted = 0.82 * np.append(colors, [(0, 0, 0)], 0)[row] + 0.18 * light
    return np.rint(np.where(row[:, None] >= 0, painted, 186 + 0.15 * light)).astype(np.uint8)


def draw_graph(axes: Axes, scene: Scene, view: View, told: Sequence[Utterance], top: float) -> None:
    """Names of what the sentences speak of, numbered arrows from what each is about to what locates it."""
    rows = rows_of(scene, told)
    about = {scene.objects.row_of[i] for u in told for i in u.target_ids}
    paint = {row: np.array(TARGET if row in about else ANCHOR) for row in rows}
    objects = scene.objects
    uv = {row: middle_of(scene, view, int(objects.id[row])) + (0, top) for row in rows}
    badges: list[tuple[int, np.ndarray]] = []
    marks: list[tuple[np.ndarray, float]] = []
    for number, u in enumerate(told, 1):
        source = uv[objects.row_of[u.target_ids[0]]]
        for anchor in (uv[objects.row_of[i]] for i in u.anchor_ids):
            draw_arrow(axes, source, anchor)
            badges.append((number, badge_place(source, anchor)))
            marks += [(source + part * (anchor - source), 4.0) for part in np.linspace(0.1, 0.9, 9)]
    for row in rows:
        axes.plot(*uv[row], "o", ms=6.5, color=tuple(paint[row] / 255), mec="white", mew=1.3)
    for number, place in badges:
        draw_badge(axes, number, *place)
    labels = [(objects.label[row], uv[row], paint[row]) for row in rows]
    low = axes.get_ylim()[0]
    for text, color, x in (("what it is about", TARGET, 22), ("what locates it", ANCHOR, 162)):
        axes.plot(x, low - 18, "o", ms=6.5, color=tuple(np.array(color) / 255))
        axes.text(x + 10, low - 18, text, fontsize=10, color=INK, va="center")
    place_labels(axes, labels, marks + [(place, 11.0) for _, place in badges])


def draw_arrow(axes: Axes, start: np.ndarray, end: np.ndarray) -> None:
    style = {"arrowstyle": "-|>", "color": INK, "lw": 1.6, "shrinkA": 3, "shrinkB": 4, "mutation_scale": 13}
    arrow = axes.annotate("", (end[0], end[1]), (start[0], start[1]), arrowprops=style).arrow_patch
    assert arrow is not None
    arrow.set_path_effects([effects.withStroke(linewidth=4, foreground="white")])


def badge_place(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(2,) the middle of an arrow, or beside it where it is so short that a badge would hide it."""
    along = end - start
    length = max(float(np.hypot(*along)), 1e-6)
    return (start + end) / 2 + (0 if length > 48 else 20 / length) * np.array([along[1], -along[0]])


def draw_badge(axes: Axes, number: int, x: float, y: float) -> None:
    """A dark disk with the number of a sentence."""
    circle = {"boxstyle": "circle,pad=0.22", "fc": INK, "ec": "white", "lw": 1.0}
    axes.text(x, y, str(number), fontsize=9.5, color="white", weight="bold", ha="center", va="center", bbox=circle)


def middle_of(scene: Scene, view: View, object_id: int) -> np.ndarray:
    """(2,) median pixel, x then y, of an object in the finished picture."""
    assert view.point is not None and scene.instance is not None
    shown = (view.point >= 0) & (scene.instance[np.maximum(view.point, 0)] == object_id)
    return np.median(np.argwhere(shown)[:, ::-1], axis=0) / FINER


def place_labels(
    axes: Axes, labels: Sequence[tuple[str, np.ndarray, np.ndarray]], marks: Sequence[tuple[np.ndarray, float]]
) -> None:
    """Write names beside their dots, each at the nearest place where it covers least of the others and of the marks.

    Args:
        labels: text, (x, y) of the dot and RGB of each. marks: (x, y) and half the width of what is drawn besides.
    """
    taken = [(x - 7, y - 7, x + 7, y + 7) for _, (x, y), _ in labels]
    taken += [(x - r, y - r, x + r, y + r) for (x, y), r in marks]
    right, low = axes.get_xlim()[1], axes.get_ylim()[0]
    for text, (x, y), color in labels:
        half = 4.2 * len(text) + 8
        near = [(x + dx * (half + 12), y + dy * step) for step in (22, 34, 46, 60) for dx, dy in _AROUND]
        boxes = [(a - half, b - 12, a + half, b + 12) for a, b in near]
        inside = [box[0] > 2 and box[2] < right - 2 and box[1] > 46 and box[3] < low - 2 for box in boxes]
        covered = [sum(overlap(box, other) for other in taken) + 99 * (not fits) for box, fits in zip(boxes, inside)]
        best = covered.index(min(covered))
        taken.append(boxes[best])
        ground = {"boxstyle": "round,pad=0.25", "fc": tuple(color / 255), "ec": "white", "lw": 1.2}
        axes.text(*near[best], text, fontsize=11, ha="center", va="center", color="white", bbox=ground)


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Whether two rectangles (left, top, right, bottom) share some place."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def write_lines(axes: Axes, lines: Sequence[Line], top: float = 72.0) -> None:
    """The numbered sentences one below the other, answers of questions in green."""
    y = top
    for number, line in enumerate(lines, 1):
        draw_badge(axes, number, 24, y)
        axes.text(42, y, line.tag, fontsize=11, color=PALE, va="center")
        for row in textwrap.wrap(line.text, 48):
            y += 22
            axes.text(42, y, row, fontsize=13, color=INK, va="center")
        if line.answer:
            y += 23
            axes.text(42, y, f"→ {line.answer}", fontsize=13, color=GREEN, weight="bold", va="center")
        y += 36
