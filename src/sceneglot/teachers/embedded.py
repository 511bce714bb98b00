"""The embedded teacher: works offline on a CPU, ships with the package.

Text tower: all-MiniLM-L6-v2 from the `offline` extra. Image tower: a small vision transformer trained by
`recipes/rooms_teacher.py` on generated rooms against the frozen text tower (LiT, Zhai et al. 2022,
arXiv 2111.07991). What it can and cannot see is measured in `weights/CARD.md`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.tensorfile import open_tensors, write_tensors
from sceneglot.teachers.base import TOWER, ImageFeatures, TextFeatures, empty_images, folder_name, hash_files, unit
from sceneglot.teachers.minilm import DIM, MiniLM
from sceneglot.teachers.preprocess import Preprocess
from sceneglot.teachers.vit import STRIDE, ImageTower, ViTConfig

WEIGHTS = Path(__file__).parent / "weights" / "rooms_vit.safetensors"
"""The shipped image tower; its text metadata holds the tower's config."""

IMAGE_MEAN, IMAGE_STD = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)


class EmbeddedTeacher:
    """The offline teacher: `encode_images` needs only the package, `encode_texts` also the `offline` extra.

    Args:
        weights: an image tower written by `save_tower`; default: the shipped one.
        device: torch device; batch_size: pictures per forward pass.

    Raises:
        SceneglotError: the weights are missing or damaged; on `encode_texts`, the extra is missing.
    """

    def __init__(self, weights: Path = WEIGHTS, *, device: str = "cpu", batch_size: int = 32) -> None:
        self._weights, self._device, self._batch = Path(weights), device, batch_size
        self.name = "embedded" if self._weights == WEIGHTS else folder_name(f"{TOWER}{self._weights}")
        self._tower = load_tower(self._weights).to(device).eval().requires_grad_(False)
        self.image_size = self._tower.config.image_size
        self.dim, self.token_dim = self._tower.config.out_dim, DIM
        self._preprocess = tower_preprocess(self.image_size)
        self._fingerprint = hash_files([self._weights])

    @property
    def fingerprint(self) -> str:
        """Hash of the image tower's weight file; the text tower is pinned by the extra's version."""
        return self._fingerprint

    @torch.inference_mode()
    def encode_images(self, images: Sequence[np.ndarray]) -> ImageFeatures:
        """See `Teacher.encode_images`; pictures are stretched to a square."""
        parts = []
        for start in range(0, len(images), self._batch):
            pixels = torch.from_numpy(self._preprocess(images[start : start + self._batch]))
            parts.append(self._tower(pixels.to(self._device)))
        if not parts:
            return empty_images(self.dim, (self.image_size // STRIDE) ** 2)
        pooled, patches = (torch.cat(x).float().cpu().numpy() for x in zip(*parts))
        return ImageFeatures(unit(pooled), unit(patches))

    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        """See `Teacher.encode_texts`."""
        return self._text.encode_texts(texts)

    @cached_property
    def _text(self) -> MiniLM:
        return MiniLM(device=self._device)


def tower_preprocess(image_size: int) -> Preprocess:
    """What every picture goes through before the image tower, in training and in use."""
    return Preprocess(image_size, image_size, "squash", IMAGE_MEAN, IMAGE_STD, resample=3)


def save_tower(path: Path, tower: ImageTower, metadata: dict[str, Any] | None = None) -> None:
    """Write an image tower as float16 safetensors with its config, atomically."""
    tensors = {name: tensor.detach().to(torch.float16).cpu().numpy() for name, tensor in tower.state_dict().items()}
    texts = {"config": json.dumps(asdict(tower.config), sort_keys=True)}
    texts |= {k: json.dumps(v, sort_keys=True) for k, v in (metadata or {}).items()}
    write_tensors(path, tensors, texts)


def load_tower(path: Path) -> ImageTower:
    """Read an image tower written by `save_tower`, as float32.

    Raises:
        BadFileError: missing, not such a file, or tensors that do not fit its own config.
    """
    path = Path(path)
    if not path.is_file():
        raise BadFileError(path, "the image tower's weights are missing", "reinstall sceneglot")
    file = open_tensors(path)
    try:
        config = ViTConfig(**json.loads(file.metadata["config"]))
        tower = ImageTower(config)
        tower.load_state_dict({name: torch.from_numpy(x.astype(np.float32)) for name, x in file.map().items()})
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).strip().split("\n")[0][:160]
        raise BadFileError(path, f"not an image tower of this version ({reason})", "reinstall sceneglot") from error
    if config.out_dim != DIM:
        raise SceneglotError(f"{path}: image tower speaks {config.out_dim} dimensions, the text tower {DIM}")
    return tower
