"""Cameras: where to stand to take telling pictures of a scene or of one object."""

from __future__ import annotations

import math

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.rendering.survey import Survey, survey
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.view import Camera

Size = tuple[int, int]

_CLEARANCE = 0.45


def look_at(
    eye: np.ndarray,
    target: np.ndarray,
    *,
    size: Size = (256, 256),
    fov: float = 60.0,
    up: tuple[float, float, float] = (0.0, 0.0, 1.0),
) -> Camera:
    """A perspective camera at `eye` that sees `target` in the middle of the image.

    Args:
        eye, target: (3,) world positions, metres; they must differ.
        size: (H, W) pixels.
        fov: field of view along the longer image side, degrees.
        up: direction that is up in the image; where it is the viewing direction, +y replaces it.
    """
    rotation = _rotation(np.asarray(target, np.float64) - np.asarray(eye, np.float64), np.asarray(up, np.float64))
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, eye
    focal = _focal(size, fov)
    return Camera(focal, focal, size[1] / 2, size[0] / 2, size[1], size[0], pose)


def top_down_camera(
    scene: Scene, *, size: Size = (512, 512), margin: float = 0.03, plan: Survey | None = None
) -> Camera:
    """An orthographic camera that looks straight down: +x to the right, +y up, the room fitted into the image.

    Args:
        margin: empty border as a part of the image side.
        plan: the scene's survey, where it is already known.
    """
    _check_size(size)
    plan = plan or survey(scene)
    extent = np.maximum(plan.high - plan.low, 1e-3)
    scale = (1 - 2 * margin) * min(size[1] / extent[0], size[0] / extent[1])
    pose = np.eye(4)
    pose[:3, :3] = np.array([[1.0, 0, 0], [0, -1.0, 0], [0, 0, -1.0]])
    # One metre above everything: every depth is positive, and metres below the camera.
    pose[:3, 3] = [*(plan.low[:2] + plan.high[:2]) / 2, plan.top + 1.0]
    return Camera(scale, scale, size[1] / 2, size[0] / 2, size[1], size[0], pose, "orthographic")


def orbit_cameras(
    scene: Scene,
    views: int = 8,
    *,
    size: Size = (256, 256),
    elevation: float = 38.0,
    fov: float = 45.0,
    start: float = 45.0,
    plan: Survey | None = None,
) -> list[Camera]:
    """Cameras around the scene that look in from outside over its near walls, each fitted so that all is in frame.

    Args:
        views: how many, evenly spaced counter-clockwise from azimuth `start` (45: over the +x +y corner).
        elevation: degrees above the horizon.
    """
    plan = plan or survey(scene)
    points = _fit_points(scene, plan)
    return [
        _fitted(points, _direction(start + 360.0 * k / views, elevation), size, fov, margin=0.02) for k in range(views)
    ]


def inside_cameras(
    scene: Scene,
    views: int = 4,
    *,
    size: Size = (256, 256),
    height: float = 1.9,
    fov: float = 85.0,
    start: float = 45.0,
    plan: Survey | None = None,
) -> list[Camera]:
    """Cameras inside the room, backed against its border, that look over its middle: what a visitor photographs.

    Args:
        height: metres above the floor; lowered where the ceiling is lower.
        fov: degrees along the longer image side, wide because rooms are small.
    """
    plan = plan or survey(scene)
    level = plan.floor + min(height, 0.85 * (min(plan.high[2], plan.ceiling) - plan.floor))
    middle = _middle(plan)
    crowd = scene.xyz[np.abs(scene.xyz[:, 2] - level) < _CLEARANCE]
    cameras = []
    for k in range(views):
        angle = math.radians(start + 360.0 * k / views)
        outward = np.array([math.cos(angle), math.sin(angle)])
        eye = np.array([*_stand(plan, middle, outward, level, crowd), level])
        # Look past the middle, so that both the far wall and the floor before the feet are in the picture.
        target = np.array(
            [*(middle - 0.25 * (eye[:2] - middle) - 1e-3 * outward), plan.floor + 0.35 * (level - plan.floor)]
        )
        cameras.append(look_at(eye, target, size=size, fov=fov))
    return cameras


def object_cameras(
    objects: Objects,
    row: int,
    views: int = 10,
    *,
    size: Size = (224, 224),
    elevation: float = 25.0,
    fov: float = 40.0,
    margin: float = 0.1,
) -> list[Camera]:
    """Cameras around one object, each fitted to its box, evenly spaced; the first in front where that is known."""
    corners = box_corners(objects.center[row], objects.size[row])
    front = objects.front[row]
    start = math.degrees(math.atan2(front[1], front[0])) if np.isfinite(front).all() else -90.0
    return [_fitted(corners, _direction(start + 360.0 * k / views, elevation), size, fov, margin) for k in range(views)]


