"""GPS's heads: pointing by similarity or by an MLP, answering, filling in words, naming the scene.

Shapes: B sentences, N objects, L words, D width, V vocabulary or answers, E width of the scene embedding.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.nets.heads import masked_softmax
from sceneglot.nets.scene_encoder import Temperature


class SimilarityGrounding(nn.Module):
    """scale * cos(object, sentence), padding at the lowest number; the same in training and in use.

    The released code trains cosines without a temperature, which keeps the loss above log(1 + (N - 1) / e^2), and uses
    plain dot products without a mask when it predicts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.temperature = Temperature()

    def forward(self, objects: Tensor, sentence: Tensor, mask: Tensor) -> Tensor:
        """(B, N, D), (B, D), (B, N) bool -> (B, N) logits."""
        cosine = (F.normalize(objects, dim=-1) @ F.normalize(sentence, dim=-1)[..., None]).squeeze(-1)
        return hide(self.temperature() * cosine, mask)


class GroundingMLP(nn.Module):
    """Linear, ReLU, LayerNorm, dropout, Linear: the head of fine-tuning and of zero-shot-text."""

    def __init__(self, width: int, dropout: float = 0.3) -> None:
        super().__init__()
        half = width // 2
        self.layers = nn.Sequential(
            nn.Linear(width, half), nn.ReLU(), nn.LayerNorm(half, eps=1e-12), nn.Dropout(dropout), nn.Linear(half, 1)
        )

    def forward(self, objects: Tensor, mask: Tensor) -> Tensor:
        """(B, N, D), (B, N) bool -> (B, N) logits."""
        return hide(self.layers(objects).squeeze(-1), mask)


class AttentionPool(nn.Module):
    """MLP scores, masked softmax, weighted sum, linear map (MCAN's flattening)."""

    def __init__(self, width: int, hidden: int, out_width: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, 1))
        self.out = nn.Linear(width, out_width)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """(B, L, D), (B, L) bool -> (B, out_width)."""
        weights = masked_softmax(self.score(tokens).squeeze(-1), mask)
        return self.out((weights[..., None] * tokens).sum(1))


class AnswerHead(nn.Module):
    """Pools words and objects, adds them up, classifies."""

    def __init__(self, width: int, answers: int, pooled: int = 512, dropout: float = 0.3) -> None:
        super().__init__()
        self.words, self.objects = (AttentionPool(width, 256, pooled) for _ in range(2))
        self.norm = nn.LayerNorm(pooled)
        self.classify = nn.Sequential(
            nn.Linear(pooled, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, answers)
        )

    def forward(self, words: Tensor, word_mask: Tensor, objects: Tensor, mask: Tensor) -> Tensor:
        """(B, L, D), (B, L), (B, N, D), (B, N) -> (B, V) logits."""
        return self.classify(self.norm(self.words(words, word_mask) + self.objects(objects, mask)))


class WordHead(nn.Module):
    """Masked-word prediction: Linear, GELU, LayerNorm, Linear without bias, and a bias; not tied to the embeddings."""

    def __init__(self, width: int, vocabulary: int) -> None:
        super().__init__()
        self.transform = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.decode = nn.Linear(width, vocabulary)

    def forward(self, words: Tensor) -> Tensor:
        """(B, L, D) -> (B, L, V) logits."""
        return self.decode(self.transform(words))


class SceneEmbedding(nn.Module):
    """g_S: projection and max over the objects (the paper), or the plain mean of all slots (the released code)."""

    def __init__(self, width: int, *, compat: bool = False) -> None:
        super().__init__()
        self.project = None if compat else nn.Linear(width, width)

    def forward(self, objects: Tensor, mask: Tensor) -> Tensor:
        """(B, N, D), (B, N) bool -> (B, D).

        In compat mode padding counts in the mean as zeros, which scales the vector but not its direction. A scene
        without objects gives zeros.
        """
        if self.project is None:
            return (objects * mask[..., None]).mean(1)
        projected = hide(self.project(objects), mask[..., None])
        return torch.where(mask.any(1, keepdim=True), projected.amax(1), 0.0)


def hide(values: Tensor, mask: Tensor) -> Tensor:
    """The lowest finite number where the mask is False."""
    return values.masked_fill(~mask, torch.finfo(values.dtype).min)
