"""Rooms of boxes, shared with the tests of the teachers."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.teachers.boxstore import make_store

from sceneglot.scenes.store import Store


@pytest.fixture
def box_store(tmp_path: Path) -> Store:
    """Three rooms of boxes, one per split, with captions."""
    return make_store(tmp_path / "data")
