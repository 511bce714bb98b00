"""Pictures (PNG, JPEG, ...) in bounded memory, by decoders that run no other program."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from sceneglot.errors import BadFileError

MAX_PIXELS = 64_000_000
"""Larger photographs are refused before they are decoded: phones take 48 million."""
MAX_MAP_PIXELS = 16_000_000
"""Larger pictures of which every pixel becomes a point (depth, classes) are refused: depth cameras have 2 million, a
panorama of a data set half a million."""
FORMATS = ("PNG", "JPEG", "PPM", "TIFF", "BMP", "WEBP")
"""Kinds of pictures that are read. Pillow knows more, and hands some (EPS) to programs that execute them."""


def open_picture(path: Path, most: int = MAX_PIXELS) -> Image.Image:
    """A picture, not decoded yet.

    Args:
        most: pixels.

    Raises:
        BadFileError: missing, none of `FORMATS`, or with more pixels.
    """
    try:
        image = Image.open(path, formats=FORMATS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        reason = (
            "no such file"
            if isinstance(error, FileNotFoundError)
            else f"cannot be read as a picture ({str(error)[:80]})"
        )
        raise BadFileError(path, reason) from error
    if image.width * image.height > most:
        image.close()
        raise BadFileError(path, f"promises {image.width:,} x {image.height:,} pixels, at most {most:,} are read")
    return image


def decoded(path: Path, image: Image.Image, mode: str | None = None) -> np.ndarray:
    """The pixels of an opened picture, (H, W) or (H, W, C), converted to a mode of Pillow where one is given.

    Raises:
        BadFileError: damaged.
    """
    try:
        return np.array(image.convert(mode) if mode else image)
    except Exception as error:  # decoders fail in as many ways as there are formats
        raise BadFileError(path, f"cannot be read as a picture ({' '.join(str(error).split())[:80]})") from error


def read_picture(path: Path, *, rgb: bool = False) -> np.ndarray:
    """A picture as it is stored: (H, W) numbers (grey, 16 bit, palette indices) or (H, W, C) uint8.

    Args:
        rgb: convert to (H, W, 3) uint8.

    Raises:
        BadFileError: missing, damaged, no picture, or more than 64 million pixels (16 million where not `rgb`).
    """
    with open_picture(path, MAX_PIXELS if rgb else MAX_MAP_PIXELS) as image:
        return decoded(path, image, "RGB" if rgb else None)


def check_embedded(path: Path, name: str, data: bytes) -> None:
    """Refuse a texture inside or beside a mesh file that is too large or of a kind that is not read. Textures that
    cannot be opened at all pass: nobody will decode them, and the mesh can be read without.

    Raises:
        BadFileError: naming the file and the texture.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            known, width, height, kind = image.format in FORMATS, image.width, image.height, image.format
    except Image.DecompressionBombError as error:
        raise BadFileError(path, f"texture {name!r:.60} is not read: {str(error)[:80]}") from error
    except (OSError, ValueError, SyntaxError):
        return
    if not known or width * height > MAX_PIXELS:
        raise BadFileError(path, f"texture {name!r:.60} is not read: {width:,} x {height:,} pixels of kind {kind}")
