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
    from tests.recipes.conftest import FakeTeacher, toy_store

    class Factory:
        def __init__(self, folder: str) -> None:
            self.folder = Path(folder)

        def mktemp(self, name: str) -> Path:
            (self.folder / name).mkdir()
            return self.folder / name

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sceneglot.tasks.segmentation.teaching.StoreTeaching.teacher", FakeTeacher())
        data, found = toy_store.__wrapped__(Factory(folder)), {}  # type: ignore[attr-defined]
        for name in ws3d.RECIPES:
            ws3d.train_ws3d(ws3d.small(name, data, Path(folder) / name))
            found[name] = ws3d.losses(Path(folder) / name)
    ws3d.STORED.write_text(json.dumps(found, indent=1) + "\n")
