"""The embedded teacher: file format, independence, errors; and the shipped weights."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.tensorfile import write_tensors
from sceneglot.teachers import Teacher, load_teacher, minilm
from sceneglot.teachers.embedded import WEIGHTS, EmbeddedTeacher, load_tower, save_tower
from sceneglot.teachers.vit import ImageTower, ViTConfig


def test_is_a_teacher(small_tower: EmbeddedTeacher) -> None:
    assert isinstance(small_tower, Teacher)
    assert (small_tower.dim, small_tower.image_size) == (384, 32)
    assert small_tower.name.endswith("--tower") and EmbeddedTeacher().name == "embedded"


def test_batch_mates_do_not_matter(small_tower: EmbeddedTeacher, pictures: list[np.ndarray]) -> None:
    together = small_tower.encode_images(pictures)
    assert together.patches.shape == (5, 4, 384)
    np.testing.assert_allclose(np.linalg.norm(together.patches, axis=-1), 1, rtol=1e-5)
    for i, picture in enumerate(pictures):
        alone = small_tower.encode_images([picture])
        np.testing.assert_allclose(alone.pooled[0], together.pooled[i], atol=2e-6)
    assert together.pooled.tobytes() == small_tower.encode_images(pictures).pooled.tobytes()
    assert small_tower.encode_images([]).patches.shape == (0, 4, 384)


def test_save_and_load_keep_the_weights(tmp_path: Path) -> None:
    tower = ImageTower(ViTConfig(image_size=48, dim=24, depth=1, heads=2))
    save_tower(tmp_path / "t.safetensors", tower)
    loaded = load_tower(tmp_path / "t.safetensors")
    assert loaded.config == tower.config
    for name, tensor in tower.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], tensor.half().float(), rtol=0, atol=0)


def test_fingerprint_follows_the_weights(tmp_path: Path) -> None:
    config = ViTConfig(image_size=32, dim=24, depth=1, heads=2)
    prints = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        save_tower(tmp_path / "t.safetensors", ImageTower(config))
        prints.append(EmbeddedTeacher(tmp_path / "t.safetensors").fingerprint)
    assert prints[0] == prints[1] != prints[2]


def test_bad_weight_files(tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match="missing"):
        EmbeddedTeacher(tmp_path / "none.safetensors")
    path = tmp_path / "t.safetensors"
    save_tower(path, ImageTower(ViTConfig(image_size=32, dim=24, depth=1, heads=2)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadFileError, match="header promises"):
        EmbeddedTeacher(path)
    write_tensors(path, {"stem": np.zeros(3)}, {"config": "{}"})
    with pytest.raises(BadFileError, match="not an image tower of this version"):
        EmbeddedTeacher(path)
    save_tower(path, ImageTower(ViTConfig(image_size=32, dim=24, depth=1, heads=2, out_dim=16)))
    with pytest.raises(SceneglotError, match="speaks 16 dimensions"):
        EmbeddedTeacher(path)


def test_pictures_work_without_the_extra_and_texts_say_what_is_missing(
    small_tower: EmbeddedTeacher, pictures: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minilm, "find_spec", lambda name: None)
    assert len(small_tower.encode_images(pictures)) == 5
    with pytest.raises(SceneglotError, match=r"sceneglot\[offline\]"):
        small_tower.encode_texts(["a chair"])


def test_shipped_weights_fit_the_limit_and_carry_their_card() -> None:
    assert WEIGHTS.stat().st_size <= 12e6
    card = (WEIGHTS.parent / "CARD.md").read_text(encoding="utf-8")
    facts = json.loads((WEIGHTS.parent / "card.json").read_text(encoding="utf-8"))
    teacher = load_teacher()
    assert facts["fingerprint"] == teacher.fingerprint and teacher.fingerprint in card


@pytest.mark.offline
def test_shipped_weights_know_a_colour_and_a_shape_apart() -> None:
    """Not a score, only that the shipped towers speak of the same things: plain red and plain blue pictures."""
    if find_spec(minilm.PACKAGE) is None:
        pytest.skip("the offline extra is not installed")
    teacher = load_teacher()
    pictures = [np.full((64, 64, 3), color, np.uint8) for color in ((190, 30, 30), (40, 60, 190))]
    similarity = (
        teacher.encode_images(pictures).pooled @ teacher.encode_texts(["a red object", "a blue object"]).pooled.T
    )
    assert similarity[0, 0] - similarity[0, 1] > similarity[1, 0] - similarity[1, 1]
