"""A synthetic room and random clouds for the tests of point operations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor


@pytest.fixture(scope="session")
def random_cloud() -> Callable[..., Tensor]:
    """The function `_random_cloud`."""
    return _random_cloud


def _random_cloud(seed: int, batch: int, points: int, *, grid: bool = False) -> Tensor:
    """(batch, points, 3) float32 in a 4 m cube; `grid` snaps to 0.5 m so that ties and duplicates abound."""
    rng = np.random.default_rng(seed)
    xyz = rng.uniform(-2, 2, (batch, points, 3))
    if grid:
        xyz = np.round(xyz * 2) / 2
    return torch.tensor(xyz, dtype=torch.float32)


@pytest.fixture(scope="session")
def room() -> Tensor:
    """(1, 6000, 3): floor, two walls and clutter."""
    rng = np.random.default_rng(3)
    xyz = rng.uniform(0, 1, (6000, 3)) * [6, 4, 2.5]
    part = rng.integers(0, 4, 6000)
    xyz[part == 0, 2] = 0
    xyz[part == 1, 0] = 0
    xyz[part == 2, 1] = 4
    return torch.tensor(xyz[None], dtype=torch.float32)
