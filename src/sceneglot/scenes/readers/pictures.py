"""Pictures (PNG, JPEG) in bounded memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError

MAX_PIXELS = 64_000_000
"""Larger pictures are refused before they are decoded; a panorama of a data set has a million pixels."""


def read_picture(path: Path, *, rgb: bool = False) -> np.ndarray:
    """A picture as it is stored: (H, W) numbers (grey, 16 bit, palette indices) or (H, W, C) uint8.

    Args:
        rgb: convert to (H, W, 3) uint8.

    Raises:
        BadFileError: missing, damaged, or more than 64 million pixels.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadFileError(path, f"has {image.width} x {image.height} pixels, at most {MAX_PIXELS:,} are read")
            return np.array(image.convert("RGB") if rgb else image)
    except BadFileError:
        raise
    except Exception as error:  # decoders fail in as many ways as there are formats
        raise BadFileError(path, f"cannot be read as a picture ({' '.join(str(error).split())[:80]})") from error
