"""Camera and View: a picture of a scene whose every pixel knows its depth and its point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sceneglot.errors import SceneglotError

Projection = Literal["perspective", "orthographic"]


@dataclass(frozen=True, eq=False)
class Camera:
    """A pin-hole or orthographic camera, OpenCV convention (x right, y down, z forward).

    Pixel (u, v) of a point (x, y, z) in the camera frame is
    perspective: u = fx * x / z + cx, v = fy * y / z + cy (fx, fy in pixels);
    orthographic: u = fx * x + cx, v = fy * y + cy (fx, fy in pixels per metre).
    Pixel centres are at integer + 0.5: pixel column = floor(u).

    Attributes:
        pose: (4, 4) float64 camera-to-world, rigid, metres.
        width, height: image size in pixels.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int
    pose: np.ndarray
    projection: Projection = "perspective"

    def __post_init__(self) -> None:
        pose = np.asarray(self.pose, dtype=np.float64)
        if pose.shape != (4, 4) or not np.isfinite(pose).all():
            raise SceneglotError(f"camera: pose must be a finite 4x4 matrix, found shape {pose.shape}")
        object.__setattr__(self, "pose", pose)

    @property
    def center(self) -> np.ndarray:
        """(3,) camera position in the world, metres."""
        return self.pose[:3, 3]

    @property
    def forward(self) -> np.ndarray:
        """(3,) unit viewing direction in the world."""
        return self.pose[:3, 2]

    def to_camera(self, xyz: np.ndarray) -> np.ndarray:
        """(N, 3) world points -> (N, 3) camera frame, metres."""
        return (np.asarray(xyz) - self.center) @ self.pose[:3, :3]

    def project(self, xyz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, 3) world points -> (N, 2) continuous pixel coordinates and (N,) depth along the viewing axis."""
        local = self.to_camera(xyz)
        depth = local[:, 2]
        if self.projection == "orthographic":
            uv = local[:, :2] * (self.fx, self.fy) + (self.cx, self.cy)
        else:
            safe = np.where(np.abs(depth) < 1e-9, 1e-9, depth)
            uv = local[:, :2] / safe[:, None] * (self.fx, self.fy) + (self.cx, self.cy)
        return uv, depth

    def unproject(self, depth: np.ndarray) -> np.ndarray:
        """(H, W) depth in metres -> (H, W, 3) world points through the pixel centres."""
        v, u = np.mgrid[0 : self.height, 0 : self.width] + 0.5
        x, y = (u - self.cx) / self.fx, (v - self.cy) / self.fy
        if self.projection == "perspective":
            x, y = x * depth, y * depth
        local = np.stack([x, y, depth], -1)
        return local @ self.pose[:3, :3].T + self.center


@dataclass(frozen=True, eq=False)
class View:
    """One picture of a scene.

    Attributes:
        name: unique within the scene ("top", "view-03").
        camera: where it was taken.
        rgb: (H, W, 3) uint8.
        depth: (H, W) float32 metres along the viewing axis, 0 where nothing was hit.
        point: (H, W) int32 index of the winning point in the scene's arrays, -1 where nothing was hit;
            `None` for real photographs, where the correspondence has to be computed.
    """

    name: str
    camera: Camera
    rgb: np.ndarray
    depth: np.ndarray
    point: np.ndarray | None = None

    def __post_init__(self) -> None:
        size = (self.camera.height, self.camera.width)
        for what, array in (("rgb", self.rgb), ("depth", self.depth), ("point", self.point)):
            if array is not None and array.shape[:2] != size:
                raise SceneglotError(f"view {self.name}: {what} has size {array.shape[:2]}, camera says {size}")
