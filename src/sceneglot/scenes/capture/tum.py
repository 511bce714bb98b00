"""Captures in the layout of the TUM RGB-D benchmark.

`rgb.txt` and `depth.txt` list "timestamp file", `groundtruth.txt` (or another trajectory) "timestamp tx ty tz qx qy qz
qw", camera-to-world; lines beginning with # are comments. Depth is 16 bit, 5000 per metre, registered to the colour
pictures. Intrinsics are not part of a folder: those of the benchmark's cameras are taken by the folder's name, else the
ones its authors call the ROS default.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.capture.frames import Capture, Frame, Lens, picture_size
from sceneglot.scenes.capture.tables import read_text
from sceneglot.scenes.importers.paths import child
from sceneglot.scenes.rigid import quaternion_matrix, rigid

DEPTH_SCALE = 5000.0
MAX_GAP = 0.02
"""Seconds between a depth picture and its colour picture or pose, as the benchmark's own tool has it."""

_TRAJECTORIES = ("groundtruth.txt", "trajectory.txt", "CameraTrajectory.txt")
_LENSES = {
    "freiburg1": (517.3, 516.5, 318.6, 255.3),
    "freiburg2": (520.9, 521.0, 325.1, 249.7),
    "freiburg3": (535.4, 539.2, 320.1, 247.6),
}
_DEFAULT_LENS = (525.0, 525.0, 319.5, 239.5)


def fits(folder: Path) -> bool:
    """Whether the folder has depth.txt and a trajectory."""
    return (folder / "depth.txt").is_file() and any((folder / name).is_file() for name in _TRAJECTORIES)


def read(folder: Path) -> Capture:
    """Pair depth pictures with the nearest colour picture and pose in time.

    Raises:
        BadFileError: damaged lists, or no picture with a pose.
    """
    depth_times, depths = _read_list(folder, "depth.txt")
    color_times, colors = _read_list(folder, "rgb.txt") if (folder / "rgb.txt").is_file() else (np.zeros(0), [])
    trajectory = next(folder / name for name in _TRAJECTORIES if (folder / name).is_file())
    pose_times, poses = _read_trajectory(trajectory)
    known = next((name for name in _LENSES if name in folder.resolve().name), None)
    lens = Lens.of_integer_centers(*_LENSES.get(known or "", _DEFAULT_LENS), 640, 480)
    notes = (f"intrinsics of {known or 'the ROS default (525, 525, 319.5, 239.5)'}",)
    depth_lens = lens.scaled(*picture_size(depths[0]))
    color_lens = lens.scaled(*picture_size(colors[0])) if colors else None
    frames = []
    for time, depth in zip(depth_times, depths):
        pose, color = _nearest(pose_times, time), _nearest(color_times, time)
        if pose is not None and (color is not None or not colors):
            picture = colors[color] if color is not None else None
            frames.append(Frame(depth.stem, depth, picture, poses[pose], depth_lens, color_lens))
    if not frames:
        raise BadFileError(trajectory, f"has no pose within {MAX_GAP} s of a depth picture and its colour picture")
    if len(frames) < len(depths):
        notes += (
            f"{len(depths) - len(frames):,} of {len(depths):,} depth pictures have no pose or colour picture near",
        )
    return Capture("tum", tuple(frames), DEPTH_SCALE, True, (0.0, 0.0, 1.0), notes)


def _rows(path: Path) -> list[list[str]]:
    lines = (line.split() for line in read_text(path).replace(",", " ").splitlines())
    return [words for words in lines if words and not words[0].startswith("#")]


def _read_list(folder: Path, name: str) -> tuple[np.ndarray, list[Path]]:
    """((F,) seconds, ascending; pictures)."""
    path = folder / name
    try:
        rows = sorted((float(words[0]), words[1]) for words in _rows(path))
        files = [child(folder, *PurePosixPath(file).parts) for _, file in rows]
    except (IndexError, ValueError, SceneglotError) as error:
        raise BadFileError(path, f"is no list of 'timestamp file' ({str(error)[:80]})") from error
    times = np.array([time for time, _ in rows], np.float64)
    if not len(rows) or not np.isfinite(times).all():
        raise BadFileError(path, "lists no picture")
    return times, files


def _read_trajectory(path: Path) -> tuple[np.ndarray, list[np.ndarray]]:
    """((P,) seconds, ascending; (4, 4) poses)."""
    try:
        rows = sorted([float(word) for word in words[:8]] for words in _rows(path))
        poses = [rigid(quaternion_matrix(row[4:8]), row[1:4]) for row in rows]
    except (ValueError, SceneglotError) as error:
        raise BadFileError(path, f"is no trajectory 'timestamp tx ty tz qx qy qz qw' ({str(error)[:80]})") from error
    if not poses:
        raise BadFileError(path, "holds no pose")
    return np.array([row[0] for row in rows], np.float64), poses


def _nearest(times: np.ndarray, time: float) -> int | None:
    """Index of the time nearest to `time`, None if none is within `MAX_GAP`."""
    if not len(times):
        return None
    right = int(np.searchsorted(times, time))
    best = min((i for i in (right - 1, right) if 0 <= i < len(times)), key=lambda i: abs(times[i] - time))
    return best if abs(times[best] - time) <= MAX_GAP else None
