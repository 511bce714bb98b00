"""Pictures to network input with PIL and numpy alone: resize, crop or squash, scale, normalise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image

from sceneglot.errors import SceneglotError

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True)
class Preprocess:
    """How a picture of any size becomes the square input of an image tower.

    Attributes:
        size: side of the output in pixels.
        shortest: length the short side ("crop") or both sides ("squash") are resized to before the middle is cut out.
        fit: "crop" keeps the aspect ratio (CLIP); "squash" stretches to a square (SigLIP).
        mean, std: per channel, on values scaled to [0, 1].
        resample: PIL filter number (2 bilinear, 3 bicubic).
    """

    size: int = 224
    shortest: int = 224
    fit: Literal["crop", "squash"] = "crop"
    mean: tuple[float, float, float] = CLIP_MEAN
    std: tuple[float, float, float] = CLIP_STD
    resample: int = 3

    def __call__(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """B pictures (H, W, 3) uint8 -> (B, 3, size, size) float32, normalised."""
        out = np.empty((len(images), 3, self.size, self.size), np.float32)
        mean, std = (np.asarray(x, np.float32)[:, None, None] for x in (self.mean, self.std))
        for i, image in enumerate(images):
            resized = self.resize(image).transpose(2, 0, 1).astype(np.float32)
            out[i] = (resized / np.float32(255) - mean) / std
        return out

    def resize(self, image: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 -> (size, size, 3) uint8."""
        picture = Image.fromarray(check_image(image))
        resample = Image.Resampling(self.resample)
        if self.fit == "squash":
            return _centre_crop(np.asarray(picture.resize((self.shortest, self.shortest), resample)), self.size)
        w, h = picture.size
        short, long = min(w, h), max(w, h)
        stretched = max(1, int(self.shortest * long / short))  # rounds down, as the reference processor does
        target = (self.shortest, stretched) if w <= h else (stretched, self.shortest)
        return _centre_crop(np.asarray(picture.resize(target, resample)), self.size)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], *, size: int, fit: Literal["crop", "squash"]) -> Preprocess:
        """Read a Hugging Face `preprocessor_config.json`; what it does not say falls back to the arguments.

        Args:
            config: the parsed file; may be empty.
            size: side of the input as the model's own config says.
            fit: what the model family does by default.
        """
        wanted = config.get("size")
        squashes = "height" in wanted if isinstance(wanted, Mapping) else wanted is None and fit == "squash"
        crops = not squashes or bool(config.get("do_center_crop", False))
        resized = _side(wanted, size)
        side = _side(config.get("crop_size"), size) if crops else resized
        mean, std = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)) if fit == "squash" else (CLIP_MEAN, CLIP_STD)
        return cls(
            size=side,
            shortest=resized if wanted is not None else side,
            fit="squash" if squashes else "crop",
            mean=_triple(config.get("image_mean"), mean),
            std=_triple(config.get("image_std"), std),
            resample=int(config.get("resample", 3)),
        )


def check_image(image: np.ndarray) -> np.ndarray:
    """Return `image` as a contiguous (H, W, 3) uint8 array, or raise: nothing is guessed about other layouts."""
    array = np.asarray(image)
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8 or 0 in array.shape:
        raise SceneglotError(f"teacher: pictures must be (H, W, 3) uint8, found {array.shape} {array.dtype}")
    return np.ascontiguousarray(array)


def _centre_crop(image: np.ndarray, size: int) -> np.ndarray:
    h, w = image.shape[:2]
    top, left = (h - size) // 2, (w - size) // 2
    if top < 0 or left < 0:  # a crop larger than the picture: pad with black, as the reference processor does
        pad_h, pad_w = max(0, size - h), max(0, size - w)
        pads = ((pad_h - pad_h // 2, pad_h // 2), (pad_w - pad_w // 2, pad_w // 2), (0, 0))
        return _centre_crop(np.pad(image, pads), size)
    return image[top : top + size, left : left + size]


def _side(value: Any, default: int) -> int:
    if isinstance(value, Mapping):
        value = value.get("shortest_edge", value.get("height", default))
    return int(value) if value is not None else default


def _triple(value: Any, default: tuple[float, float, float]) -> tuple[float, float, float]:
    if value is None:
        return default
    a, b, c = (float(x) for x in value)
    return a, b, c
