"""Frames of a capture: where the pictures are, how the camera sees and stands; and reading them safely."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.capture.exr import read_exr
from sceneglot.scenes.readers.arrays import read_npy_array
from sceneglot.scenes.readers.pictures import MAX_MAP_PIXELS, decoded, open_picture, read_picture


@dataclass(frozen=True)
class Lens:
    """A pin-hole camera without distortion. Pixel centres at integer + 0.5, as in `Camera`.

    Attributes:
        fx, fy: focal lengths, pixels.
        cx, cy: principal point, pixels from the corner of the picture.
        width, height: size of the picture that the numbers are for.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int

    @classmethod
    def of_integer_centers(cls, fx: float, fy: float, cx: float, cy: float, width: int, height: int) -> Lens:
        """From numbers that count the centre of the first pixel as 0, as OpenCV, Open3D and ARKit do."""
        numbers = (fx, fy, cx, cy)
        if not all(np.isfinite(numbers)) or not (0 < fx < 1e5 and 0 < fy < 1e5) or max(abs(cx), abs(cy)) > 1e5:
            raise SceneglotError(f"camera with fx {fx:g}, fy {fy:g}, cx {cx:g}, cy {cy:g} sees nothing")
        return cls(fx, fy, cx + 0.5, cy + 0.5, width, height)

    def scaled(self, width: int, height: int) -> Lens:
        """The same camera with pictures of another size."""
        sx, sy = width / self.width, height / self.height
        return Lens(self.fx * sx, self.fy * sy, self.cx * sx, self.cy * sy, width, height)


@dataclass(frozen=True, eq=False)
class Frame:
    """One posed pair of pictures.

    Attributes:
        name: unique in the capture.
        depth: depth picture: 16-bit PNG (or PGM), or EXR, TIFF or NPY in metres.
        color: colour picture, None where there is none.
        pose: (4, 4) float64 camera-to-world, metres, OpenCV axes (x right, y down, z forward).
        depth_lens, color_lens: of the two pictures; None for the colour where there is none.
        confidence: 8-bit picture, larger is better, of the size of the depth; None where there is none.
    """

    name: str
    depth: Path
    color: Path | None
    pose: np.ndarray
    depth_lens: Lens
    color_lens: Lens | None
    confidence: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The pictures."""
        return tuple(path for path in (self.depth, self.color, self.confidence) if path is not None)


@dataclass(frozen=True, eq=False)
class Capture:
    """What a folder holds.

    Attributes:
        layout: name of the layout.
        frames: in order of time.
        depth_scale: numbers per metre in integer depth pictures, as the layout states it; None where it does not.
        registered: colour and depth pictures come from one camera, so that intrinsics given by the user hold for both.
        up: direction that the layout says is up in its world, None where it says nothing.
        notes: what had to be decided.
    """

    layout: str
    frames: tuple[Frame, ...]
    depth_scale: float | None
    registered: bool
    up: tuple[float, float, float] | None
    notes: tuple[str, ...] = ()

    def thinned(self, count: int) -> Capture:
        """At most `count` frames, evenly over the whole."""
        if len(self.frames) <= count:
            return self
        keep = np.unique(np.linspace(0, len(self.frames) - 1, count).round().astype(int))
        note = f"{len(keep):,} of {len(self.frames):,} frames used, evenly spaced"
        return replace(self, frames=tuple(self.frames[i] for i in keep), notes=(*self.notes, note))


def picture_size(path: Path) -> tuple[int, int]:
    """(width, height) of a picture, without decoding it.

    Raises:
        BadFileError: no picture.
    """
    if path.suffix.lower() in (".exr", ".npy"):
        height, width = _read_metres(path).shape
        return width, height
    with open_picture(path) as image:
        return image.size


def read_color(path: Path) -> np.ndarray:
    """(H, W, 3) uint8.

    Raises:
        BadFileError: no picture, cut short, or more than 64 million pixels.
    """
    return read_picture(path, rgb=True)


def read_depth(path: Path, scale: float) -> np.ndarray:
    """(H, W) float32 metres along the viewing axis, 0 where nothing was measured.

    Args:
        scale: numbers per metre, for integer pictures; floating point ones are metres already.

    Raises:
        BadFileError: no depth picture (colour, 8 bit), cut short, or more than 16 million pixels.
    """
    if path.suffix.lower() in (".exr", ".npy"):
        values = _read_metres(path)
    else:
        with open_picture(path, MAX_MAP_PIXELS) as image:
            if image.mode not in ("I;16", "I;16B", "I", "F"):
                raise BadFileError(path, f"is a picture of mode {image.mode}, expected 16-bit depth")
            values = decoded(path, image)
    metres = values.astype(np.float32)
    if values.dtype.kind in "iu":
        metres /= np.float32(scale)
    return np.where(np.isfinite(metres) & (metres > 0), metres, np.float32(0))


def read_confidence(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """(H, W) uint8 of the size of the depth picture.

    Raises:
        BadFileError: no such picture.
    """
    with open_picture(path, MAX_MAP_PIXELS) as image:
        values = decoded(path, image, "L")
    if values.shape != shape:
        raise BadFileError(path, f"has size {values.shape}, the depth picture has {shape}")
    return values


def _read_metres(path: Path) -> np.ndarray:
    values = read_exr(path) if path.suffix.lower() == ".exr" else read_npy_array(path)
    if values.ndim != 2 or not values.size or values.dtype.kind != "f" or values.size > MAX_MAP_PIXELS:
        raise BadFileError(path, f"holds {values.shape} of {values.dtype}, expected (height, width) in metres")
    return values
