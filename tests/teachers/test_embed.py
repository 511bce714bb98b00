"""Embedding a store: round trip, resume, additions, and refusal to mix features."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.teachers.boxstore import box_room

from sceneglot.cli.main import run
from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.rendering import render, top_down
from sceneglot.scenes import Utterance
from sceneglot.scenes.store import Store
from sceneglot.teachers import embed as embed_module
from sceneglot.teachers.base import ImageFeatures, TextFeatures
from sceneglot.teachers.embed import embed, spread, store_texts
from sceneglot.teachers.embedded import EmbeddedTeacher
from sceneglot.teachers.features import FeatureStore


class CountingTeacher:
    """Real image tower, made-up text tower; counts what it is asked."""

    def __init__(self, tower: EmbeddedTeacher, fingerprint: str = "one") -> None:
        self.tower, self.fingerprint = tower, fingerprint
        self.name, self.dim, self.token_dim, self.image_size = "counting", tower.dim, 6, tower.image_size
        self.pictures, self.texts = 0, 0

    def encode_images(self, images: Sequence[np.ndarray]) -> ImageFeatures:
        self.pictures += len(images)
        return self.tower.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        self.texts += len(texts)
        lengths = np.array([len(t.split()) for t in texts])
        mask = np.arange(lengths.max()) < lengths[:, None]
        tokens = np.zeros((*mask.shape, 6), np.float32)
        pooled = np.zeros((len(texts), self.dim), np.float32)
        for i, text in enumerate(texts):
            for j, word in enumerate(text.split()):
                tokens[i, j] = len(word)
            pooled[i, len(text) % self.dim] = 1
        return TextFeatures(pooled, tokens, mask)


@pytest.fixture
def teacher(small_tower: EmbeddedTeacher) -> CountingTeacher:
    return CountingTeacher(small_tower)


def test_round_trip(box_store: Store, teacher: CountingTeacher) -> None:
    features = embed(box_store, teacher, views=3, patches=True)
    assert features.scene_ids == box_store.scene_ids
    scene = box_store.scene("room-1")
    pictures = [v.rgb for v in render(scene, 3, (256, 256))] + [top_down(scene, (256, 256)).rgb]
    expected = teacher.encode_images(pictures)
    got = features.scene("room-1")
    np.testing.assert_allclose(got.views, expected.pooled[:3], atol=1e-3)
    np.testing.assert_allclose(got.top, expected.pooled[3], atol=1e-3)
    assert got.patches is not None
    np.testing.assert_allclose(got.patches, expected.patches[:3], atol=1e-3)
    assert got.photos.shape == (0, 384) and got.images.shape == (4, 384)
    np.testing.assert_allclose(np.linalg.norm(got.images, axis=1), 1, atol=1e-6)


def test_every_text_once_with_its_own_tokens(box_store: Store, teacher: CountingTeacher) -> None:
    features = embed(box_store, teacher, views=1, batch_size=2)
    texts = store_texts(box_store)
    assert teacher.texts == len(texts) == len(set(texts)) == 9  # 3 captions, 3 questions, 1 shared sentence, 2 answers
    assert set(features.texts) == set(texts) and "the red bed" in features and "unheard" not in features
    np.testing.assert_array_equal(features.tokens("the red bed")[:, 0], [3, 3, 3])
    assert features.pooled(["the red bed"])[0].argmax() == 11
    assert features.pooled([]).shape == (0, 384)


def test_resume_does_only_what_is_missing(box_store: Store, teacher: CountingTeacher) -> None:
    folder = embed(box_store, teacher, views=1).folder
    before = {p: p.read_bytes() for p in folder.rglob("*.safetensors")}
    teacher.pictures = teacher.texts = 0
    (folder / "views" / "room-2.safetensors").unlink()
    (folder / "views" / ".partial-leftover").write_bytes(b"half")
    box_store.write_utterances("more", [Utterance("m", "room-0", "referral", "the blue office chair", (1,))])
    box_store.add(box_room(7), split="train")
    features = embed(box_store, teacher, views=1)
    assert (teacher.pictures, teacher.texts) == (4, 1)  # two scenes, each one view and one from above
    assert "the blue office chair" in features and "the red bed" in features and "room-7" in features.scene_ids
    assert all(path.read_bytes() == content for path, content in before.items())
    assert not list(folder.rglob(".partial*"))


def test_an_interruption_keeps_finished_shards(
    box_store: Store, teacher: CountingTeacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed_module, "SHARD", 4)

    def stop(what: str, done: int, count: int) -> None:
        if what == "texts" and done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed(box_store, teacher, views=1, batch_size=2, progress=stop)
    seen: list[tuple[str, int, int]] = []
    features = embed(box_store, teacher, views=1, progress=lambda *args: seen.append(args))
    assert ("texts", 4, 9) in seen and ("texts", 9, 9) in seen and len(features.texts) == 9
    assert teacher.pictures == 6


def test_other_weights_or_settings_are_refused(box_store: Store, small_tower: EmbeddedTeacher) -> None:
    embed(box_store, CountingTeacher(small_tower), views=1)
    with pytest.raises(SceneglotError, match=r"made with fingerprint .*--overwrite"):
        embed(box_store, CountingTeacher(small_tower, "two"), views=1)
    with pytest.raises(SceneglotError, match="made with views 1, now 2"):
        embed(box_store, CountingTeacher(small_tower), views=2)
    assert embed(box_store, CountingTeacher(small_tower, "two"), views=2, overwrite=True).meta.fingerprint == "two"


def test_same_input_same_bytes(box_store: Store, teacher: CountingTeacher) -> None:
    folder = embed(box_store, teacher, views=2).folder
    first = {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    shutil.rmtree(folder)
    embed(box_store, teacher, views=2)
    assert {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == first


def test_missing_and_damaged_features(box_store: Store, teacher: CountingTeacher, tmp_path: Path) -> None:
    with pytest.raises(SceneglotError, match=r"sceneglot embed .* --teacher counting"):
        FeatureStore.of(box_store, "counting")
    features = embed(box_store, teacher, views=1)
    assert FeatureStore.of(box_store, "counting").texts == features.texts
    with pytest.raises(SceneglotError, match="no features of the text 'unheard'"):
        features.tokens("unheard")
    with pytest.raises(SceneglotError, match="no features of scene 'nowhere'"):
        features.scene("nowhere")
    path = features.folder / "views" / "room-0.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BadFileError):
        features.scene("room-0")
    (features.folder / "meta.json").write_text("{}")
    with pytest.raises(BadFileError, match="not the description of cached features"):
        FeatureStore(features.folder)


@pytest.mark.parametrize(
    ("count", "wanted", "expected"), [(0, 4, []), (5, 0, []), (3, 8, [0, 1, 2]), (9, 3, [0, 4, 8]), (5, 1, [0])]
)
def test_spread(count: int, wanted: int, expected: list[int]) -> None:
    assert spread(count, wanted) == expected


def test_command_line_errors(
    box_store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert run(["embed", str(box_store.path), "--teacher", "clip:/nowhere/at/all"]) == 2
    assert "cannot be loaded" in capsys.readouterr().err
    assert run(["embed", str(box_store.path), "--views", "-1"]) == 2
    assert run(["embed", str(box_store.path.parent / "absent")]) == 2


def test_command_line_with_a_local_model(
    box_store: Store, clip_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["embed", str(box_store.path), "--teacher", f"clip:{clip_folder}", "--views", "1"]) == 0
    assert "3 scenes, 9 texts" in capsys.readouterr().out
    features = FeatureStore.of(box_store, f"clip:{clip_folder}")
    assert features.scene("room-0").views.shape == (1, 12) and features.tokens("the red bed").shape == (5, 16)
