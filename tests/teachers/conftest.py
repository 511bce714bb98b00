"""Tiny models, built and saved by the tests themselves: nothing is downloaded."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.teachers.boxstore import make_store

from sceneglot.scenes.store import Store
from sceneglot.teachers.embedded import EmbeddedTeacher, save_tower
from sceneglot.teachers.vit import ImageTower, ViTConfig

WORDS = ("a", "photo", "of", "the", "red", "brown", "chair", "table", "lamp", "next", "to", "is", "what", "bed")


def save_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {w: i for i, w in enumerate(("<pad>", "<bos>", "<eos>", "<unk>", *WORDS))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        "<bos> $A <eos>", special_tokens=[("<bos>", 1), ("<eos>", 2)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", bos_token="<bos>", eos_token="<eos>", unk_token="<unk>"
    )
    fast.save_pretrained(folder)


def _sizes() -> tuple[dict, dict]:
    common = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    ids = {"vocab_size": 4 + len(WORDS), "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    return common | ids, common | {"image_size": 32, "patch_size": 8}


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLIP of 12 joint dimensions with random weights."""
    import torch
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("clip") / "tiny-clip"
    text, vision = _sizes()
    CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=12)).save_pretrained(folder)
    save_tokenizer(folder)
    facts = {"size": {"shortest_edge": 32}, "crop_size": 32, "do_center_crop": True, "resample": 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(facts))
    return folder


@pytest.fixture(scope="session")
def siglip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SigLIP of 16 joint dimensions with random weights; preprocessing nested as transformers 5 saves it."""
    import torch
    from transformers import SiglipConfig, SiglipModel

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("siglip") / "tiny-siglip"
    text, vision = _sizes()
    SiglipModel(SiglipConfig(text_config=text | {"projection_size": 16}, vision_config=vision)).save_pretrained(folder)
    save_tokenizer(folder)
    facts = {"size": {"height": 32, "width": 32}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (folder / "processor_config.json").write_text(json.dumps({"image_processor": facts}))
    return folder


@pytest.fixture(scope="session")
def pictures() -> list[np.ndarray]:
    """Five pictures of different sizes, none of them plain."""
    rng = np.random.default_rng(0)
    sizes = ((40, 60), (32, 32), (90, 45), (33, 64), (20, 21))
    return [np.kron(rng.integers(0, 255, (h, w, 3)), np.ones((2, 2, 1))).astype(np.uint8) for h, w in sizes]


@pytest.fixture
def small_tower(tmp_path: Path) -> EmbeddedTeacher:
    """An embedded teacher whose image tower is tiny and random."""
    import torch

    torch.manual_seed(0)
    path = tmp_path / "tower.safetensors"
    save_tower(path, ImageTower(ViTConfig(image_size=32, dim=24, depth=2, heads=2)))
    return EmbeddedTeacher(path)


@pytest.fixture
def box_store(tmp_path: Path) -> Store:
    """Three rooms of boxes with two sentences and a question each; one sentence is shared."""
    return make_store(tmp_path / "data")
