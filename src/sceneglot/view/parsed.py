"""Parsed scenes as files other tools open: a coloured PLY with labels, a picture with a legend."""

from __future__ import annotations

from collections.abc import Sequence
from colorsys import hsv_to_rgb
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from sceneglot.atomic import atomic_path
from sceneglot.errors import SceneglotError
from sceneglot.rendering import render
from sceneglot.scenes import Scene

_ROW = np.dtype(
    [("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("red", "u1"), ("green", "u1"), ("blue", "u1"), ("label", "<i4"),
     ("confidence", "<f4")]
)  # fmt: skip
_TYPES = {"<f4": "float", "|u1": "uchar", "<i4": "int"}


def palette(names: Sequence[str]) -> np.ndarray:
    """(K, 3) uint8, a colour per row: hues by the golden ratio, so that neighbours in the list look different."""
    rows = range(len(names))
    colors = [hsv_to_rgb(row * 0.618034 % 1, (0.75, 0.5)[row % 2], (0.95, 0.7, 0.85)[row % 3]) for row in rows]
    return np.rint(255 * np.array(colors).reshape(-1, 3)).astype(np.uint8)


def painted(scene: Scene, label: np.ndarray, names: Sequence[str], strength: float = 0.7) -> np.ndarray:
    """(N, 3) uint8 the scan's colours mixed with those of its labels.

    Args:
        label: (N,) rows of `names`. strength: share of the label's colour, 0..1.
    """
    mixed = (1 - strength) * scene.rgb + strength * palette(names)[label]
    return np.rint(mixed).astype(np.uint8)


def write_labelled_ply(
    path: Path, scene: Scene, label: np.ndarray, confidence: np.ndarray, names: Sequence[str]
) -> Path:
    """Write a binary PLY with x, y, z in metres, the colour of the label, the label and its confidence, atomically.

    The header lists the names as comments "label ROW NAME".

    Raises:
        SceneglotError: other numbers of labels than of points.
    """
    if not len(label) == len(confidence) == len(scene):
        raise SceneglotError(f"{path}: {len(label)} labels for {len(scene)} points")
    rows = np.empty(len(scene), _ROW)
    for axis, name in enumerate("xyz"):
        rows[name] = scene.xyz[:, axis]
    colors = palette(names)[label]
    for channel, name in enumerate(("red", "green", "blue")):
        rows[name] = colors[:, channel]
    rows["label"], rows["confidence"] = label, confidence
    header = ["ply", "format binary_little_endian 1.0"]
    header += [f"comment label {row} {' '.join(name.split())}" for row, name in enumerate(names)]  # one line each
    header += [f"element vertex {len(rows)}"]
    header += [f"property {_TYPES[_ROW[name].str]} {name}" for name in _ROW.names or ()]
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(("\n".join([*header, "end_header"]) + "\n").encode("ascii", "replace"))
        file.write(rows.tobytes())
    return path


def draw_segmentation(scene: Scene, label: np.ndarray, names: Sequence[str], side: int = 480) -> np.ndarray:
    """(side, 2 side + legend, 3) uint8: the scan and the painted scan from one corner, and the names that occur."""
    before = render(scene, views=1, size=(side, side))[0].rgb
    after = render(replace(scene, rgb=painted(scene, label, names), has_color=True), views=1, size=(side, side))[0].rgb
    return np.concatenate([before, after, _legend(label, names, side)], 1)


def _legend(label: np.ndarray, names: Sequence[str], height: int, width: int = 190) -> np.ndarray:
    """(height, width, 3) the names from common to rare with colour and share of the points, as far as they fit."""
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    count = np.bincount(label, minlength=len(names))
    colors = palette(names)
    for place, row in enumerate(np.argsort(-count, kind="stable")):
        top = 8 + 18 * place
        if not count[row] or top + 18 > height:
            break
        pen.rectangle((8, top, 20, top + 12), fill=tuple(int(v) for v in colors[row]))
        share = 100 * count[row] / max(1, len(label))
        pen.text((26, top), f"{names[row][:20]} {share:.1f} %", fill="black")
    return np.asarray(image)
