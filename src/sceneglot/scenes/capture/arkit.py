"""Captures of phones, whose poses are ARKit's: world y up, camera x right, y up, z backwards.

Record3D ("EXR + RGB"): `metadata.json` with poses [qx, qy, qz, qw, tx, ty, tz], K (3x3, column-major) or
perFrameIntrinsicCoeffs [fx, fy, cx, cy], w, h; `rgb/N.jpg`; `depth/N.exr` in metres.
3D Scanner App ("all data"): `frame_N.json` with cameraPoseARFrame (4x4, row-major) and intrinsics (3x3, row-major);
`frame_N.jpg` of some frames; `depth_N.png` in millimetres; `conf_N.png` with 0, 1 or 2.
Intrinsics are for the colour pictures; the depth pictures show the same with fewer pixels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.records import Record, read_json
from sceneglot.scenes.capture.frames import Capture, Frame, Lens, picture_size
from sceneglot.scenes.capture.tables import COLOR_ENDINGS, DEPTH_ENDINGS, number_list, pictures
from sceneglot.scenes.rigid import quaternion_matrix, rigid

_Y_UP = (0.0, 1.0, 0.0)
_MILLIMETRES = 1000.0
_TO_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])


def fits_record3d(folder: Path) -> bool:
    """Whether the folder has metadata.json and depth/."""
    return (folder / "metadata.json").is_file() and (folder / "depth").is_dir()


def fits_scanner(folder: Path) -> bool:
    """Whether the folder has frame_N.json and depth_N.png."""
    has = [next(folder.glob(pattern), None) is not None for pattern in ("frame_*.json", "depth_*.png")]
    return all(has)


def read_record3d(folder: Path) -> Capture:
    """List the frames of a Record3D export.

    Raises:
        BadFileError: damaged metadata, or no picture with a pose.
    """
    path = folder / "metadata.json"
    data = Record.of(path, "the file", read_json(path)).fields
    poses = data.get("poses")
    if not isinstance(poses, list) or not poses:
        raise BadFileError(path, "holds no poses")
    depths, colors = pictures(folder / "depth", DEPTH_ENDINGS), pictures(folder / "rgb", COLOR_ENDINGS)
    names = [name for name in depths if name.isascii() and name.isdigit() and len(name) < 10 and int(name) < len(poses)]
    if not names:
        raise BadFileError(folder, "has no depth picture with a pose: expected depth/N.exr")
    first_color = next((colors[name] for name in names if name in colors), None)
    full = picture_size(first_color) if first_color is not None else picture_size(depths[names[0]])
    stated = number_list(path, [data.get("w"), data.get("h")], 2, "w, h") if "w" in data else np.array(full, float)
    if stated.min() < 1 or stated.max() > 1e5:
        raise BadFileError(path, "w and h must be the size of the pictures")
    depth_size = picture_size(depths[names[0]])
    per_frame = data.get("perFrameIntrinsicCoeffs")
    frames = []
    for name in names:
        index = int(name)
        if isinstance(per_frame, list) and index < len(per_frame):
            fx, fy, cx, cy = number_list(path, per_frame[index], 4, f"perFrameIntrinsicCoeffs {index}")
        else:
            k = number_list(path, data.get("K"), 9, "K").reshape(3, 3).T
            fx, fy, cx, cy = k[0, 0], k[1, 1], k[0, 2], k[1, 2]
        own = Lens.of_integer_centers(fx, fy, cx, cy, int(stated[0]), int(stated[1]))
        q = number_list(path, poses[index], 7, f"pose {index}")
        pose = rigid(quaternion_matrix(q[:4]), q[4:]) @ _TO_OPENCV
        color = colors.get(name)
        color_lens = own.scaled(*full) if color is not None else None
        frames.append(Frame(name, depths[name], color, pose, own.scaled(*depth_size), color_lens))
    return Capture("record3d", tuple(frames), None, False, _Y_UP)


def read_scanner(folder: Path) -> Capture:
    """List the frames of a 3D Scanner App export.

    Raises:
        BadFileError: damaged frame files, or no frame with a depth picture.
    """
    depths = {path.stem.removeprefix("depth_"): path for path in sorted(folder.glob("depth_*.png"))}
    frames = []
    depth_size: tuple[int, int] | None = None
    for path in sorted(folder.glob("frame_*.json")):
        name = path.stem.removeprefix("frame_")
        color = next((p for end in COLOR_ENDINGS if (p := path.with_suffix(end)).is_file()), None)
        if name not in depths or color is None:  # only some frames have pictures
            continue
        data = Record.of(path, "the file", read_json(path)).fields
        k = number_list(path, data.get("intrinsics"), 9, "intrinsics").reshape(3, 3)
        pose = number_list(path, data.get("cameraPoseARFrame"), 16, "cameraPoseARFrame").reshape(4, 4) @ _TO_OPENCV
        own = Lens.of_integer_centers(k[0, 0], k[1, 1], k[0, 2], k[1, 2], *picture_size(color))
        depth_size = depth_size or picture_size(depths[name])
        confidence = folder / f"conf_{name}.png"
        frames.append(
            Frame(
                name, depths[name], color, pose, own.scaled(*depth_size), own,
                confidence if confidence.is_file() else None,
            )
        )  # fmt: skip
    if not frames:
        raise BadFileError(folder, "has no frame with colour, depth and pose: expected frame_N.json, .jpg, depth_N.png")
    return Capture("scanner-app", tuple(frames), _MILLIMETRES, False, _Y_UP)
