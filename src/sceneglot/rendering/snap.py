"""Border, wide and corner cameras: scene-level pictures that together show every corner (OpenIns3D's "Snap" module).

Huang et al. 2023, arXiv 2309.00616. Of 24 cameras 16 stand on the border of the room's rectangle, raised above it, and
look at its middle; 4 stand near the middle and look over it at the opposite bottom corner ("wide"); 4 stand in the
middle ("corner"). Every camera's principal point and focal length are fitted to the points it is meant to show. The
ceiling is cut, because all of them stand above it. In the published code the lift of the corner cameras adds up from
view to view; here all four stand at the same height.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from sceneglot.rendering.cameras import Size, box_corners, look_at
from sceneglot.rendering.survey import Survey, survey
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.view import Camera

ZOOM_OUT = 0.1
"""The rectangle the border cameras stand on is larger than the room by this part."""

_WIDEST = 100.0
_NEAREST = 0.2
_MOST_POINTS = 8192


def snap_cameras(
    scene: Scene, views: int = 24, *, size: Size = (336, 336), lift: float = 2.5, plan: Survey | None = None
) -> list[Camera]:
    """Cameras on the border, then wide, then corner cameras: two thirds, one sixth, one sixth.

    Args:
        lift: metres the border cameras stand above the highest thing that is drawn.
        plan: the scene's survey, where it is already known.
    """
    plan = plan or survey(scene)
    top = float(min(plan.high[2], plan.ceiling))
    points = _outline(scene, plan, top)
    inner = views // 6
    middle = np.array([*(plan.low[:2] + plan.high[:2]) / 2, top + 0.05])
    half = (plan.high[:2] - plan.low[:2]) / 2
    cameras = []
    for place in _square_border(views - 2 * inner):
        eye = middle + np.array([*((1 + ZOOM_OUT) * place * half), lift])
        cameras.append(_fitted(eye, plan.center, points, size))
    for offset in (1 / 3, 0.0):  # 1/6 of the room's sides is 1/3 of their halves
        for k in range(inner):
            side = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)][k % 4])
            eye = middle - np.array([*(offset * side * half), 0.0])
            corner = np.array([*(middle[:2] + side * half), plan.floor])
            beyond = points[((points[:, :2] - eye[:2]) * side > 0).all(1)]
            cameras.append(_fitted(eye, corner, beyond if len(beyond) else points, size))
    return cameras


def _square_border(count: int) -> np.ndarray:
    """(count, 2) places on the border of [-1, 1]^2, evenly spaced from (1, 1) on; 16: the border of a 5 x 5 grid."""
    corners = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1), (1, 1)], np.float64)
    way = 4 * np.arange(count) / max(count, 1)
    return np.stack([np.interp(way, np.arange(5), corners[:, axis]) for axis in (0, 1)], 1)


def _outline(scene: Scene, plan: Survey, top: float) -> np.ndarray:
    """Some thousand points of what is drawn, those farthest out in 26 directions among them."""
    points = scene.xyz[((scene.xyz >= plan.low) & (scene.xyz <= plan.high)).all(1) & (scene.xyz[:, 2] <= top)]
    if not len(points):
        return box_corners((plan.low + plan.high) / 2, plan.high - plan.low)
    directions = np.stack(np.meshgrid(*[(-1.0, 0.0, 1.0)] * 3), -1).reshape(-1, 3).astype(np.float32)
    farthest = (points @ directions.T).argmax(0)
    sample = points[:: max(1, len(points) // _MOST_POINTS)]
    return np.concatenate([sample, points[farthest]]).astype(np.float64)


def _fitted(eye: np.ndarray, target: np.ndarray, points: np.ndarray, size: Size) -> Camera:
    """A camera at `eye` towards `target` whose picture is filled by the points, but at most 100 degrees wide."""
    camera = look_at(eye, target, size=size)
    local = camera.to_camera(points)
    local = local[local[:, 2] > _NEAREST]
    if not len(local):
        return camera
    edge = math.tan(math.radians(_WIDEST / 2))
    slopes = np.clip(local[:, :2] / local[:, 2:], -edge, edge)
    low, high = slopes.min(0), slopes.max(0)
    extent = np.maximum(high - low, 1e-3)
    focal = float(min(size[1] / extent[0], size[0] / extent[1]))
    cx, cy = (pixels / 2 - focal * float(mean) for pixels, mean in zip((size[1], size[0]), (low + high) / 2))
    return replace(camera, fx=focal, fy=focal, cx=cx, cy=cy)
