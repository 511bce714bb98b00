"""What the pictures of the pages share: a patient scan, a camera over a corner, smooth edges, small files."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from sceneglot.atomic import atomic_path
from sceneglot.errors import SceneglotError
from sceneglot.rendering import Cloud, Style, orbit_cameras, render_view
from sceneglot.scenes import Camera, Scene, View
from sceneglot.synth.scan_config import ScanConfig
from sceneglot.tasks.sample import instance_rows

PATIENT = ScanConfig(
    points=1_500_000, voxel=0.01, shell_share=0.9, frames=(90, 110), frames_per_m2=3.0, frame_size=(180, 240), fov=75.0,
    depth_range=(0.2, 8.0), noise_floor=0.0002, noise_growth=0.0001, pose_jitter=(0.0, 0.0), grazing=86.0,
    exposure=0.0, color_noise=1.0,
)  # fmt: skip
"""A scan for the eye: more frames, a wider and better camera and finer voxels than the defaults."""

FINER = 3
"""Pictures are drawn so many times larger and averaged: points have hard edges."""

MOST_BYTES = 150_000
"""Size of a picture's file, so that pages open quickly."""

_QUALITIES = (85, 80, 75, 70, 60)  # of JPEG
_BACK = 0.65  # share of a thing's points
_CUT = 0.4
_ROOM = 0.96  # of the picture; points at the border of the frame are some pixels wide


def corner_camera(cloud: Cloud, size: tuple[int, int], azimuth: float, elevation: float = 42.0) -> Camera:
    """A camera for pictures of `size` (H, W) from outside, over the corner at `azimuth` degrees."""
    large = (FINER * size[0], FINER * size[1])
    fitted = orbit_cameras(cloud.scene, 1, size=large, start=azimuth, elevation=elevation, plan=cloud.plan)[0]
    return replace(fitted, fx=_ROOM * fitted.fx, fy=_ROOM * fitted.fy)


def shown(cloud: Cloud, camera: Camera) -> np.ndarray:
    """(N,) bool: what `Cloud.visible_parts` leaves, without leftovers of things.

    Two kinds of things are left out whole: those that went with a near wall for the most part (a curtain's last fold),
    and those that turn their back to an outside camera, which no scanner saw.
    """
    keep, scene = cloud.visible_parts(camera, Style()), cloud.scene
    if scene.instance is None or scene.normal is None or not len(scene.objects):
        return keep
    away = np.einsum("nk,nk->n", scene.normal, scene.xyz - camera.center.astype(np.float32)) > 0
    row = instance_rows(np.asarray(scene.instance), scene.objects) + 1
    count = np.maximum(np.bincount(row), 1)
    gone = (np.bincount(row, ~keep) / count > _CUT) | (np.bincount(row, away) / count > _BACK)
    gone[0] = False
    return keep & ~gone[row]


def picture(cloud: Cloud, camera: Camera) -> View:
    """The large picture of a `corner_camera`."""
    return render_view(cloud, camera, keep=shown(cloud, camera))


def smaller(image: np.ndarray, factor: int = FINER) -> np.ndarray:
    """(H, W, 3) uint8 averaged over blocks of pixels."""
    return np.asarray(Image.fromarray(np.ascontiguousarray(image)).reduce(factor))


def repainted(scene: Scene, color: np.ndarray) -> Cloud:
    """The same points in other colours, (N, 3) uint8."""
    return Cloud.of(replace(scene, rgb=color, has_color=True))


def save_small(image: np.ndarray, path: Path) -> Path:
    """Write a picture as a JPEG of at most `MOST_BYTES`, without colour subsampling, which keeps letters crisp.

    Raises:
        SceneglotError: it is too large for that at any quality worth looking at.
    """
    made = Image.fromarray(np.ascontiguousarray(image))
    for quality in _QUALITIES:
        coded = BytesIO()
        made.save(coded, format="JPEG", quality=quality, subsampling=0, optimize=True, progressive=True)
        if coded.tell() <= MOST_BYTES:
            with atomic_path(path) as temporary:
                temporary.write_bytes(coded.getvalue())
            return path
    raise SceneglotError(f"{path}: more than {MOST_BYTES} bytes at any quality; draw it smaller")
