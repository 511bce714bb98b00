"""CLIP and SigLIP teachers agree with transformers' own public methods, whatever they return."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sceneglot.errors import SceneglotError
from sceneglot.teachers import Teacher, folder_name, load_teacher
from sceneglot.teachers.base import unit
from sceneglot.teachers.clip import ClipTeacher

TEXTS = ["a red chair", "the", "a photo of the brown table next to the lamp", "what is next to the bed"]


@pytest.fixture(scope="module", params=["clip", "siglip"])
def teacher(request: pytest.FixtureRequest) -> ClipTeacher:
    return ClipTeacher(str(request.getfixturevalue(f"{request.param}_folder")), batch_size=3)


def tensor_of(output: Any) -> np.ndarray:
    """transformers 4 returns a tensor, 5 a model output."""
    return (output if isinstance(output, torch.Tensor) else output.pooler_output).detach().numpy()


def test_is_a_teacher(teacher: ClipTeacher) -> None:
    assert isinstance(teacher, Teacher)
    assert teacher.image_size == 32 and teacher.token_dim == 16
    assert teacher.name in ("tiny-clip", "tiny-siglip")


def test_pooled_equals_the_public_methods(teacher: ClipTeacher, pictures: list[np.ndarray]) -> None:
    pixels = torch.from_numpy(teacher._preprocess(pictures))
    expected = unit(tensor_of(teacher._model.get_image_features(pixel_values=pixels)))
    np.testing.assert_allclose(teacher.encode_images(pictures).pooled, expected, atol=1e-5)
    padding = "max_length" if "siglip" in teacher.name else "longest"
    rows = teacher._tokenizer(TEXTS, padding=padding, max_length=64, truncation=True, return_tensors="pt")
    mask = None if "siglip" in teacher.name else rows["attention_mask"]
    expected = unit(tensor_of(teacher._model.get_text_features(input_ids=rows["input_ids"], attention_mask=mask)))
    np.testing.assert_allclose(teacher.encode_texts(TEXTS).pooled, expected, atol=1e-5)


def test_shapes_and_norms(teacher: ClipTeacher, pictures: list[np.ndarray]) -> None:
    images, texts = teacher.encode_images(pictures), teacher.encode_texts(TEXTS)
    assert images.pooled.shape == (5, teacher.dim) and images.patches.shape == (5, 16, teacher.dim)
    assert texts.tokens.shape == (4, 12, 16) and texts.mask.sum(1).tolist() == [5, 3, 12, 8]  # words, begin and end
    assert (texts.tokens[~texts.mask] == 0).all()
    for x in (images.pooled, images.patches, texts.pooled):
        assert x.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(x, axis=-1), 1, rtol=1e-5)


def test_batch_mates_and_padding_do_not_matter(teacher: ClipTeacher, pictures: list[np.ndarray]) -> None:
    images, texts = teacher.encode_images(pictures), teacher.encode_texts(TEXTS)
    for i, picture in enumerate(pictures):
        alone = teacher.encode_images([picture])
        np.testing.assert_allclose(alone.pooled[0], images.pooled[i], atol=2e-6)
        np.testing.assert_allclose(alone.patches[0], images.patches[i], atol=2e-6)
    for i, text in enumerate(TEXTS):
        alone = teacher.encode_texts([text])
        np.testing.assert_allclose(alone.pooled[0], texts.pooled[i], atol=2e-6)
        np.testing.assert_allclose(alone.tokens[0], texts.tokens[i][texts.mask[i]], atol=1e-5)


def test_clip_patches_are_projected_tokens(clip_folder: Path, pictures: list[np.ndarray]) -> None:
    teacher = ClipTeacher(str(clip_folder))
    model = teacher._model
    hidden = model.vision_model(torch.from_numpy(teacher._preprocess(pictures))).last_hidden_state[:, 1:]
    mean, variance = hidden.mean(-1, keepdim=True), hidden.var(-1, unbiased=False, keepdim=True)
    norm = model.vision_model.post_layernorm
    normed = (hidden - mean) / (variance + norm.eps).sqrt() * norm.weight + norm.bias
    expected = unit((normed @ model.visual_projection.weight.T).detach().numpy())
    np.testing.assert_allclose(teacher.encode_images(pictures).patches, expected, atol=1e-5)


def test_siglip_patch_of_a_one_patch_picture_is_its_pooled_feature(siglip_folder: Path) -> None:
    head = ClipTeacher(str(siglip_folder))._model.vision_model.head
    token = torch.randn(1, 1, 16, generator=torch.Generator().manual_seed(1))
    values = head.attention.in_proj_weight[32:] @ token[0, 0] + head.attention.in_proj_bias[32:]  # the value path
    attended = head.attention.out_proj(values)
    expected = attended + head.mlp(head.layernorm(attended))
    torch.testing.assert_close(head(token)[0], expected, atol=1e-5, rtol=1e-4)


def test_long_text_is_cut_and_nothing_is_fine(teacher: ClipTeacher) -> None:
    assert teacher.encode_texts(["a chair " * 200]).mask.shape[1] <= 77
    assert teacher.encode_texts([]).tokens.shape == (0, 0, 16)
    assert teacher.encode_images([]).pooled.shape == (0, teacher.dim)


def test_fingerprint_follows_the_weights(clip_folder: Path) -> None:
    one, two = ClipTeacher(str(clip_folder)), ClipTeacher(str(clip_folder))
    assert one.fingerprint == two.fingerprint
    two._model.logit_scale.data += 1
    assert one.fingerprint != two.fingerprint


def test_half_precision_checkpoint(clip_folder: Path, tmp_path: Path, pictures: list[np.ndarray]) -> None:
    from transformers import AutoModel, AutoTokenizer

    folder = tmp_path / "half"
    AutoModel.from_pretrained(clip_folder).half().save_pretrained(folder)
    AutoTokenizer.from_pretrained(clip_folder).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text((clip_folder / "preprocessor_config.json").read_text())
    half, full = ClipTeacher(str(folder)), ClipTeacher(str(clip_folder))
    np.testing.assert_allclose(half.encode_images(pictures).pooled, full.encode_images(pictures).pooled, atol=5e-3)
    np.testing.assert_allclose(half.encode_texts(TEXTS).pooled, full.encode_texts(TEXTS).pooled, atol=5e-3)


def test_loading_by_name(clip_folder: Path) -> None:
    assert load_teacher(f"clip:{clip_folder}").name == load_teacher(str(clip_folder)).name == "tiny-clip"
    assert folder_name(f"clip:{clip_folder}") == folder_name("tiny-clip") == "tiny-clip"
    assert folder_name("siglip:google/siglip-base") == "google--siglip-base" and folder_name("embedded") == "embedded"
    with pytest.raises(SceneglotError, match="expected embedded, rooms:FILE, clip:ID"):
        load_teacher("clip:")


def test_unreachable_model_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(SceneglotError, match=r"cannot be loaded.*hf download.*embedded"):
        load_teacher("clip:" + str(tmp_path / "nothing-here"))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(SceneglotError, match="'bert' is not supported; expected one of clip, siglip"):
        load_teacher(str(tmp_path))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _without_projection(path: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = {name: tensor for name, tensor in load_file(path).items() if name != "visual_projection.weight"}
    save_file(tensors, path, metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_cut, "cannot be loaded"),
        (lambda path: path.write_bytes(b""), "cannot be loaded"),
        (_without_projection, "lack 1 tensors of the model .visual_projection.weight"),  # else it would be random
    ],
)
def test_incomplete_weights(clip_folder: Path, tmp_path: Path, change: Any, problem: str) -> None:
    folder = tmp_path / "part"
    shutil.copytree(clip_folder, folder)
    change(folder / "model.safetensors")
    with pytest.raises(SceneglotError, match=problem):
        ClipTeacher(str(folder))


def test_damaged_preprocessor_file(clip_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text((clip_folder / "config.json").read_text())
    (tmp_path / "preprocessor_config.json").write_text("{")
    with pytest.raises(SceneglotError, match=r"preprocessor_config.json .* not JSON"):
        load_teacher(str(tmp_path))
