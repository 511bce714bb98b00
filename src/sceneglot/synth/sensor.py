"""The depth camera: rays of all frames in one batch, and what a real sensor makes of the true depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from sceneglot.scenes.view import Camera
from sceneglot.synth.scan_config import ScanConfig
from sceneglot.synth.texture import hash_unit
from sceneglot.synth.trajectory import Walk, intrinsics

_HOLE_CELL = 0.04  # metres: missing returns on glass come in patches of this size
_HOLE_STEADY = 0.9  # share of readings whose fate the place decides; the others change from frame to frame


@dataclass(frozen=True, eq=False)
class Frames:
    """F frames and their R rays, frame after frame, row-major pixels.

    Attributes:
        cameras: F cameras as tracked (what a recording would claim).
        is_view: (F,) bool, frames kept as photographs.
        start: (F + 1,) int64, frame f owns rays start[f] : start[f + 1].
        frame: (R,) int32 frame of every ray.
        origin, direction: (R, 3) float32 true, jittered unit rays, room frame.
        per_distance: (R,) float32, depth along the viewing axis per metre along the true ray.
        pixel_ray: (R, 3) float32, tracked room-frame offset of the pixel centre per metre of depth.
    """

    cameras: tuple[Camera, ...]
    is_view: np.ndarray
    start: np.ndarray
    frame: np.ndarray
    origin: np.ndarray
    direction: np.ndarray
    per_distance: np.ndarray
    pixel_ray: np.ndarray

    def unproject(self, rays: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """(N, 3) float32 points of the given rays (indices) at (N,) depth, as the tracked poses place them."""
        centers = np.stack([camera.center for camera in self.cameras]).astype(np.float32)
        return centers[self.frame[rays]] + self.pixel_ray[rays] * depth[:, None]


def record(walk: Walk, config: ScanConfig, rng: np.random.Generator) -> Frames:
    """Rays of every frame of a walk; photographs get more of them than plain depth frames."""
    cameras, origins, directions, per_distance, pixel_rays = [], [], [], [], []
    for pose, is_view in zip(walk.poses, walk.is_view):
        tracked = pose @ _small_motion(rng, *config.pose_jitter)
        camera = intrinsics(config.view_size if is_view else config.frame_size, config.fov, tracked)
        v, u = np.mgrid[0 : camera.height, 0 : camera.width].reshape(2, -1) + 0.5
        ideal = np.ones((len(u), 3), np.float32)
        ideal[:, 0], ideal[:, 1] = (u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy
        seen = ideal.copy()
        jitter = np.float32(config.lateral_jitter / camera.fx)
        seen[:, :2] += jitter * rng.standard_normal((len(u), 2), dtype=np.float32)
        length = np.sqrt(np.einsum("ij,ij->i", seen, seen))
        cameras.append(camera)
        origins.append(np.broadcast_to(pose[:3, 3].astype(np.float32), seen.shape))
        directions.append((seen / length[:, None]) @ pose[:3, :3].T.astype(np.float32))
        per_distance.append(1 / length)
        pixel_rays.append(ideal @ tracked[:3, :3].T.astype(np.float32))
    counts = [len(rays) for rays in directions]
    return Frames(
        cameras=tuple(cameras),
        is_view=walk.is_view,
        start=np.concatenate([[0], np.cumsum(counts)]),
        frame=np.repeat(np.arange(len(counts), dtype=np.int32), counts),
        origin=np.concatenate(origins),
        direction=np.concatenate(directions),
        per_distance=np.concatenate(per_distance),
        pixel_ray=np.concatenate(pixel_rays),
    )


def _small_motion(rng: np.random.Generator, metres: float, radians: float) -> np.ndarray:
    """(4, 4) rigid motion close to the identity, in the camera's own frame."""
    x, y, z = rng.normal(0, radians, 3)
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = max(float(np.sqrt(x * x + y * y + z * z)), 1e-12)
    motion = np.eye(4)  # Rodrigues' formula
    motion[:3, :3] += np.sin(angle) / angle * skew + (1 - np.cos(angle)) / angle**2 * skew @ skew
    motion[:3, 3] = rng.normal(0, metres, 3)
    return motion


def depth_sigma(depth: np.ndarray, config: ScanConfig) -> np.ndarray:
    """Standard deviation of a depth reading, metres: floor + growth * depth^2."""
    return config.noise_floor + config.noise_growth * depth**2


def measure(
    depth: np.ndarray,
    cosine: np.ndarray,
    shine: np.ndarray,
    dropout: np.ndarray,
    place: np.ndarray,
    config: ScanConfig,
    rng: np.random.Generator,
) -> np.ndarray:
    """What the sensor returns for true depths.

    Args:
        depth: (N,) float32 true depth along the viewing axis, metres; 0 where the ray hit nothing.
        cosine: (N,) float32 cosine of the incidence angle, 0 grazing .. 1 frontal.
        shine, dropout: (N,) float32 of the material; shine raises the noise up to twice.
        place: (N, 3) float32 surface points, so that holes in glass stay where they are between frames.

    Returns:
        (N,) float32 depth, 0 for no return.
    """
    near, far = config.depth_range
    sigma = depth_sigma(depth, config) * (1 + shine)
    noisy = depth + rng.standard_normal(len(depth), dtype=np.float32) * sigma
    chance = rng.random(len(depth), dtype=np.float32)
    steady = _steady(place, np.float32(_HOLE_CELL))
    # One number decides both whose draw counts and, rescaled, the changing draw: the share lost is exactly `dropout`.
    changing = (chance - _HOLE_STEADY) / (1 - _HOLE_STEADY)
    lost = dropout > np.where(chance < _HOLE_STEADY, steady, changing)
    edge = np.cos(np.radians(config.grazing))
    # Never lost while the cosine is above the edge's, always at 90 degrees, linear in between.
    lost |= edge * rng.random(len(depth), dtype=np.float32) > cosine
    good = (depth > 0) & ~lost & (noisy >= near) & (noisy <= far)
    return np.where(good, noisy, 0).astype(np.float32)


@njit(cache=True)
def _steady(place, cell):
    """(N,) float32 in [0, 1): a number per cell of space."""
    out = np.empty(len(place), np.float32)
    for n in range(len(place)):
        i = int(np.floor(place[n, 0] / cell))
        j = int(np.floor(place[n, 1] / cell))
        k = int(np.floor(place[n, 2] / cell))
        out[n] = hash_unit(i, j, k, 77)
    return out
