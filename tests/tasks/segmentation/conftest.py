"""Small labelled stores and networks for segmentation."""

from __future__ import annotations

import numpy as np
import pytest
from tests.tasks.fakes import toy_scene

from sceneglot.scenes.store import Store


@pytest.fixture(scope="session")
def toy_rooms(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Four training, one validation and one test scene of coloured boxes on a floor."""
    store = Store.create(tmp_path_factory.mktemp("segmentation") / "data", origin="toy", licence="CC0-1.0")
    for i in range(6):
        store.add(toy_scene(i, f"toy-{i}", boxes=4, points=1500), split=("train", "val", "test")[max(0, i - 3)])
    store.finish()
    return Store.open(store.path)


def cube_cloud(count: int, size: float, seed: int = 0) -> np.ndarray:
    """(count, 3) float32 points in a cube."""
    return np.random.default_rng(seed).uniform(0, size, (count, 3)).astype(np.float32)
