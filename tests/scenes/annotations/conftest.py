from __future__ import annotations

from pathlib import Path

import pytest
from tests.scenes.annotations import official

from sceneglot.scenes.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return official.small_store(tmp_path / "data")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, list[Path]]:
    return official.files(tmp_path / "files")
