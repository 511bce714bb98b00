"""Rewrite tests/recipes/losses.json after a deliberate change: `python -m tests.recipes.store_losses`."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import pytest
import torch

if __name__ == "__main__":
    # The fixtures know how to build everything; a plug-in collects what the runs logged instead of comparing it.
    torch.set_num_threads(1)
    collected: dict[str, list[float]] = {}
    import tests.recipes.test_clip_chain as chain
    from tests.recipes.conftest import FakeTeacher, losses, make_toy_store

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for module in ("sceneglot.tasks.lifted", "sceneglot.tasks.vqa.answerer"):
            __import__(module)
            patch.setattr(f"{module}.load_teacher", lambda name: FakeTeacher())
        data = make_toy_store(Path(folder) / "data")
        chain.pretrain(chain.small_pretrain(data, Path(folder) / "pre"))
        collected["clip-pretrain"] = losses(Path(folder) / "pre")
        for model in chain.MODELS:
            chain.finetune(chain.small_vqa(data, Path(folder) / model, model=model))
            collected[model] = losses(Path(folder) / model)
    chain.STORED.write_text(json.dumps(collected, indent=1) + "\n")
    sys.exit(0)
