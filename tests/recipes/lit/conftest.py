"""Rooms of boxes, shared with the tests of the teachers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "teachers"))

from boxstore import make_store

from sceneglot.scenes.store import Store


@pytest.fixture
def box_store(tmp_path: Path) -> Store:
    """Three rooms of boxes, one per split, with captions."""
    return make_store(tmp_path / "data")
