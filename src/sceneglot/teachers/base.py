"""What a teacher is: a frozen pair of towers that puts pictures and sentences into one space."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np


@dataclass(frozen=True, eq=False)
class ImageFeatures:
    """What an image tower says about B pictures.

    Attributes:
        pooled: (B, D) float32, unit norm, one vector per picture in the joint space.
        patches: (B, P, D) float32, unit norm, one vector per patch in the **same** joint space, row-major over a
            square grid of P = g * g patches of the resized picture. A dot product with `TextFeatures.pooled` is a
            cosine, for patches too.
    """

    pooled: np.ndarray
    patches: np.ndarray

    def __len__(self) -> int:
        return len(self.pooled)


@dataclass(frozen=True, eq=False)
class TextFeatures:
    """What a text tower says about B sentences.

    Attributes:
        pooled: (B, D) float32, unit norm, in the joint space.
        tokens: (B, L, Dt) float32, the tower's last hidden states (not normalised, zero where masked); L is the
            longest sentence of the call.
        mask: (B, L) bool, True on real tokens (special tokens included).
    """

    pooled: np.ndarray
    tokens: np.ndarray
    mask: np.ndarray

    def __len__(self) -> int:
        return len(self.pooled)


@runtime_checkable
class Teacher(Protocol):
    """A frozen image-text encoder. Features of one input never depend on what else is in the call.

    Attributes:
        name: short and safe as a folder name ("embedded", "openai--clip-vit-base-patch32"), see `folder_name`.
        dim: D, size of the joint space.
        token_dim: Dt, size of the text token features.
        image_size: side in pixels of the square picture the image tower sees.
    """

    @property
    def name(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def token_dim(self) -> int: ...
    @property
    def image_size(self) -> int: ...
    @property
    def fingerprint(self) -> str:
        """Hash of the weights: features with different fingerprints must not be mixed."""
        ...

    def encode_images(self, images: Sequence[np.ndarray]) -> ImageFeatures:
        """Encode B pictures, each (H, W, 3) uint8 RGB of any size."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        """Encode B sentences; sentences beyond the tower's length limit are cut."""
        ...


def unit(x: np.ndarray) -> np.ndarray:
    """`x` scaled to unit length along its last axis, float32; zero vectors stay zero."""
    x = np.asarray(x, np.float32)
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)


TOWER = "rooms:"
"""Before the path of an image tower trained by `recipes/rooms_teacher.py` or `recipes/rooms_patches.py`."""


def model_id_of(name: str) -> str:
    """What "clip:ID" and "siglip:ID" name; anything else is the id itself."""
    prefix, _, rest = name.partition(":")
    return rest if prefix in ("clip", "siglip") else name


def folder_name(name: str) -> str:
    """`Teacher.name` of a teacher, from what `load_teacher` takes, without loading it; safe as a folder name.

    "embedded" -> "embedded", "clip:openai/clip-vit-base-patch32" -> "openai--clip-vit-base-patch32"; a local model
    folder goes by its last part, an image tower of one's own ("rooms:runs/patches/rooms_vit.safetensors") by its
    folder and name.
    """
    model_id = model_id_of(name)
    if model_id.startswith(TOWER):
        tower = Path(model_id.removeprefix(TOWER)).resolve()
        model_id = f"{tower.parent.name}--{tower.stem}"
    plain = Path(model_id).resolve().name if Path(model_id).is_dir() else model_id.strip("/").replace("/", "--")
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.") or "teacher"


def hash_files(paths: Sequence[Path]) -> str:
    """First 16 hex digits of the SHA-256 over the files' bytes, in the given order."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:16]


@contextmanager
def quiet_loading() -> Iterator[None]:
    """Within the block transformers draws no progress bars: weights load in a second and our own bar is on screen."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def empty_images(dim: int, patches: int) -> ImageFeatures:
    """Features of no pictures at all, with the right trailing sizes."""
    return ImageFeatures(np.zeros((0, dim), np.float32), np.zeros((0, patches, dim), np.float32))


def empty_texts(dim: int, token_dim: int) -> TextFeatures:
    """Features of no sentences at all, with the right trailing sizes."""
    return TextFeatures(
        np.zeros((0, dim), np.float32), np.zeros((0, 0, token_dim), np.float32), np.zeros((0, 0), np.bool_)
    )
