from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.scenes.importers.paths import child, safe_id
from sceneglot.scenes.scene import check_scene_id


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "/etc", "a\\b", "a\0", ".hidden", "a\nb", "C:x"])
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    with pytest.raises(SceneglotError, match="no plain file name"):
        child(tmp_path, "ok", name)


def test_plain_names_are_joined(tmp_path):
    assert child(tmp_path, "scan 1 (a)", "b.ply") == tmp_path / "scan 1 (a)" / "b.ply"


@given(st.text(max_size=20))
def test_any_name_becomes_a_legal_id(name):
    made = safe_id(name)
    if any(c.isascii() and c.isalnum() for c in made):
        assert check_scene_id(made) == made
    assert "/" not in made


@given(st.text(max_size=12))
def test_a_child_never_leaves_its_folder(name):
    from pathlib import Path

    try:
        path = child(Path("/data/root"), name)
    except SceneglotError:
        return
    assert path.parent == Path("/data/root")
    assert path.name not in ("", ".", "..")