def box_corners(center: np.ndarray, size: np.ndarray) -> np.ndarray:
    """(8, 3) corners of an axis-aligned box; corner k has the upper x, y, z side where bit 0, 1, 2 of k is set."""
    upper = (np.arange(8)[:, None] >> np.arange(3)) & 1
    return np.asarray(center, np.float64) + (upper - 0.5) * np.asarray(size, np.float64)


def _direction(azimuth: float, elevation: float) -> np.ndarray:
    """Viewing direction of a camera that stands at this azimuth and elevation (degrees) and looks to the origin."""
    a, e = math.radians(azimuth), math.radians(elevation)
    return -np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])


def _rotation(forward: np.ndarray, up: np.ndarray) -> np.ndarray:
    """(3, 3) camera-to-world rotation, columns x right, y down, z forward."""
    length = float(np.linalg.norm(forward))
    if not length > 0:
        raise SceneglotError("camera: eye and target are the same point")
    z = forward / length
    x = np.cross(z, up)
    if np.linalg.norm(x) < 1e-6 * np.linalg.norm(up):
        x = np.cross(z, (0.0, 1.0, 0.0) if abs(z[1]) < 0.9 else (1.0, 0.0, 0.0))
    x = x / np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z], 1)


def _check_size(size: Size) -> None:
    if min(size) < 1:
        raise SceneglotError(f"camera: an image of {size[0]} x {size[1]} pixels has none, expected at least one a side")


def _focal(size: Size, fov: float) -> float:
    _check_size(size)
    if not 0 < fov < 180:
        raise SceneglotError(f"camera: field of view must be between 0 and 180 degrees, found {fov}")
    return max(size) / 2 / math.tan(math.radians(fov) / 2)


def _fitted(points: np.ndarray, forward: np.ndarray, size: Size, fov: float, margin: float) -> Camera:
    """The closest camera with this viewing direction that has all points in frame, the margin left free.

    A point (x, y, z) in the camera's axes is in frame of a camera shifted by (ox, oy, -d) when |x - ox| <= tx (z + d),
    with tx the half width at distance 1. The two sides of it give the best ox and the smallest d in closed form.
    """
    rotation = _rotation(forward, np.array([0.0, 0.0, 1.0]))
    focal = _focal(size, fov)
    local = points @ rotation
    offset, distances = np.zeros(3), []
    for axis, pixels in ((0, size[1]), (1, size[0])):
        slope = (1 - 2 * margin) * pixels / 2 / focal
        right, left = ((sign * local[:, axis] / slope - local[:, 2]).max() for sign in (1, -1))
        offset[axis] = slope * (right - left) / 2
        distances.append((right + left) / 2)
    offset[2] = -max(*distances, 0.05 - local[:, 2].min())
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, rotation @ offset
    return Camera(focal, focal, size[1] / 2, size[0] / 2, size[1], size[0], pose)


def _fit_points(scene: Scene, plan: Survey) -> np.ndarray:
    """At most some thousand points that outline what is drawn of the scene from outside."""
    step = max(1, len(scene) // 8192)
    points = scene.xyz[::step].astype(np.float64)
    points = points[((points >= plan.low) & (points <= plan.high)).all(1) & (points[:, 2] < plan.ceiling)]
    if len(points) == 0:
        points = box_corners((plan.low + plan.high) / 2, plan.high - plan.low)
    return points


def _middle(plan: Survey) -> np.ndarray:
    """(2,) centroid of the footprint, or the nearest place to it that lies in the footprint (U-shaped rooms)."""
    i, j = np.nonzero(plan.inside)
    cells = plan.origin + (np.stack([i, j], 1) + 0.5) * plan.cell
    centroid = cells.mean(0)
    return cells[np.argmin(((cells - centroid) ** 2).sum(1))]


def _stand(plan: Survey, middle: np.ndarray, outward: np.ndarray, level: float, crowd: np.ndarray) -> np.ndarray:
    """(2,) furthest place from the middle along `outward` that is in the room, off the wall and clear of things."""
    steps = np.arange(0.0, 2.0 * float(np.abs(plan.high - plan.low)[:2].sum()), plan.cell / 2)
    places = middle + steps[:, None] * outward
    outside = np.flatnonzero(~plan.holds(places))
    reach = steps[max(int(outside[0]) - 1, 0)] if len(outside) else 0.0
    for distance in np.arange(reach - 0.3, 0.3 * reach, -0.1):
        place = middle + distance * outward
        gap = crowd - np.array([*place, level])
        if not ((gap**2).sum(1) < _CLEARANCE**2).any():
            return place
    return middle + 0.5 * reach * outward
