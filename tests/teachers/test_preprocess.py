"""Preprocessing equals the reference processors and reads their configuration files."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.teachers.preprocess import CLIP_MEAN, CLIP_STD, Preprocess


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("shape", [(48, 64), (70, 33), (32, 32), (17, 90)])
def test_crop_equals_the_reference_processor(shape: tuple[int, int]) -> None:
    clip = pytest.importorskip("transformers.models.clip.image_processing_pil_clip", reason="needs transformers 5")
    reference = clip.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    image = picture(*shape)
    expected = reference(image, return_tensors="np")["pixel_values"][0]
    np.testing.assert_allclose(Preprocess(32, 32)([image])[0], expected, atol=1e-5)


@pytest.mark.parametrize("resized", [32, 40])
def test_sizes_of_both_sides_are_squashed_before_the_crop(resized: int) -> None:
    clip = pytest.importorskip("transformers.models.clip.image_processing_pil_clip", reason="needs transformers 5")
    config = {"size": {"height": resized, "width": resized}, "crop_size": {"height": 32, "width": 32}}
    config |= {"do_center_crop": True}
    image = picture(48, 96)
    expected = clip.CLIPImageProcessorPil(**config)(image, return_tensors="np")["pixel_values"][0]
    ours = Preprocess.from_config(config, size=32, fit="crop")
    np.testing.assert_allclose(ours([image])[0], expected, atol=1e-5)


def test_squash_equals_the_reference_processor() -> None:
    siglip = pytest.importorskip(
        "transformers.models.siglip.image_processing_pil_siglip", reason="needs transformers 5"
    )
    reference = siglip.SiglipImageProcessorPil(size={"height": 32, "width": 32})
    image = picture(50, 71)
    expected = reference(image, return_tensors="np")["pixel_values"][0]
    ours = Preprocess.from_config({}, size=32, fit="squash")
    np.testing.assert_allclose(ours([image])[0], expected, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from(["crop", "squash"]))
def test_any_size_gives_the_square(height: int, width: int, fit: str) -> None:
    out = Preprocess(16, 20, fit)([picture(height, width)])  # type: ignore[arg-type]
    assert out.shape == (1, 3, 16, 16) and out.dtype == np.float32 and np.isfinite(out).all()


def test_plain_picture_has_the_closed_form_value() -> None:
    image = np.full((30, 40, 3), 51, np.uint8)  # 51 / 255 = 0.2
    out = Preprocess(16, 16)([image])
    expected = (0.2 - np.array(CLIP_MEAN)) / np.array(CLIP_STD)
    np.testing.assert_allclose(out[0].reshape(3, -1), np.repeat(expected[:, None], 256, 1), rtol=1e-5)


@pytest.mark.parametrize(
    ("config", "fit", "expected"),
    [
        ({}, "crop", Preprocess(224, 224, "crop")),
        ({}, "squash", Preprocess(224, 224, "squash", (0.5,) * 3, (0.5,) * 3)),
        ({"size": 256, "crop_size": 224, "do_center_crop": True}, "crop", Preprocess(224, 256, "crop")),
        ({"size": {"shortest_edge": 336}, "crop_size": {"height": 336, "width": 336}}, "crop", Preprocess(336, 336)),
        (
            {"size": {"height": 384, "width": 384}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 2},
            "squash",
            Preprocess(384, 384, "squash", (0.5,) * 3, (0.5,) * 3, 2),
        ),
    ],
)
def test_configuration_files(config: dict, fit: str, expected: Preprocess) -> None:
    assert Preprocess.from_config(config, size=224, fit=fit) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "bad",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)],
)
def test_other_layouts_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(SceneglotError, match=r"\(H, W, 3\) uint8"):
        Preprocess(16, 16)([bad])
