"""Labelled clouds and pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from plyfile import PlyData
from tests.tasks.fakes import toy_scene

from sceneglot.errors import SceneglotError
from sceneglot.view.parsed import draw_segmentation, painted, palette, write_labelled_ply

NAMES = ("chair", "a name with ünicode")


def test_other_tools_read_the_cloud(tmp_path: Path) -> None:
    scene = toy_scene()
    label = np.arange(len(scene)) % 2
    confidence = np.linspace(0, 1, len(scene), dtype=np.float32)
    path = write_labelled_ply(tmp_path / "out.ply", scene, label, confidence, NAMES)
    found = PlyData.read(str(path))
    rows = found["vertex"].data
    assert np.array_equal(np.stack([rows[a] for a in "xyz"], 1), scene.xyz)
    assert np.array_equal(rows["label"], label) and np.array_equal(rows["confidence"], confidence)
    assert (rows["red"][0], rows["green"][0], rows["blue"][0]) == tuple(palette(NAMES)[0])
    assert found.comments[0] == "label 0 chair"
    with pytest.raises(SceneglotError, match="labels for"):
        write_labelled_ply(tmp_path / "bad.ply", scene, label[:-1], confidence, NAMES)


def test_a_name_cannot_end_the_header(tmp_path: Path) -> None:
    scene, names = toy_scene(), ("chair\nend_header", "table")
    label = np.ones(len(scene), np.int64)
    found = PlyData.read(str(write_labelled_ply(tmp_path / "out.ply", scene, label, label, names)))
    assert len(found["vertex"].data) == len(scene)
    assert found.comments == ["label 0 chair end_header", "label 1 table"]


def test_colours_of_a_label_set_differ() -> None:
    colors = palette([f"class {i}" for i in range(20)]).astype(int)
    apart = np.abs(colors[:, None] - colors[None]).sum(2) + 1000 * np.eye(20, dtype=int)
    assert apart.min() > 30 and len(palette(())) == 0


def test_paint_mixes_and_the_picture_shows_what_changed() -> None:
    scene = toy_scene()
    label = np.zeros(len(scene), np.int64)
    assert np.array_equal(painted(scene, label, NAMES, 0.0), scene.rgb)
    assert (painted(scene, label, NAMES, 1.0) == palette(NAMES)[0]).all()
    picture = draw_segmentation(scene, label, NAMES, side=64)
    assert picture.shape == (64, 64 * 2 + 190, 3)
    assert not np.array_equal(picture[:, :64], picture[:, 64:128])
