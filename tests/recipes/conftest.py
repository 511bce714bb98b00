"""What the tests of recipes share: a labelled toy store with features of a fake teacher, one thread, logged losses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.tasks.fakes import toy_questions, toy_scene, toy_tokens

from sceneglot.scenes import Utterance
from sceneglot.scenes.store import Store
from sceneglot.teachers.base import ImageFeatures, TextFeatures
from sceneglot.teachers.embed import embed
from sceneglot.train import RunFolder


class FakeTeacher:
    """Features that follow from the input alone: mean colours of a picture's quarters, fixed vectors of words."""

    name, dim, token_dim, image_size, fingerprint = "fake", 48, 8, 32, "fake-1"

    def encode_images(self, images: Sequence[np.ndarray]) -> ImageFeatures:
        patches = np.stack([self._quarters(image) for image in images])
        return ImageFeatures(_unit(np.tile(patches.reshape(len(images), -1), 4)), _unit(np.repeat(patches, 16, 2)))

    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        words = [toy_tokens(text, self.token_dim) for text in texts]
        mask = np.arange(max(map(len, words))) < np.array([len(w) for w in words])[:, None]
        tokens = np.zeros((*mask.shape, self.token_dim), np.float32)
        for row, value in zip(tokens, words):
            row[: len(value)] = value
        return TextFeatures(_unit(np.stack([np.resize(w.mean(0), self.dim) for w in words])), tokens, mask)

    @staticmethod
    def _quarters(image: np.ndarray) -> np.ndarray:
        height, width = image.shape[0] // 2, image.shape[1] // 2
        parts = [image[y : y + height, x : x + width] for y in (0, height) for x in (0, width)]
        return np.stack([part.reshape(-1, 3).mean(0) for part in parts]).astype(np.float32) / 255 - 0.5


def _unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)).astype(np.float32)


@pytest.fixture(scope="session")
def toy_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """See `make_toy_store`."""
    return make_toy_store(tmp_path_factory.mktemp("toy") / "data")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Sums split over threads round differently; a proposal that flips its nearest box moves a loss by per cents."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def losses(run: Path) -> list[float]:
    """The logged loss of every step."""
    return [line["loss"] for line in RunFolder(run).history() if "loss" in line]


def make_toy_store(path: Path) -> Path:
    """Six training, two validation and two test scenes with questions, captions and features of `FakeTeacher`."""
    store = Store.create(path, origin="toy", licence="CC0-1.0")
    texts = []
    for i in range(10):
        scene = toy_scene(i, f"toy-{i:02d}", boxes=5, points=2400)
        store.add(scene, split="train" if i < 6 else "val" if i < 8 else "test")
        texts += toy_questions(scene)
        caption = f"{scene.room_type} with {' and '.join(scene.objects.label)}"
        texts.append(Utterance(f"{scene.id}-c", scene.id, "scene_caption", caption))
    store.finish()
    store.write_utterances("templates", texts)
    embed(store, FakeTeacher(), views=2)
    return path
