"""From points to pixels: where a point falls in a picture, and whether the picture shows it.

The way back, from pixels to points, needs no computation for rendered pictures: `View.point` is the winner of the
z-buffer. Photographs have only depth, and every published system rounds and tests it differently; here a pixel is the
floor of the coordinate, because pixel centres are at integer + 0.5.
"""

from __future__ import annotations

import numpy as np

from sceneglot.scenes.view import View


def points_in_view(
    view: View, xyz: np.ndarray, *, tolerance: float = 0.02, relative: float = 0.0, border: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """The pixel of every point, and whether the picture shows the point there.

    A point is shown when it lies before the camera, falls into the picture, the pixel has a depth, and the point is at
    most `tolerance + relative * depth` behind it. Of a rendered picture one voxel is a good tolerance; on photographs
    PLA uses relative 0.2 and OpenScene 0.25 (both two-sided), OpenMask3D 0.2 m.

    Args:
        xyz: (N, 3) world points.
        tolerance: metres; relative: part of the pixel's depth.
        border: so many pixels along the edge show nothing (OpenScene: 10).

    Returns:
        (N, 2) int32 row and column, -1 where not shown, and (N,) bool shown.
    """
    uv, depth = view.camera.project(np.asarray(xyz, np.float64))
    height, width = view.depth.shape
    with np.errstate(invalid="ignore", over="ignore"):
        # Rounded as pictures are drawn: a hair below a border is the next pixel there, and has to be here.
        column, row = np.floor(uv.astype(np.float32)).T
        shown = (depth > 0) & (column >= border) & (column < width - border)
        shown &= (row >= border) & (row < height - border)
    pixel = np.full((len(uv), 2), -1, np.int32)
    pixel[shown] = np.stack([row[shown], column[shown]], 1)
    surface = view.depth[pixel[:, 0], pixel[:, 1]].astype(np.float64)
    shown &= (surface > 0) & (depth <= surface * (1 + relative) + tolerance)
    pixel[~shown] = -1
    return pixel, shown
