"""Crops: which views show an object best, and the rectangle it fills there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from sceneglot.errors import SceneglotError
from sceneglot.rendering.style import RGB, WHITE
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.view import View


@dataclass(frozen=True)
class Crop:
    """One object in one view.

    Attributes:
        row: row of the object in `scene.objects`; object_id: its id.
        view: index of the view in the list given.
        box: left, top, right, bottom in pixels (right and bottom exclusive), tight around the object's pixels.
        points: number of the object's points the view shows.
        share: `points` over all points of the object.
        pixels: number of pixels that show the object.
    """

    row: int
    object_id: int
    view: int
    box: tuple[int, int, int, int]
    points: int
    share: float
    pixels: int


def object_crops(
    scene: Scene, views: Sequence[View], *, per_object: int = 5, min_pixels: int = 64, min_share: float = 0.05
) -> list[Crop]:
    """The views that show each object best.

    Args:
        scene: with `instance` labels; for an object map pass `with_box_points(scene)`, whose points the views show.
        views: pictures with point ids (`View.point`); views without are passed over.
        per_object: at most so many crops per object, best first: most visible points, then most pixels, then earlier
            view.
        min_pixels, min_share: crops that show less are not worth looking at.

    Returns:
        Crops in the order of the objects; an object that no view shows well has none.
    """
    if scene.instance is None:
        raise SceneglotError(f"scene {scene.id}: object crops need instance labels, which this scene does not have")
    crops = group_crops(
        _object_rows(scene), len(scene.objects), views, per_group=per_object, min_pixels=min_pixels, min_share=min_share
    )
    return [replace(crop, object_id=int(scene.objects.id[crop.row])) for crop in crops]


def group_crops(
    group: np.ndarray,
    count: int,
    views: Sequence[View],
    *,
    per_group: int = 5,
    min_pixels: int = 64,
    min_share: float = 0.05,
) -> list[Crop]:
    """The views that show each group of points best, as `object_crops` without objects: regions, clusters, parts.

    Args:
        group: (N,) row of each point's group, -1 for none; count: number of groups.

    Returns:
        Crops in the order of the groups; `object_id` is the row too.
    """
    totals = np.bincount(group[group >= 0], minlength=count)
    found: list[list[Crop]] = [[] for _ in range(count)]
    for index, view in enumerate(views):
        if view.point is None:
            continue
        for crop in _crops_of_view(view, index, group, totals):
            if crop.pixels >= min_pixels and crop.share >= min_share:
                found[crop.row].append(crop)
    best = (sorted(crops, key=lambda c: (-c.points, -c.pixels, c.view))[:per_group] for crops in found)
    return [crop for crops in best for crop in crops]


def cut(
    view: View,
    crop: Crop,
    *,
    scale: float = 1.0,
    size: int | None = None,
    square: bool = True,
    background: RGB = WHITE,
) -> np.ndarray:
    """The picture inside a crop's rectangle.

    Args:
        scale: rectangle grown about its centre by this factor (1.0, 1.1, 1.2 are OpenMask3D's three levels).
        size: resize the longer side to so many pixels (bicubic).
        square: grow the shorter side to the longer one, so that nothing is distorted or lost when made square.
        background: RGB of what lies beyond the picture's edge.

    Returns:
        (h, w, 3) uint8.
    """
    left, top, right, bottom = grown(crop.box, scale, square)
    image = Image.fromarray(np.ascontiguousarray(view.rgb))
    canvas = Image.new("RGB", (right - left, bottom - top), background)
    canvas.paste(image, (-left, -top))
    if size is not None:
        factor = size / max(canvas.size)
        new = (max(1, round(canvas.width * factor)), max(1, round(canvas.height * factor)))
        canvas = canvas.resize(new, Image.Resampling.BICUBIC)
    return np.asarray(canvas)


def grown(box: tuple[int, int, int, int], scale: float, square: bool) -> tuple[int, int, int, int]:
    """A rectangle scaled about its centre and optionally made square; it may reach beyond the picture."""
    left, top, right, bottom = box
    width, height = scale * (right - left), scale * (bottom - top)
    if square:
        width = height = max(width, height)
    x, y = (left + right) / 2, (top + bottom) / 2
    left, top = round(x - width / 2), round(y - height / 2)
    return left, top, left + max(1, round(width)), top + max(1, round(height))


def _object_rows(scene: Scene) -> np.ndarray:
    """(N,) int64 row of each point's object, -1 for none."""
    assert scene.instance is not None
    if len(scene.objects) == 0:
        return np.full(len(scene), -1, np.int64)
    order = np.argsort(scene.objects.id, kind="stable")
    ids = scene.objects.id[order]
    place = np.searchsorted(ids, scene.instance).clip(0, len(ids) - 1)
    return np.where(ids[place] == scene.instance, order[place], -1)


def _crops_of_view(view: View, index: int, group: np.ndarray, totals: np.ndarray) -> list[Crop]:
    assert view.point is not None
    v, u = np.nonzero(view.point >= 0)
    point = view.point[v, u]
    row = group[point]
    known = row >= 0
    v, u, point, row = v[known], u[known], point[known], row[known]
    count = len(totals)
    pixels = np.bincount(row, minlength=count)
    visible = np.bincount(group[np.unique(point)], minlength=count)
    low, high = np.full((count, 2), np.iinfo(np.int64).max), np.full((count, 2), -1)
    np.minimum.at(low, row, np.stack([u, v], 1))
    np.maximum.at(high, row, np.stack([u, v], 1))
    return [
        Crop(
            row=int(r),
            object_id=int(r),
            view=index,
            box=(int(low[r, 0]), int(low[r, 1]), int(high[r, 0]) + 1, int(high[r, 1]) + 1),
            points=int(visible[r]),
            share=float(visible[r] / totals[r]),
            pixels=int(pixels[r]),
        )
        for r in np.flatnonzero(pixels)
    ]
