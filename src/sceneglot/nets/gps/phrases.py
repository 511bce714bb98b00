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
from torch.nn.functional import embedding, scaled_dot_product_attention


@dataclass(frozen=True, eq=False)
class Words:
    """Looked-up sentences.

    Attributes:
        table: (R, T) float32 unit vectors of the different words and word pairs of all the sentences; row 0 is zero.
        word: (Q, L) int64 rows, each word alone; 0 where padded.
        pair: (Q, L) int64 rows, the word before and this one ("trash can"); the word alone at the start.
        mask: (Q, L) bool, True for real words; at least one per sentence.
    """

    table: Tensor
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
    word_dropout: float = 0.1
    """Share of words hidden while training, so that no single word is relied on."""


class PhraseLayer(nn.Module):
    """A pre-norm transformer layer over sentences of different lengths: nothing but the scores is padded."""

    def __init__(self, config: PhraseConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.enter, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.think = nn.Sequential(nn.Linear(width, config.hidden), nn.GELU(), nn.Linear(config.hidden, width))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(W, D) the real words of all sentences, in order; mask (Q, L) where they stand."""
        padded = _laid_out(self.enter(self.norms[0](x)), mask)
        q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in padded.chunk(3, -1))
        mixed = scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None])
        x = x + self.out(mixed.transpose(1, 2).flatten(2)[mask])
        return x + self.think(self.norms[1](x))


class PhraseEncoder(nn.Module):
    """Words in context."""

    def __init__(self, config: PhraseConfig) -> None:
        super().__init__()
        self.config = config
        self.word, self.pair = (nn.Linear(config.table_width, config.width) for _ in range(2))
        self.place = nn.Parameter(torch.randn(config.max_words, config.width) * 0.02)
        self.layers = nn.ModuleList(PhraseLayer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, words: Words) -> Tensor:
        """Encode Q sentences: (Q, L, D), zeros where padded."""
        config, mask = self.config, words.mask
        table = words.table * config.table_width**0.5  # unit vectors to entries of about one
        # different words are few: they are projected once, not once per place
        x = embedding(words.word[mask], self.word(table)) + embedding(words.pair[mask], self.pair(table))
        if self.training and config.word_dropout > 0:
            x = x * (torch.rand(len(x), 1, device=x.device) >= config.word_dropout)
        x = x + self.place[mask.nonzero()[:, 1]]
        for layer in self.layers:
            x = layer(x, mask)
        return _laid_out(self.norm(x), mask)


def _laid_out(rows: Tensor, mask: Tensor) -> Tensor:
    """(W, C) rows of the real words -> (Q, L, C), zeros where padded."""
    return rows.new_zeros(*mask.shape, rows.shape[1]).index_put((mask,), rows)
