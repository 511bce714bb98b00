"""Scenes shared by the tests of the renderer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from boxroom import boxroom

from sceneglot.scenes import Scene


@pytest.fixture(scope="session")
def room() -> Scene:
    """The room with ceiling, labels, normals and colour."""
    return boxroom()
