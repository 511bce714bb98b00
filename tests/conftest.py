"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

if not torch.cuda.is_available():  # before anything imports Triton: its kernels then run on CPU tensors
    os.environ.setdefault("TRITON_INTERPRET", "1")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder with real scans for local checks; tests that need it skip, saying so, where it is absent."""
    folder = Path(os.environ.get("SCENEGLOT_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("real scans are absent: set SCENEGLOT_REAL_DATA to a folder that holds them")
    return folder
