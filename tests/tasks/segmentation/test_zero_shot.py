"""Naming by words: who decides where, what is foreground, and that pictures and network meet the right points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tasks.fakes import toy_scene
from tests.tasks.segmentation.conftest import cube_cloud

from sceneglot.errors import SceneglotError
from sceneglot.nets.open_vocabulary import TextBank
from sceneglot.scenes import Scene, Source
from sceneglot.tasks.segmentation.data import point_features
from sceneglot.tasks.segmentation.evaluate import SceneScores
from sceneglot.tasks.segmentation.inference import InferenceConfig, point_cosines, predict
from sceneglot.tasks.segmentation.labels import LabelSet, label_set
from sceneglot.tasks.segmentation.net import SegmentationNet
from sceneglot.tasks.segmentation.segmenter import Segmenter
from sceneglot.tasks.segmentation.spec import SegmentationSpec
from sceneglot.tasks.segmentation.zero_shot import ZeroShotScores, lifted_cosines, name_points, score_zero_shot
from sceneglot.teachers.base import ImageFeatures, TextFeatures

WORDS = ("chair", "table")


class RedOrBlue:
    """Sees whether a patch is more red than blue: a chair, or a table."""

    name, dim, token_dim, image_size, fingerprint = "colours", 2, 2, 64, "colours-1"

    def encode_images(self, images: Sequence[np.ndarray]) -> ImageFeatures:
        stack = np.stack(images).astype(np.float32)
        side = stack.shape[1] // 8
        mean = stack.reshape(len(stack), 8, side, 8, side, 3).mean((2, 4)).reshape(len(stack), 64, 3)
        red = mean[..., 0] > mean[..., 2]
        patches = np.stack([red, ~red], -1).astype(np.float32)
        return ImageFeatures(patches[:, 0], patches)

    def encode_texts(self, texts: Sequence[str]) -> TextFeatures:
        rows = np.array([[float("chair" in text), float("table" in text)] for text in texts], np.float32)
        return TextFeatures(rows, rows[:, None], np.ones((len(rows), 1), bool))


def cube(rgb: tuple[int, int, int], nyu40: int) -> Scene:
    count = 3000
    return Scene(
        f"cube-{nyu40}",
        cube_cloud(count, 1.0),
        np.tile(np.array(rgb, np.uint8), (count, 1)),
        Source("toy"),
        semantic=np.full(count, nyu40, np.int16),
    )


def segmenter(**changes: object) -> Segmenter:
    torch.manual_seed(0)
    spec = SegmentationSpec(
        "scannet20", label_set("scannet20").classes, voxel=0.2, teacher="colours", embedding=2, words=False, **changes
    )  # type: ignore[arg-type]
    return Segmenter(spec, SegmentationNet(spec).state_dict())


def test_who_decides() -> None:
    lifted = np.array([[0.9, 0.1], [0.2, 0.3], [0.0, 0.0], [0.0, 0.0]])
    distilled = np.array([[0.1, 0.8], [0.6, 0.1], [0.1, 0.4], [0.0, 0.0]])
    found = {name: label.tolist() for name, label in name_points(lifted, distilled).items()}
    assert found == {
        "lifted": [0, 1, -1, -1],
        "distilled": [1, 0, 1, -1],
        "ensemble (surer)": [0, 0, 1, -1],
        "ensemble (product)": [0, 0, 1, -1],
    }


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), scale=st.floats(1, 50))
def test_ensembles_are_those_of_embeddings_and_probabilities(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    a, b, bank = (torch.from_numpy(rng.normal(size=shape)).float() for shape in ((9, 4), (9, 4), (5, 4)))
    a, b, bank = (torch.nn.functional.normalize(rows, dim=1) for rows in (a, b, bank))
    cosines = [rows @ bank.T for rows in (a, b)]
    found = name_points(cosines[0].numpy(), cosines[1].numpy())
    features = torch.where((cosines[0].amax(1) >= cosines[1].amax(1))[:, None], a, b)
    assert found["ensemble (surer)"].tolist() == (features @ bank.T).argmax(1).tolist()
    product = (cosines[0] * scale).softmax(1).double() * (cosines[1] * scale).softmax(1).double()
    best = product.max(1).values
    chosen = product[torch.arange(9), torch.from_numpy(found["ensemble (product)"])]
    np.testing.assert_allclose(chosen, best, rtol=1e-4)


def test_pictures_name_what_they_show() -> None:
    bank = TextBank(WORDS, torch.eye(2))
    for row, scene in enumerate((cube((220, 40, 30), 5), cube((30, 40, 220), 7))):
        found = lifted_cosines(scene, RedOrBlue(), bank, views=4)
        seen = found.any(1)
        assert seen.mean() > 0.1 and (found[seen].argmax(1) == row).all()


def test_cosines_of_points_are_what_words_are_chosen_by() -> None:
    scene, run = toy_scene(1, points=800), segmenter()
    features, bank = point_features(scene, run.spec.inputs), TextBank(WORDS, torch.eye(2))
    found = point_cosines(run.net, np.array(scene.xyz), features, bank)
    assert found.shape == (len(scene), 2) and (np.abs(found) <= 1 + 1e-5).all()
    np.testing.assert_allclose((found**2).sum(1), 1, atol=1e-4)  # the bank spans the space
    chosen = predict(run.net, np.array(scene.xyz), features, bank=bank)
    np.testing.assert_allclose(torch.from_numpy(20 * found).softmax(1), chosen.probability, atol=1e-4)
    tiled = point_cosines(run.net, np.array(scene.xyz), features, bank, InferenceConfig(max_voxels=50, margin=9.0))
    np.testing.assert_allclose(tiled, found, atol=1e-4)


def test_rows_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sceneglot.tasks.segmentation.segmenter.load_teacher", lambda name: RedOrBlue())
    run = segmenter(teacher_fingerprint="colours-1")
    monkeypatch.setattr("sceneglot.tasks.segmentation.zero_shot.text_bank", two_words)
    scenes = [cube((220, 40, 30), 5), cube((30, 40, 220), 7)]
    scores = score_zero_shot(scenes, run, label_set("scannet20"), views=4)
    chair, table = (label_set("scannet20").classes.index(word) for word in WORDS)
    lifted = scores.rows["lifted"].matrix
    assert lifted[chair, table] == lifted[table, chair] == 0 and lifted[chair, chair] > 300
    assert lifted.sum() == 6000 and scores.metrics("best constant")["mAcc"] == 0.5
    assert set(scores.summary()) == {"best constant", "lifted", "distilled", "ensemble (surer)", "ensemble (product)"}
    with pytest.raises(SceneglotError, match="without a teacher"):
        spec = SegmentationSpec("scannet20", label_set("scannet20").classes, voxel=0.2)
        score_zero_shot(scenes, Segmenter(spec, SegmentationNet(spec).state_dict()), label_set("scannet20"))


def two_words(teacher: object, names: Sequence[str]) -> TextBank:
    """Chair and table in the space of `RedOrBlue`, everything else far from both."""
    rows = {"chair": [1.0, 0.0], "table": [0.0, 1.0]}
    return TextBank(tuple(names), torch.tensor([rows.get(name, [-0.7071, -0.7071]) for name in names]))


def test_foreground_leaves_out_walls_and_what_is_no_word() -> None:
    classes = ("wall", "chair", "table", "otherfurniture")
    matrix = np.array([[90, 0, 0, 0, 0], [0, 5, 5, 0, 0], [4, 0, 6, 0, 0], [0, 9, 0, 1, 0]])
    scores = ZeroShotScores({"row": SceneScores(LabelSet("four", classes, (1, 2, 3, 4)), matrix, (), 1)})
    front = scores.metrics("row")
    assert front["foreground_mIoU"] == pytest.approx((5 / 10 + 6 / 15) / 2)
    assert front["foreground_mAcc"] == pytest.approx((5 / 10 + 6 / 10) / 2)


def test_foreground_leaves_out_what_does_not_count() -> None:
    labels = label_set("scannet200")
    chair, unseen = labels.classes.index("chair"), list(labels.uncounted)
    matrix = np.zeros((200, 201), np.int64)
    matrix[chair, chair], matrix[chair, unseen] = 90, 1  # no scan shows the unseen ones, and some points are named so
    scores = ZeroShotScores({"row": SceneScores(labels, matrix, (), 1)})
    found = scores.metrics("row")
    assert found["foreground_mIoU"] == found["mIoU"] == pytest.approx(90 / (90 + len(unseen)))
    assert np.isnan(scores.foreground("row").iou[unseen]).all()
