"""Frames as ScanNet exports them, and the flat form of the same that other projects keep.

    color/N.jpg  depth/N.png  pose/N.txt  intrinsic/intrinsic_{color,depth}.txt
    N.jpg  N.png  N.txt  intrinsic.txt [depth_intrinsic.txt]

Depth is 16 bit, 1000 per metre; poses are camera-to-world; the world's z is up. Colour and depth camera share a pose.
"""

from __future__ import annotations

from pathlib import Path

from sceneglot.errors import BadFileError
from sceneglot.scenes.capture.frames import Capture, Frame, Lens, picture_size
from sceneglot.scenes.capture.tables import COLOR_ENDINGS, DEPTH_ENDINGS, pictures, read_matrix

_MILLIMETRES = 1000.0
_Z_UP = (0.0, 0.0, 1.0)
_OFF_CENTER = 0.2
"""Share of a picture's side by which the optical axis may miss its middle; beyond, pictures were resized and the
intrinsics were not."""


def fits(folder: Path) -> bool:
    """Whether the folder has depth/, pose/ and intrinsics."""
    return (folder / "depth").is_dir() and (folder / "pose").is_dir() and _intrinsics(folder, "depth") is not None


def fits_flat(folder: Path) -> bool:
    """Whether the folder has pictures and intrinsic.txt side by side."""
    return (folder / "intrinsic.txt").is_file() and next(folder.glob("*.png"), None) is not None


def read(folder: Path) -> Capture:
    """List the frames of the exported layout.

    Raises:
        BadFileError: no depth pictures, or damaged matrices.
    """
    depths, colors = pictures(folder / "depth", DEPTH_ENDINGS), pictures(folder / "color", COLOR_ENDINGS)
    poses = pictures(folder / "pose", (".txt",))
    names = [name for name in depths if name in poses]
    if not names:
        raise BadFileError(folder, "has no depth picture with a pose: expected depth/N.png and pose/N.txt")
    depth_file, color_file = _intrinsics(folder, "depth"), _intrinsics(folder, "color")
    depth_lens = _lens(depth_file, depths[names[0]])
    first_color = next((colors[name] for name in names if name in colors), None)
    color_lens, notes = None, ()
    if first_color is not None and color_file is not None:
        color_lens = _lens(color_file, first_color)
    elif first_color is not None:
        color_lens = depth_lens.scaled(*picture_size(first_color))
        notes = ("no intrinsic_color.txt: the depth camera's intrinsics, scaled",)
    frames = [
        Frame(name, depths[name], colors.get(name), read_matrix(poses[name]), depth_lens, color_lens) for name in names
    ]
    return Capture("scannet", tuple(frames), _MILLIMETRES, False, _Z_UP, notes)


def read_flat(folder: Path) -> Capture:
    """List the frames of the flat layout; `intrinsic.txt` is for the colour pictures.

    Raises:
        BadFileError: no complete frame, or damaged matrices.
    """
    depths, poses = pictures(folder, (".png",)), pictures(folder, (".txt",))
    colors = pictures(folder, (".jpg", ".jpeg"))
    names = [name for name in depths if name in poses and name in colors]
    if not names:
        raise BadFileError(folder, "has no complete frame: expected N.jpg, N.png and N.txt")
    color_lens = _lens(folder / "intrinsic.txt", colors[names[0]])
    own = folder / "depth_intrinsic.txt"
    notes: tuple[str, ...] = ()
    if own.is_file():
        lens = _lens(own, depths[names[0]])
    else:
        lens = color_lens.scaled(*picture_size(depths[names[0]]))
        notes = ("no depth_intrinsic.txt: the colour camera's intrinsics, scaled",)
    frames = [Frame(name, depths[name], colors[name], read_matrix(poses[name]), lens, color_lens) for name in names]
    return Capture("posed", tuple(frames), _MILLIMETRES, False, _Z_UP, notes)


def _intrinsics(folder: Path, what: str) -> Path | None:
    names = (f"intrinsic/intrinsic_{what}.txt", f"intrinsics_{what}.txt", f"intrinsic_{what}.txt")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _lens(path: Path | None, picture: Path) -> Lens:
    assert path is not None, "fits() has seen it"
    matrix = read_matrix(path)
    fx, fy, cx, cy = (float(matrix[r, c]) for r, c in ((0, 0), (1, 1), (0, 2), (1, 2)))
    width, height = picture_size(picture)
    lens = Lens.of_integer_centers(fx, fy, cx, cy, width, height)
    if not all(abs(at / side - 0.5) <= _OFF_CENTER for at, side in ((lens.cx, width), (lens.cy, height))):
        raise BadFileError(
            path,
            f"has the optical axis at ({cx:g}, {cy:g}), {picture.name} has {width} x {height} pixels: not of one size",
            "write the intrinsics of the pictures that are there",
        )
    return lens
