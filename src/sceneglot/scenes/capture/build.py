"""A capture fused to a Scene: points with colours and normals, z up, and some of the photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, overload

import numpy as np
from PIL import Image

from sceneglot.errors import BadFileError
from sceneglot.scenes.capture.frames import (
    Capture,
    Frame,
    Lens,
    read_color,
    read_confidence,
    read_depth,
)
from sceneglot.scenes.capture.fusion import FusedPoints, VoxelFusion
from sceneglot.scenes.capture.layouts import read_capture
from sceneglot.scenes.capture.samples import sample_depth
from sceneglot.scenes.capture.upright import Upright, make_upright
from sceneglot.scenes.scene import Scene, Source
from sceneglot.scenes.view import Camera, View

Up = Literal["auto", "keep", "x", "y", "z", "-x", "-y", "-z", "cameras"]
NEAREST_PLAUSIBLE, FARTHEST_PLAUSIBLE = 0.1, 12.0
"""Metres: the middle of what a depth camera sees indoors lies between; else the depth scale is wrong."""
_SURE = 2  # ARKit's highest confidence
_MAX_SPOILED = 0.2  # share of frames that may be unreadable


@dataclass(frozen=True)
class FusionOptions:
    """How to fuse.

    Attributes:
        depth_scale: numbers per metre in depth pictures; None takes what the layout states.
        voxel: metres. farthest: metres. max_frames: more are thinned evenly.
        min_samples: voxels with fewer samples are left out.
        up: see `CaptureOptions.up`. views: photographs to keep.
        lens: fx, fy, cx, cy of the depth pictures, for their size; None takes what the layout states.
    """

    depth_scale: float | None = None
    voxel: float = 0.02
    farthest: float = 5.0
    max_frames: int = 1000
    min_samples: int = 3
    up: Up = "auto"
    views: int = 8
    lens: tuple[float, float, float, float] | None = None


def fuse_capture(folder: Path, scene_id: str, options: FusionOptions = FusionOptions()) -> Scene:
    """Read and fuse a capture.

    Raises:
        BadFileError: no capture, damaged pictures in more than a fifth of the frames, an implausible depth scale, or
            nothing left.
    """
    capture = read_capture(folder, options.lens)
    capture = capture.thinned(options.max_frames)
    scale, scale_note = _depth_scale(capture, options.depth_scale)
    points, capture = _fuse(capture, scale, options)
    poses = np.stack([frame.pose for frame in capture.frames])
    upright = _upright(points, poses, capture, options.up)
    turn = upright.transform
    notes = (f"layout {capture.layout}, {len(capture.frames):,} frames", scale_note, upright.note)
    if not np.array_equal(turn, np.eye(4)):
        rows = "; ".join(" ".join(f"{value:.6g}" for value in row) for row in turn[:3])
        notes += (f"capture to scene: {rows}",)
    has_color = any(frame.color is not None for frame in capture.frames)
    return Scene(
        id=scene_id,
        xyz=(points.xyz.astype(np.float64) @ turn[:3, :3].T + turn[:3, 3]).astype(np.float32),
        rgb=points.rgb,
        source=Source("capture", folder.name, notes=(*notes, *capture.notes)),
        normal=(points.normal @ turn[:3, :3].T).astype(np.float32),
        views=CapturedViews(capture.thinned(options.views), scale, turn) if options.views and has_color else (),
        has_color=has_color,
    )


class CapturedViews(Sequence[View]):
    """Photographs of a capture in the size of the depth pictures, read when they are looked at."""

    def __init__(self, capture: Capture, scale: float, transform: np.ndarray) -> None:
        self._frames = tuple(frame for frame in capture.frames if frame.color is not None)
        self._scale = scale
        self._transform = transform

    def __len__(self) -> int:
        return len(self._frames)

    @overload
    def __getitem__(self, index: int) -> View: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[View]: ...
    def __getitem__(self, index: int | slice) -> View | Sequence[View]:
        if isinstance(index, slice):
            return [self._view(frame) for frame in self._frames[index]]
        return self._view(self._frames[index])

    def _view(self, frame: Frame) -> View:
        depth, color = _pictures(frame, self._scale)
        lens, size = frame.depth_lens, depth.shape[::-1]
        assert color is not None
        camera = Camera(lens.fx, lens.fy, lens.cx, lens.cy, size[0], size[1], self._transform @ frame.pose)
        return View(frame.name, camera, _seen_by(lens, frame.color_lens or lens, color, size), depth)


def _depth_scale(capture: Capture, given: float | None) -> tuple[float, str]:
    """Numbers per metre, and a note; refuses a scale that puts the room elsewhere."""
    scale = given or capture.depth_scale or 1.0
    some = capture.frames[:: max(1, len(capture.frames) // 5)]
    parts = [np.zeros(0, np.float32)]
    for frame in some:
        try:
            depth = read_depth(frame.depth, scale)
        except BadFileError:  # counted when the frames are fused
            continue
        parts.append(depth[depth > 0][::97])
    seen = np.concatenate(parts)
    if not len(seen):
        raise BadFileError(some[0].depth, "and others hold no depth at all")
    middle = float(np.median(seen))
    if given is None and not NEAREST_PLAUSIBLE <= middle <= FARTHEST_PLAUSIBLE:
        raise BadFileError(
            some[0].depth,
            f"depth would be {middle:.3g} m in the middle with {scale:g} per metre",
            "give --depth-scale (1000: millimetres, 5000: TUM)",
        )
    who = "given" if given else f"as layout {capture.layout} states" if capture.depth_scale else "metres as stored"
    return scale, f"depth scale {scale:g} per metre ({who}), {middle:.2f} m in the middle"


def _fuse(capture: Capture, scale: float, options: FusionOptions) -> tuple[FusedPoints, Capture]:
    """The points, and the capture without the frames whose pictures cannot be read, which it notes."""
    fusion = VoxelFusion(options.voxel)
    good: list[Frame] = []
    spoiled: list[BadFileError] = []
    for frame in capture.frames:
        try:
            _add_frame(fusion, frame, scale, options.farthest)
            good.append(frame)
        except BadFileError as error:
            spoiled.append(error)
            if len(spoiled) > _MAX_SPOILED * len(capture.frames):
                raise
    points = fusion.points(options.min_samples)
    if not len(points.xyz):
        raise BadFileError(capture.frames[0].depth, "and the others give no surface", "check --depth-scale, --farthest")
    note = (f"{len(spoiled)} frames cannot be read: {spoiled[0].path.name}: {spoiled[0].problem}",) if spoiled else ()
    return points, replace(capture, frames=tuple(good), notes=(*capture.notes, *note))


def _add_frame(fusion: VoxelFusion, frame: Frame, scale: float, farthest: float) -> None:
    depth, color = _pictures(frame, scale)
    samples = sample_depth(depth, frame.depth_lens, farthest)
    if color is None:
        rgb = np.full((len(samples.xyz), 3), 128, np.uint8)
    else:
        rgb = _color_of(samples.xyz, frame.color_lens or frame.depth_lens, color)
    rotation = frame.pose[:3, :3]
    xyz = (samples.xyz.astype(np.float64) @ rotation.T + frame.pose[:3, 3]).astype(np.float32)
    fusion.add(xyz, rgb, (samples.normal @ rotation.T).astype(np.float32), samples.weight)


def _pictures(frame: Frame, scale: float) -> tuple[np.ndarray, np.ndarray | None]:
    """Depth (H, W) metres, 0 where unsure, and colour."""
    depth = read_depth(frame.depth, scale)
    expected = (frame.depth_lens.height, frame.depth_lens.width)
    if depth.shape != expected:
        raise BadFileError(frame.depth, f"has size {depth.shape}, the first picture has {expected}")
    if frame.confidence is not None:
        depth = np.where(read_confidence(frame.confidence, depth.shape) >= _SURE, depth, np.float32(0))
    return depth, None if frame.color is None else read_color(frame.color)


def _color_of(xyz: np.ndarray, lens: Lens, color: np.ndarray) -> np.ndarray:
    """(S, 3) uint8 of points in the camera's frame; the nearest pixel, at the edge where they fall outside."""
    height, width = color.shape[:2]
    lens = lens.scaled(width, height)
    u = np.clip(xyz[:, 0] / xyz[:, 2] * lens.fx + lens.cx, 0, width - 1).astype(np.int64)
    v = np.clip(xyz[:, 1] / xyz[:, 2] * lens.fy + lens.cy, 0, height - 1).astype(np.int64)
    return color[v, u]


