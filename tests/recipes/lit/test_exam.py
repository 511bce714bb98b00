"""The exam gives a perfect teacher full marks and a blind one chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from sceneglot.recipes.lit.exam import accuracy, describe_view, exam, rank
from sceneglot.recipes.lit.pictures import Pictures
from sceneglot.recipes.lit.prompts import Record
from sceneglot.teachers.base import ImageFeatures, TextFeatures, unit

WORDS = ("bed", "chair", "lamp", "red", "blue", "bedroom", "office")
RECORDS = (
    Record("object", "a", "bedroom", "photo", "bed", "bed", "red"),
    Record("object", "a", "bedroom", "photo", "lamp", "lamp", "blue"),
    Record("object", "b", "office", "render", "chair", "chair", "red"),
    Record("room", "a", "bedroom", "photo", shows=("bed", "lamp")),
    Record("room", "b", "office", "top", shows=("chair",)),
    Record("room", "b", "office", "photo", shows=("chair", "lamp")),
)


class BagOfWords:
    """Reads the picture's number from its first pixel and knows the facts by heart, or knows nothing at all."""

    name, dim, token_dim, image_size, fingerprint = "words", len(WORDS), 1, 8, ""

    def __init__(self, blind: bool) -> None:
        self.blind = blind

    def encode_images(self, images: Sequence[np.ndarray]) -> ImageFeatures:
        texts = []
        for image in images:
            r = RECORDS[int(image[0, 0, 0])]
            texts.append(f"{r.label} {r.color}" if r.kind == "object" else describe_view(r))
        pooled = np.ones((len(images), self.dim), np.float32) if self.blind else self.encode_texts(texts).pooled
        return ImageFeatures(unit(pooled), unit(pooled)[:, None])

    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        count = np.array([[w in t.replace(",", "").split() for w in WORDS] for t in texts], np.float32)
        return TextFeatures(unit(count), np.zeros((len(texts), 1, 1), np.float32), np.ones((len(texts), 1), bool))


@pytest.fixture
def pictures() -> Pictures:
    pixels = np.zeros((len(RECORDS), 8, 8, 3), np.uint8)
    pixels[:, 0, 0, 0] = np.arange(len(RECORDS))
    return Pictures((pixels[:4], pixels[4:]), RECORDS)


def test_full_marks(pictures: Pictures) -> None:
    result = exam(BagOfWords(blind=False), pictures, ("bed", "chair", "lamp"))
    assert {task: s.top1 for task, s in result.scores.items()} == dict.fromkeys(
        ("object", "object18", "color", "room", "top"), 1.0
    )
    assert result.retrieval["image_to_text_r1"] == result.retrieval["text_to_image_r1"] == 1
    assert result.confusions == () and result.recall == {"bed": (1, 1), "chair": (1, 1), "lamp": (1, 1)}


def test_blind_teacher_gets_chance(pictures: Pictures) -> None:
    score = exam(BagOfWords(blind=True), pictures, ("bed", "chair", "lamp")).scores["object"]
    assert score.top1 == pytest.approx(1 / 3) == score.chance == score.balanced and score.top5 == 1


def test_room_types_that_do_not_occur_make_the_exam_harder(pictures: Pictures) -> None:
    scores = exam(BagOfWords(blind=True), pictures, ("bed",), room_types=("bed",)).scores
    assert scores["room"].classes == 3 and scores["room"].top1 == 0  # a blind teacher says the first, "bed"


def test_accuracy_by_hand() -> None:
    ranked = rank(np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1], [0.1, 0.2, 0.7]]), np.eye(3))
    score = accuracy(ranked, np.array([0, 1, 1, 1]), 3)
    assert (score.top1, score.top5, score.chance) == (0.5, 1.0, 0.75)
    assert score.balanced == pytest.approx((1 + 1 / 3) / 2)
