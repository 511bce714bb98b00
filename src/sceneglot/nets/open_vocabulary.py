"""Classes given as texts: a bank of text embeddings, and the head that puts points into its space.

N points, C backbone channels, K classes, P prompts per class, E width of the image-text space.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.nets.sparse_layers import VoxelNorm

PROMPTS: tuple[str, ...] = ("a {} in a scene", "a photo of a {}", "a {} in a room", "a 3D scan of a {}", "{}")
"""Sentences a class name is put into; their embeddings are averaged."""


def prompts(name: str, templates: tuple[str, ...] = PROMPTS) -> tuple[str, ...]:
    """The sentences that stand for a class, one per template."""
    return tuple(template.format(name) for template in templates)


@dataclass(frozen=True, eq=False)
class TextBank:
    """One direction per class.

    Attributes:
        names: K class names.
        embedding: (K, E) float32, rows of length one.
    """

    names: tuple[str, ...]
    embedding: Tensor

    @classmethod
    def of_prompts(cls, names: tuple[str, ...], embeddings: Tensor) -> TextBank:
        """Prompt ensemble: mean of the normalised embeddings of each class, normalised again (CLIP, section 3.1.4).

        Args:
            names: K.
            embeddings: (K, P, E) text embeddings of any length.

        Raises:
            SceneglotError: counts that disagree, or prompts that cancel out.
        """
        if embeddings.dim() != 3 or len(names) != len(embeddings):
            raise SceneglotError(
                f"text bank: {len(names)} names and embeddings {tuple(embeddings.shape)}, expected (names, prompts, E)"
            )
        mean = F.normalize(embeddings.detach().float(), dim=-1).mean(1)
        if len(mean) and mean.norm(dim=-1).min() < 1e-6:
            raise SceneglotError("text bank: a class has embeddings without length, or ones that cancel out")
        return cls(tuple(names), F.normalize(mean, dim=-1))

    def to(self, device: torch.device | str) -> TextBank:
        """Copy on another device."""
        return TextBank(self.names, self.embedding.to(device))


class TextAdapter(nn.Module):
    """Backbone features to the image-text space: linear layers, each with a batch norm, ReLU in between (as in PLA)."""

    def __init__(self, width: int, embedding: int, *, layers: int = 2) -> None:
        super().__init__()
        if layers < 1:
            raise SceneglotError(f"text adapter: {layers} layers, expected at least one")
        widths = [width, *[(width + embedding) // 2] * (layers - 1), embedding]
        parts: list[nn.Module] = []
        for a, b in pairwise(widths):
            parts += [nn.Linear(a, b, bias=False), VoxelNorm(b), nn.ReLU()]
        self.layers = nn.Sequential(*parts[:-1])

    def forward(self, points: Tensor) -> Tensor:
        """(N, C) -> (N, E), any length."""
        return self.layers(points)


def text_logits(embedding: Tensor, bank: TextBank, *, scale: float | Tensor = 1.0, cosine: bool = False) -> Tensor:
    """(N, K) similarity of points to classes.

    Args:
        embedding: (N, E) from `TextAdapter`, or teacher features lifted to points.
        bank: K classes.
        scale: inverse temperature (CLIP: up to 100; PLA: 1).
        cosine: normalise the points too; False is PLA's segmentation head, whose points' lengths are confidences.
    """
    points = F.normalize(embedding, dim=-1) if cosine else embedding
    return scale * points @ bank.embedding.to(points.dtype).T
