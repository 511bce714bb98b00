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
    from tests.recipes.conftest import FakeTeacher, toy_store

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for module in ("sceneglot.tasks.lifted", "sceneglot.tasks.vqa.answerer"):
            __import__(module)
            patch.setattr(f"{module}.load_teacher", lambda name: FakeTeacher())

        class Factory:
            def mktemp(self, name: str) -> Path:
                path = Path(folder) / name
                path.mkdir()
                return path

        data = toy_store.__wrapped__(Factory())  # type: ignore[attr-defined]
        chain.pretrain(chain.small_pretrain(data, Path(folder) / "pre"))
        collected["clip-pretrain"] = chain.losses(Path(folder) / "pre")
        for model in chain.MODELS:
            chain.finetune(chain.small_vqa(data, Path(folder) / model, model=model))
            collected[model] = chain.losses(Path(folder) / model)
    chain.STORED.write_text(json.dumps(collected, indent=1) + "\n")
    sys.exit(0)
