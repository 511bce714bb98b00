"""Writing about one object of a scene, word by word: a causal transformer that looks at the objects around it.

Scan2Cap's task with the objects of GPS: whatever the spatial transformer made of them is what the words may look at,
together with where each of them is as seen from the object that is written about.

Shapes: B captions, N objects, L words, D width, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.nets.gps.objects import ObjectTokens
from sceneglot.nets.gps.spatial_transformer import bert_init

NUM_OFFSETS = 10


@dataclass(frozen=True)
class CaptionDecoderConfig:
    """Sizes of the decoder; the defaults go with the paper-size GPS.

    Attributes:
        vocabulary: V; longest: words of a caption, its first mark included.
        width: D of the objects it looks at.
    """

    vocabulary: int
    longest: int = 50
    width: int = 768
    heads: int = 12
    layers: int = 4
    hidden: int = 2048
    dropout: float = 0.1


class CaptionDecoder(nn.Module):
    """Post-norm decoder layers; the object itself is added to every word; input and output share the words' vectors."""

    def __init__(self, config: CaptionDecoderConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.word, self.place = nn.Embedding(config.vocabulary, width), nn.Embedding(config.longest, width)
        self.thing, self.seen = nn.Linear(width, width), nn.Linear(width, width)
        self.offset = nn.Sequential(nn.Linear(NUM_OFFSETS, width), nn.GELU(), nn.Linear(width, width))
        self.word_norm, self.thing_norm, self.seen_norm = (nn.LayerNorm(width) for _ in range(3))
        self.layers = nn.ModuleList(
            nn.TransformerDecoderLayer(width, config.heads, config.hidden, config.dropout, "gelu", batch_first=True)
            for _ in range(config.layers)
        )
        self.dropout = nn.Dropout(config.dropout)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))
        self.apply(bert_init)

    def forward(self, objects: ObjectTokens, thing: Tensor, words: Tensor) -> Tensor:
        """What may come next, after each word.

        Padding behind the words is harmless: no word looks ahead.

        Args:
            objects: of the scene of each caption, (B, N, ...).
            thing: (B,) int64 row of the object written about; it must be a real one.
            words: (B, L) int64, L at most `longest`.

        Returns:
            (B, L, V) logits.
        """
        length = words.shape[1]
        row = torch.arange(len(thing), device=thing.device)
        itself = self.thing(objects.features[row, thing])[:, None]
        tokens = self.dropout(self.word_norm(self.word(words) + self.place.weight[:length]) + self.thing_norm(itself))
        seen = self.seen_norm(self.seen(objects.features) + self.offset(offsets(objects.location, thing)))
        ahead = torch.ones(length, length, dtype=torch.bool, device=words.device).triu(1)
        for layer in self.layers:
            tokens = layer(tokens, seen, tgt_mask=ahead, memory_key_padding_mask=~objects.mask)
        return F.linear(tokens, self.word.weight, self.bias)


def offsets(location: Tensor, thing: Tensor) -> Tensor:
    """Where every object is, as seen from one of them.

    Args:
        location: (B, N, 6) centre and extents, metres. thing: (B,) int64 row.

    Returns:
        (B, N, 10): offset of the centre (3), its horizontal length, extents of the other (3) and of the thing (3), all
        in metres.
    """
    own = location[torch.arange(len(thing), device=thing.device), thing][:, None]
    delta = location[..., :3] - own[..., :3]
    flat = delta[..., :2].norm(dim=-1, keepdim=True)
    return torch.cat([delta, flat, location[..., 3:], own[..., 3:].expand_as(delta)], -1)