def _seen_by(lens: Lens, color_lens: Lens, color: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The colour picture as the depth camera would see it, (H, W, 3) uint8: both look from the same place."""
    width, height = size
    own = color_lens.scaled(color.shape[1], color.shape[0])
    ax, ay = own.fx / lens.fx, own.fy / lens.fy
    affine = (ax, 0.0, own.cx - ax * lens.cx, 0.0, ay, own.cy - ay * lens.cy)
    if ax > 1.5:  # average before picking pixels, else fine patterns flicker
        shrunk = (max(1, round(color.shape[1] / ax)), max(1, round(color.shape[0] / ay)))
        small = np.asarray(Image.fromarray(color).resize(shrunk, Image.Resampling.BOX))
        return _seen_by(lens, own.scaled(*shrunk), small, size)
    picture = Image.fromarray(color).transform(
        (width, height), Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR
    )
    return np.asarray(picture)


def _upright(points: FusedPoints, poses: np.ndarray, capture: Capture, up: Up) -> Upright:
    if up == "keep":
        return Upright(np.eye(4), np.array([0.0, 0.0, 1.0]), np.nan, 0.0, "frame of the capture kept as it is")
    if up == "cameras" or (up == "auto" and capture.up is None):
        return make_upright(points.xyz, points.normal, poses, None, "the cameras")
    if up == "auto":
        return make_upright(points.xyz, points.normal, poses, np.array(capture.up), f"layout {capture.layout}")
    axis = np.zeros(3)
    axis["xyz".index(up[-1])] = -1.0 if up.startswith("-") else 1.0
    return make_upright(points.xyz, points.normal, poses, axis, "your choice")
