"""Picking rows out of batched outputs, so that many questions can share one scene."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TypeVar

from torch import Tensor

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
