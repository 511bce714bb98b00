"""Which implementation runs: compiled (numba) on the CPU, Triton kernels on a GPU that has them, plain torch elsewhere.

Sampling, neighbour search and suppression exist twice: compiled for CPU tensors, and as `<name>_reference` in plain
torch, which runs on any device and is the oracle of the tests. Sparse convolution and splatting have Triton kernels
besides, used on a GPU where Triton is installed (torch's CUDA builds bring it along). Here the choice is made.

Compiled kernels are serial and release the interpreter lock; `run_jobs` spreads them over as many threads as torch
uses. Numba's own parallel loops are avoided on purpose: their idle threads spin, which slows the torch operations in
between several times over on a busy machine, and they do not survive a fork.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.util import find_spec
from itertools import pairwise

import torch
from torch import Tensor

from sceneglot.errors import SceneglotError

_pools: dict[int, ThreadPoolExecutor] = {}  # size -> pool
os.register_at_fork(after_in_child=_pools.clear)  # threads do not survive a fork

_force_reference: ContextVar[bool] = ContextVar("sceneglot_reference_ops", default=False)


def use_numba(*tensors: Tensor) -> bool:
    """True when the compiled twin serves these tensors: all live on the CPU and no `reference_ops` block is active.

    Without tensors: whether it is wanted, for work that is brought to the CPU from anywhere.
    """
    return not _force_reference.get() and all(t.device.type == "cpu" for t in tensors)


def use_triton(*tensors: Tensor) -> bool:
    """True when the Triton twin serves these tensors: one GPU that Triton supports, and no `reference_ops` block."""
    device = tensors[0].device
    if _force_reference.get() or device.type != "cuda" or any(t.device != device for t in tensors):
        return False
    return _triton_runs_on(device)


@cache
def _triton_runs_on(device: torch.device) -> bool:
    """Whether Triton is installed and knows this GPU with all its types: bfloat16 begins with compute capability 8."""
    return find_spec("triton") is not None and torch.cuda.get_device_capability(device) >= (8, 0)


@contextmanager
def reference_ops() -> Iterator[None]:
    """Inside this block every operation runs its plain torch twin, whatever the device: for tests and benchmarks."""
    token = _force_reference.set(True)
    try:
        yield
    finally:
        _force_reference.reset(token)


def run_jobs(kernel: Callable[..., None], jobs: Sequence[tuple]) -> None:
    """Call `kernel(*job)` for every job, on `torch.get_num_threads()` threads; raises what a kernel raises."""
    threads = min(torch.get_num_threads(), len(jobs))
    if threads <= 1:
        for job in jobs:
            kernel(*job)
        return
    if threads not in _pools:
        _pools[threads] = ThreadPoolExecutor(threads, thread_name_prefix="sceneglot-ops")
    for done in [_pools[threads].submit(kernel, *job) for job in jobs]:
        done.result()


def query_jobs(batch: int, queries: int, smallest: int = 256) -> list[tuple[int, slice]]:
    """(cloud, range of queries) for a batch of searches: a cloud is split only when clouds are fewer than threads."""
    parts = max(1, min(-(-torch.get_num_threads() // max(1, batch)), queries // smallest))
    edges = [queries * i // parts for i in range(parts + 1)]
    return [(b, slice(first, end)) for b in range(batch) for first, end in pairwise(edges)]


def check_cloud(xyz: Tensor, name: str) -> Tensor:
    """`xyz` detached, contiguous, float32, after checking that it is a batch of clouds (B, N >= 1, 3).

    Raises:
        SceneglotError: wrong shape, an empty cloud, or coordinates in CPU memory that are not finite: compiled code
            turns them into addresses. Other devices are not asked, since waiting for their answer stalls them.
    """
    if xyz.dim() != 3 or xyz.shape[-1] != 3 or xyz.shape[1] == 0:
        raise SceneglotError(f"{name} has shape {tuple(xyz.shape)}, expected (B, N, 3) with N >= 1")
    if xyz.device.type == "cpu" and not torch.isfinite(xyz).all():
        raise SceneglotError(
            f"{name} holds coordinates that are not finite: a damaged cloud, or a training that diverged (lower its "
            "learning rate)"
        )
    return xyz.detach().to(torch.float32).contiguous()


def squared_distance(a: Tensor, b: Tensor) -> Tensor:
    """(..., M, N) squared distances between a (..., M, 3) and b (..., N, 3), without the matmul trick.

    The matmul form of `torch.cdist` is off by millimetres at room scale and changes which points fall into a ball.
    """
    dx = a[..., :, None, 0] - b[..., None, :, 0]
    dy = a[..., :, None, 1] - b[..., None, :, 1]
    dz = a[..., :, None, 2] - b[..., None, :, 2]
    return dx * dx + dy * dy + dz * dz
