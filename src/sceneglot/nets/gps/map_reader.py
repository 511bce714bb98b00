"""A sentence about an object map taken apart: what its target is called, and its clauses.

Shapes: S scenes, Q sentences, N objects, R different words, L words, T width of the text table, D width of words, K
clauses.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sceneglot.nets.gps.phrases import PhraseConfig, PhraseEncoder, Words
from sceneglot.nets.heads import masked_softmax

EXACT = 0.97
"""Cosine from which a word pair is the name of something in the room."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A sentence taken apart.

    Attributes:
        named: (Q, K + 1, N) how well each label fits the target's name, and each clause's anchor.
        summary: (Q, D) of the whole sentence.
        clause: (Q, K, D) what each clause says.
    """

    named: Tensor
    summary: Tensor
    clause: Tensor


class Reader(nn.Module):
    """Which words name the target, which the anchors, and which say how they stand to each other.

    Labels are compared with the frozen vectors of the words pointed at. What is learned is mostly where in a sentence
    a name stands, not the names: kinds of things that were never trained on are found all the same. A learned
    comparison of small width beside it picks up which other names are used.
    """

    def __init__(self, text: PhraseConfig, clauses: int, name_width: int) -> None:
        super().__init__()
        width, table, slots = text.width, text.table_width, clauses + 1
        self.encode = PhraseEncoder(text)
        self.place = nn.Linear(width, slots)
        self.attend = nn.Linear(width, slots)
        self.label, self.name = (nn.Linear(table, name_width, bias=False) for _ in range(2))
        nn.init.zeros_(self.name.weight)
        # turns the cosines into logits
        self.scale = nn.Parameter(torch.full((slots,), 12.0))

    def forward(self, label: Tensor, scene_of: Tensor, words: Words) -> Reading:
        """(S, N, T) labels and the sentences, taken apart."""
        x, table, mine = self.encode(words), words.table, scene_of[:, None]
        point = masked_softmax(self.place(x).transpose(1, 2), words.mask[:, None])  # (Q, K + 1, L)
        alike = table @ label.transpose(1, 2)  # (S, R, N)
        fits = self.name(table) @ self.label(label).transpose(1, 2)
        pair = alike[mine, words.pair]  # (Q, L, N)
        # the longest name counts: beside an "end table", those two words do not mean a table
        whole = (pair.amax(-1, keepdim=True) > EXACT) & (words.word != words.pair)[..., None]
        cosine = point @ _longest(alike[mine, words.word], pair, whole)
        learned = point @ _longest(fits[mine, words.word], fits[mine, words.pair], whole)
        told = masked_softmax(self.attend(x).transpose(1, 2), words.mask[:, None]) @ x
        return Reading(self.scale[:, None] * cosine + learned, told[:, 0], told[:, 1:])


def _longest(word: Tensor, pair: Tensor, whole: Tensor) -> Tensor:
    """(Q, L, N) how well a label fits a word or the pair it ends; the pair alone where it is a name."""
    return torch.where(whole, pair, torch.maximum(word, pair))
