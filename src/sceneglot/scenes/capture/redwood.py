"""Captures with a trajectory log, as Redwood and Open3D write: five lines a frame, three integers and a 4x4 matrix.

The matrix is camera-to-world. Intrinsics come from a JSON file of Open3D; where there is none, those of the PrimeSense
camera (fx = fy = 525, cx = 319.5, cy = 239.5 at 640 x 480), which both projects take by default.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.records import Record, read_json
from sceneglot.scenes.capture.frames import Capture, Frame, Lens, picture_size
from sceneglot.scenes.capture.tables import (
    COLOR_ENDINGS,
    DEPTH_ENDINGS,
    number_list,
    pictures,
    read_text,
)

_LOGS = ("trajectory.log", "trajectory_refined.log", "scene/trajectory.log", "odometry.log")
_COLOR_FOLDERS = ("color", "image", "rgb", "images")
_MILLIMETRES = 1000.0
PRIMESENSE = Lens.of_integer_centers(525.0, 525.0, 319.5, 239.5, 640, 480)


def fits(folder: Path) -> bool:
    """Whether the folder has depth/ and a trajectory log."""
    return (folder / "depth").is_dir() and _log(folder) is not None


def read(folder: Path) -> Capture:
    """List the frames: the n-th pose belongs to the n-th picture.

    Raises:
        BadFileError: damaged log, or other numbers of poses and pictures.
    """
    log = _log(folder)
    assert log is not None, "fits() has seen it"
    poses = read_log(log)
    depths = list(pictures(folder / "depth", DEPTH_ENDINGS).values())
    colors = next(
        (list(found) for name in _COLOR_FOLDERS if (found := pictures(folder / name, COLOR_ENDINGS).values())), []
    )
    if len(poses) != len(depths) or (colors and len(colors) != len(depths)):
        raise BadFileError(
            log, f"holds {len(poses)} poses for {len(depths)} depth and {len(colors)} colour pictures, expected as many"
        )
    notes = (f"poses from {log.name}",)
    depth_size = picture_size(depths[0])
    lens = _intrinsics(folder)
    if lens is None:
        lens = PRIMESENSE
        notes += ("no file of intrinsics: those of the PrimeSense camera (525, 525, 319.5, 239.5)",)
    color_lens = None if not colors else lens.scaled(*picture_size(colors[0]))
    lens = lens.scaled(*depth_size)
    frames = [
        Frame(depth.stem, depth, colors[i] if colors else None, poses[i], lens, color_lens)
        for i, depth in enumerate(depths)
    ]
    return Capture("redwood", tuple(frames), _MILLIMETRES, True, None, notes)


def read_log(path: Path) -> np.ndarray:
    """(F, 4, 4) float64 poses of a trajectory log.

    Raises:
        BadFileError: not five lines of 3, 4, 4, 4 and 4 numbers a frame.
    """
    lines = [line.split() for line in read_text(path).splitlines() if line.strip()]
    if not lines or len(lines) % 5:
        raise BadFileError(path, f"has {len(lines)} lines, expected five a frame")
    try:
        [[int(word) for word in lines[i]] for i in range(0, len(lines), 5)]
        rows = [[float(word) for word in line] for i, line in enumerate(lines) if i % 5]
        return np.array(rows, np.float64).reshape(-1, 4, 4)
    except ValueError as error:
        raise BadFileError(path, f"is no trajectory log ({str(error)[:60]})") from error


def _log(folder: Path) -> Path | None:
    return next((folder / name for name in _LOGS if (folder / name).is_file()), None)


def _intrinsics(folder: Path) -> Lens | None:
    for name in ("camera_intrinsic.json", "intrinsic.json", "camera_primesense.json"):
        path = folder / name
        if path.is_file():
            data = Record.of(path, "the file", read_json(path)).fields
            k = number_list(path, data.get("intrinsic_matrix"), 9, "intrinsic_matrix").reshape(3, 3).T  # column-major
            size = number_list(path, [data.get("width"), data.get("height")], 2, "width, height")
            if size.min() < 1:
                raise BadFileError(path, "width and height must be positive")
            return Lens.of_integer_centers(k[0, 0], k[1, 1], k[0, 2], k[1, 2], int(size[0]), int(size[1]))
    return None
