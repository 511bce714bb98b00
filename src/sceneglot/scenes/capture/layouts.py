"""Which layout a folder of posed RGB-D has, and its frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.capture import arkit, redwood, scannet_export, tum
from sceneglot.scenes.capture.frames import Capture, Lens
from sceneglot.scenes.rigid import is_rigid

_MAX_LOST = 0.5  # share of frames whose poses may be missing


@dataclass(frozen=True)
class Layout:
    """One way to lay out a capture: `fits` looks at names only, `read` lists the frames."""

    title: str
    fits: Callable[[Path], bool]
    read: Callable[[Path], Capture]


LAYOUTS: dict[str, Layout] = {
    "scannet": Layout("color/, depth/, pose/, intrinsic/ (ScanNet)", scannet_export.fits, scannet_export.read),
    "posed": Layout("N.jpg, N.png, N.txt, intrinsic.txt", scannet_export.fits_flat, scannet_export.read_flat),
    "record3d": Layout("rgb/, depth/, metadata.json (Record3D)", arkit.fits_record3d, arkit.read_record3d),
    "scanner-app": Layout("frame_N.json, depth_N.png (3D Scanner App)", arkit.fits_scanner, arkit.read_scanner),
    "tum": Layout("rgb.txt, depth.txt, groundtruth.txt (TUM)", tum.fits, tum.read),
    "redwood": Layout("color/, depth/, trajectory.log (Open3D, Redwood)", redwood.fits, redwood.read),
}
"""Name -> layout; the first that fits is taken."""


def layout_of(folder: Path) -> str | None:
    """Name of the layout of a folder, None if it is no capture."""
    return next((name for name, layout in LAYOUTS.items() if layout.fits(folder)), None)


def find_captures(root: Path) -> list[Path]:
    """The folder itself if it is a capture, else its subfolders that are.

    Raises:
        BadFileError: there is none.
    """
    if not root.is_dir():
        raise BadFileError(root, "is no folder with a capture")
    if layout_of(root) is not None:
        return [root]
    found = [folder for folder in sorted(root.iterdir()) if folder.is_dir() and layout_of(folder) is not None]
    if not found:
        kinds = "; ".join(layout.title for layout in LAYOUTS.values())
        raise BadFileError(root, f"holds no posed RGB-D that is understood; expected one of: {kinds}")
    return found


def read_capture(folder: Path, lens: tuple[float, float, float, float] | None = None) -> Capture:
    """The frames of a capture. Frames whose pose is no rigid transform (lost tracking: -inf, nan) are left out.

    Args:
        lens: fx, fy, cx, cy of the depth pictures (first pixel's centre at 0), which win over those of the layout.

    Raises:
        BadFileError: damaged lists, or no pose for more than half of the frames.
    """
    name = layout_of(folder)
    if name is None:
        raise BadFileError(folder, "holds no posed RGB-D that is understood")
    try:
        capture = LAYOUTS[name].read(folder)
    except BadFileError:
        raise
    except SceneglotError as error:
        raise BadFileError(folder, str(error)) from error
    if lens is not None:
        capture = _with_lens(capture, lens)
    good = tuple(frame for frame in capture.frames if is_rigid(np.asarray(frame.pose)))
    lost = len(capture.frames) - len(good)
    if not good or lost > _MAX_LOST * len(capture.frames):
        raise BadFileError(
            folder, f"{lost} of {len(capture.frames)} frames have no usable pose, at most half may lack one"
        )
    note = (f"left out {lost} frames without a usable pose",) if lost else ()
    return replace(capture, layout=name, frames=good, notes=(*capture.notes, *note))


def _with_lens(capture: Capture, numbers: tuple[float, float, float, float]) -> Capture:
    frames = []
    for frame in capture.frames:
        depth = Lens.of_integer_centers(*numbers, frame.depth_lens.width, frame.depth_lens.height)
        color = frame.color_lens
        if color is not None and capture.registered:
            color = depth.scaled(color.width, color.height)
        frames.append(replace(frame, depth_lens=depth, color_lens=color))
    return replace(capture, frames=tuple(frames), notes=(*capture.notes, "intrinsics as given"))
