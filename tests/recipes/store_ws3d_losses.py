"""Rewrite tests/recipes/ws3d_losses.json after a deliberate change: `python -m tests.recipes.store_ws3d_losses`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
import torch

if __name__ == "__main__":
    torch.set_num_threads(1)
    import tests.recipes.test_ws3d as ws3d
    from tests.recipes.conftest import FakeTeacher, losses, make_toy_store

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sceneglot.tasks.segmentation.teaching.StoreTeaching.teacher", FakeTeacher())
        data, found = make_toy_store(Path(folder) / "data"), {}
        for name in ws3d.RECIPES:
            ws3d.train_ws3d(ws3d.small(name, data, Path(folder) / name))
            found[name] = losses(Path(folder) / name)
    ws3d.STORED.write_text(json.dumps(found, indent=1) + "\n")
