"""Contrast over all processes: an all-gather that carries gradients.

A plain `all_gather` fills new tensors and so cuts the graph: with it, the scene loss of a multi-process run reaches
neither tower. Here the backward pass sums every process's gradient of the gathered rows and hands each process its own.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist


class _GatherRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        ctx.count = len(rows)
        parts = [torch.empty_like(rows) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        total = grad.contiguous().clone()
        dist.all_reduce(total)
        start = dist.get_rank() * ctx.count
        return total[start : start + ctx.count]


def gather_rows(rows: Tensor) -> Tensor:
    """(B, ...) of each of W processes -> (W B, ...) in the order of their ranks; B must be the same everywhere.

    Without a process group it returns its input. Gradients: every process computes the loss of the joined batch, and
    data-parallel training averages parameter gradients over processes. What reaches `rows` is the sum over processes,
    W times the gradient of one loss, so that after averaging the result is that of one process on the joined batch.
    Integers and booleans are gathered without a graph.
    """
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return rows
    if rows.dtype == torch.bool:
        return gather_rows(rows.to(torch.uint8)).bool()
    return _GatherRows.apply(rows)  # type: ignore[return-value]
