"""Picking rows out of batched outputs, so that many questions can share one scene."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor

from sceneglot.nets.scene_encoder import SceneEncoding
from sceneglot.nets.votenet import VoteNetOutput

Output = TypeVar("Output")


def take_rows(output: Output, index: Tensor) -> Output:
    """A network's output with every tensor indexed along its batch axis.

    The detector and the scene encoder run once per scene; `take_rows(detected, scene_of_question)` then gives every
    question the output of its scene.

    Args:
        output: a dataclass of tensors that share their first axis, possibly nested (`VoteNetOutput`, `SceneEncoding`).
        index: (Q,) int64 rows, repeats allowed.
    """
    if isinstance(output, Tensor):
        return output.index_select(0, index)  # type: ignore[return-value]
    if not is_dataclass(output) or isinstance(output, type):
        raise TypeError(f"take_rows: expected a tensor or a dataclass of tensors, found {type(output).__name__}")
    return type(output)(**{f.name: take_rows(getattr(output, f.name), index) for f in fields(output)})


PER_PROPOSAL = (
    "anchor", "features", "objectness", "center", "heading_logits", "heading_residual",
    "size_logits", "size_residual", "semantic", "size", "heading",
)  # fmt: skip
"""Fields of a VoteNetOutput whose second axis is the proposals."""


def likeliest_proposals(detected: VoteNetOutput, count: int) -> Tensor:
    """(B, count) int64 indices of the proposals that look most like objects, best first, ties to the lower index."""
    order = torch.sort(detected.object_probability.detach(), dim=1, descending=True, stable=True)
    return order.indices[:, :count]


def keep_proposals(detected: VoteNetOutput, index: Tensor) -> VoteNetOutput:
    """The same scenes with proposals `index` (B, K) only; seeds and votes stay as they are."""
    return replace(detected, **{name: _along(getattr(detected, name), index) for name in PER_PROPOSAL})


def keep_tokens(encoding: SceneEncoding, index: Tensor) -> SceneEncoding:
    """The same encodings with object tokens `index` (B, K) only."""
    return replace(encoding, tokens=_along(encoding.tokens, index), mask=_along(encoding.mask, index))


def _along(values: Tensor, index: Tensor) -> Tensor:
    """(B, P, ...) and (B, K) -> (B, K, ...)."""
    wide = index.view(*index.shape, *[1] * (values.ndim - 2)).expand(*index.shape, *values.shape[2:])
    return values.gather(1, wide)
