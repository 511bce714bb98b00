"""Beam search: the likeliest sentences under a network that says what may come next. One beam is greedy search.

Shapes: B sentences, K beams, L words so far, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SearchConfig:
    """How hard to search.

    Attributes:
        beams: kept after every word; 1 takes the likeliest word each time.
        longest: words at most, first and last mark included.
        length_power: sentences are compared by log p / words**power; 0 prefers short ones, 1 is the mean per word.
    """

    beams: int = 1
    longest: int = 50
    length_power: float = 1.0


@dataclass(frozen=True)
class Found:
    """words: without the marks; score: mean log probability per word, the last mark included where there is one."""

    words: tuple[int, ...]
    score: float


@torch.no_grad()
def beam_search(
    next_word: Callable[[Tensor, Tensor], Tensor],
    count: int,
    start: int,
    end: int,
    config: SearchConfig = SearchConfig(),
    device: torch.device | str = "cpu",
) -> list[Found]:
    """Search `count` sentences at a time.

    A finished sentence keeps its place among the beams, with the score it finished with, until better ones push it out.

    Args:
        next_word: (sentence (R,) int64 in 0..count-1, words (R, L) int64) -> (R, V) log probabilities of the next word.
        start, end: two different marks; every sentence begins with the one, and is finished by the other.
    """
    words = torch.full((count, 1, 1), start, device=device)
    total = torch.zeros(count, 1, device=device)
    for _ in range(config.longest - 1):
        live = words[..., -1] != end
        if not live.any():
            break
        words, total = _grow(next_word, words, total, live, end, config)
    length = _length(words, end).clamp_min(1)
    best = (total / length**config.length_power).argmax(1)
    row = torch.arange(count, device=device)
    said, score = words[row, best].cpu(), (total / length)[row, best].cpu()
    return [Found(_plain(line.tolist(), end), float(value)) for line, value in zip(said, score)]


def _grow(
    next_word: Callable[[Tensor, Tensor], Tensor],
    words: Tensor,
    total: Tensor,
    live: Tensor,
    end: int,
    config: SearchConfig,
) -> tuple[Tensor, Tensor]:
    """Words (B, K, L) and their log probabilities (B, K) with one word more; finished ones get another end mark."""
    count, beams, _ = words.shape
    sentence = torch.arange(count, device=words.device)[:, None].expand(count, beams)
    following = next_word(sentence[live], words[live])
    gain = following.new_full((count, beams, following.shape[1]), -torch.inf)
    gain[..., end] = 0.0  # of the finished ones
    gain[live] = following
    after = total[..., None] + gain
    size = torch.where(live, _length(words, end) + 1, _length(words, end)).clamp_min(1)
    ranked = (after / size[..., None] ** config.length_power).flatten(1)
    chosen = ranked.topk(min(config.beams, ranked.shape[1]), dim=1).indices
    beam, word = chosen // gain.shape[2], chosen % gain.shape[2]
    row = torch.arange(count, device=words.device)[:, None]
    grown = torch.cat([words[row, beam], word[..., None]], 2)
    return grown, after.flatten(1).gather(1, chosen)


def _length(words: Tensor, end: int) -> Tensor:
    """(B, K) words after the first mark, one end mark included."""
    after = words[..., 1:]
    return (after != end).sum(-1) + (after == end).any(-1)


def _plain(line: list[int], end: int) -> tuple[int, ...]:
    """The words between the marks."""
    return tuple(word for word in line[1:] if word != end)
