"""A small text encoder over frozen word and word-pair vectors.

Every word, and every word together with the one before it, is looked up in a table made once by a frozen sentence
encoder (MiniLM): open vocabulary, but no forward pass of a large model per sentence. Two layers of our own put the
words into their context.

Shapes: Q sentences, L words, T table width, D width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.nets.heads import masked_softmax


@dataclass(frozen=True, eq=False)
class Words:
    """Looked-up sentences.

    Attributes:
        word: (Q, L, T) float32, vector of each word alone.
        pair: (Q, L, T) float32, vector of the word before and this one ("trash can"); the word alone at the start.
        mask: (Q, L) bool, True for real words; at least one per sentence.
    """

    word: Tensor
    pair: Tensor
    mask: Tensor

    def to(self, device: torch.device | str, non_blocking: bool = False) -> Words:
        """Copy on another device."""
        return Words(*(t.to(device, non_blocking=non_blocking) for t in vars(self).values()))


@dataclass(frozen=True)
class PhraseConfig:
    """Sizes of the text encoder."""

    table_width: int = 384
    width: int = 128
    heads: int = 4
    layers: int = 2
    hidden: int = 256
    max_words: int = 48
    dropout: float = 0.1
    word_dropout: float = 0.1
    """Share of words hidden while training, so that no single word is relied on."""


@dataclass(frozen=True, eq=False)
class EncodedWords:
    """words (Q, L, D) in context; sentence (Q, D)."""

    words: Tensor
    sentence: Tensor


class PhraseEncoder(nn.Module):
    """Words in context, and one vector for the sentence."""

    def __init__(self, config: PhraseConfig) -> None:
        super().__init__()
        self.config = config
        self.enter = nn.Linear(2 * config.table_width, config.width)
        self.place = nn.Parameter(torch.randn(config.max_words, config.width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            config.width,
            config.heads,
            config.hidden,
            config.dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.layers = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(config.width)
        self.weigh = nn.Linear(config.width, 1)

    def forward(self, words: Words) -> EncodedWords:
        """Encode Q sentences."""
        scale = self.config.table_width**0.5  # unit vectors to entries of about one
        x = self.enter(torch.cat([words.word, words.pair], -1) * scale)
        if self.training and self.config.word_dropout > 0:
            x = x * (torch.rand_like(words.mask, dtype=x.dtype) >= self.config.word_dropout)[..., None]
        x = x + self.place[: x.shape[1]]
        x = self.norm(self.layers(x, src_key_padding_mask=~words.mask))
        weights = masked_softmax(self.weigh(x).squeeze(-1), words.mask)
        return EncodedWords(x, (weights[..., None] * x).sum(1))
