"""Which implementation runs: compiled (numba) on the CPU, plain torch everywhere else.

Sampling, neighbour search and suppression exist twice: compiled for CPU tensors, and as `<name>_reference` in plain
torch, which runs on any device and is the oracle of the tests. This module holds the one decision between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor

from sceneglot.errors import SceneglotError

_force_reference: ContextVar[bool] = ContextVar("sceneglot_reference_ops", default=False)


def use_numba(*tensors: Tensor) -> bool:
    """True when the compiled twin serves these tensors: all live on the CPU and no `reference_ops` block is active."""
    return not _force_reference.get() and all(t.device.type == "cpu" for t in tensors)


@contextmanager
def reference_ops() -> Iterator[None]:
    """Inside this block every operation runs its plain torch twin, whatever the device: for tests and benchmarks."""
    token = _force_reference.set(True)
    try:
        yield
    finally:
        _force_reference.reset(token)


def check_cloud(xyz: Tensor, name: str) -> Tensor:
    """`xyz` detached, contiguous, float32, after checking that it is a batch of clouds (B, N >= 1, 3).

    Raises:
        SceneglotError: wrong shape or an empty cloud.
    """
    if xyz.dim() != 3 or xyz.shape[-1] != 3 or xyz.shape[1] == 0:
        raise SceneglotError(f"{name} has shape {tuple(xyz.shape)}, expected (B, N, 3) with N >= 1")
    return xyz.detach().to(torch.float32).contiguous()


def squared_distance(a: Tensor, b: Tensor) -> Tensor:
    """(..., M, N) squared distances between a (..., M, 3) and b (..., N, 3), without the matmul trick.

    The matmul form of `torch.cdist` is off by millimetres at room scale and changes which points fall into a ball.
    """
    dx = a[..., :, None, 0] - b[..., None, :, 0]
    dy = a[..., :, None, 1] - b[..., None, :, 1]
    dz = a[..., :, None, 2] - b[..., None, :, 2]
    return dx * dx + dy * dy + dz * dz
