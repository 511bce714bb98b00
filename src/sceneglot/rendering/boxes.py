"""Boxes on pictures: wireframes of 3D boxes and their labels, for reports."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sceneglot.errors import SceneglotError
from sceneglot.rendering.boxpoints import label_color
from sceneglot.rendering.cameras import box_corners
from sceneglot.scenes.view import Camera, View

_NEAR = 0.02
_EDGES = tuple((a, a | 1 << bit) for a in range(8) for bit in range(3) if not a & 1 << bit)


def draw_boxes(
    view: View,
    centers: np.ndarray,
    sizes: np.ndarray,
    labels: Sequence[str] | None = None,
    colors: np.ndarray | Sequence[tuple[int, int, int]] | None = None,
    *,
    width: int | None = None,
) -> np.ndarray:
    """The picture of a view with boxes drawn over it.

    Edges are solid where the picture shows nothing in front of them and dotted where something hides them; edges that
    pass the camera are clipped at it.

    Args:
        centers, sizes: (K, 3) metres, world frame, axis-aligned, full extents.
        labels: K texts written at the boxes; boxes outside the picture get none.
        colors: (K, 3) RGB; by default fixed by the label.
        width: line width in pixels; by default 1/200 of the image's longer side.

    Returns:
        (H, W, 3) uint8; the view itself stays as it is.
    """
    centers, sizes = np.asarray(centers, np.float64).reshape(-1, 3), np.asarray(sizes, np.float64).reshape(-1, 3)
    count = len(centers)
    for name, length in (("sizes", len(sizes)), ("labels", labels), ("colors", colors)):
        found = length if isinstance(length, int) else count if length is None else len(length)
        if found != count:
            raise SceneglotError(f"draw_boxes: {found} {name} for {count} boxes")
    texts = [""] * count if labels is None else [str(text) for text in labels]
    paints = [label_color(text) for text in texts] if colors is None else [tuple(int(c) for c in row) for row in colors]
    width = width or max(1, round(max(view.rgb.shape[:2]) / 200))
    image = Image.fromarray(np.ascontiguousarray(view.rgb))
    pen = ImageDraw.Draw(image)
    for center, size, paint in zip(centers, sizes, paints):
        corners = box_corners(center, size)
        for a, b in _EDGES:
            _draw_edge(pen, view, corners[a], corners[b], paint, width)
    for center, size, text, paint in zip(centers, sizes, texts, paints):
        _draw_label(pen, view, box_corners(center, size), text, paint)
    return np.asarray(image)


def _draw_edge(
    pen: ImageDraw.ImageDraw, view: View, a: np.ndarray, b: np.ndarray, paint: tuple[int, ...], width: int
) -> None:
    clipped = _before_camera(view.camera, a, b)
    if clipped is None:
        return
    ends, _ = view.camera.project(np.stack(clipped))
    pixels = float(np.abs(ends[1] - ends[0]).max())
    steps = int(np.clip(np.ceil(pixels / 4), 1, 512))  # one visibility test every few pixels
    line = clipped[0] + np.linspace(0, 1, steps + 1)[:, None] * (clipped[1] - clipped[0])
    uv, depth = view.camera.project(line)
    hidden = _hidden(view, (uv[1:] + uv[:-1]) / 2, (depth[1:] + depth[:-1]) / 2)
    for k, (start, stop) in enumerate(pairwise(uv)):
        if not hidden[k] or k % 3 == 0:
            pen.line([*start, *stop], fill=paint, width=width if not hidden[k] else max(1, width // 2))


def _before_camera(camera: Camera, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The part of a segment that lies before the camera's near plane."""
    depth = camera.to_camera(np.stack([a, b]))[:, 2] - _NEAR
    if (depth <= 0).all():
        return None
    if (depth > 0).all():
        return a, b
    cut = a + depth[0] / (depth[0] - depth[1]) * (b - a)
    return (a, cut) if depth[0] > 0 else (cut, b)


def _hidden(view: View, uv: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """(M,) bool: whether the picture shows something clearly nearer at these pixels."""
    height, width = view.depth.shape
    column, row = np.floor(uv).astype(np.int64).T
    within = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    seen = view.depth[row.clip(0, height - 1), column.clip(0, width - 1)]
    return within & (seen > 0) & (seen < depth - 0.05 - 0.01 * depth)


def _draw_label(pen: ImageDraw.ImageDraw, view: View, corners: np.ndarray, text: str, paint: tuple[int, ...]) -> None:
    uv, depth = view.camera.project(corners)
    uv = uv[depth > _NEAR]
    height, width = view.rgb.shape[:2]
    if not text or len(uv) == 0 or (uv.max(0) < 0).any() or (uv.min(0) > (width, height)).any():
        return
    font = ImageFont.load_default(max(10, round(max(height, width) / 36)))
    left, top, right, bottom = pen.textbbox((0, 0), text, font=font)
    w, h = right - left + 4, bottom - top + 4
    x = float(np.clip(uv[:, 0].mean() - w / 2, 0, max(width - w, 0)))
    y = float(np.clip(uv[:, 1].min() - h, 0, max(height - h, 0)))
    pen.rectangle([x, y, x + w, y + h], fill=paint)
    bright = 0.299 * paint[0] + 0.587 * paint[1] + 0.114 * paint[2] > 140
    pen.text((x + 2 - left, y + 2 - top), text, font=font, fill=(0, 0, 0) if bright else (255, 255, 255))
