"""A local transformers model: a tiny random one, made here."""

from __future__ import annotations

from pathlib import Path

import pytest

from sceneglot.errors import SceneglotError
from sceneglot.language.refine.local import LocalModel
from sceneglot.language.refine.speaker import Prompt


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    path = tmp_path_factory.mktemp("models") / "tiny-random"
    words = ["<unk>", "<end>", "the", "lamp", "is", "on", "desk", "chair", "."]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()  # type: ignore[assignment]
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", eos_token="<end>", pad_token="<end>"
    ).save_pretrained(path)
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=len(words), n_positions=64, n_embd=8, n_layer=1, n_head=2, eos_token_id=1)
    GPT2LMHeadModel(config).save_pretrained(path, safe_serialization=True)
    return path


def test_the_same_prompt_gives_the_same_text(folder: Path) -> None:
    model = LocalModel(folder)
    assert model.model == "tiny-random" and not model.concurrent
    prompt = Prompt("the lamp", "is on", 12, 1.0, 5)
    one = model.say(prompt)
    assert one == model.say(prompt) and one.tokens_in > 0
    others = {model.say(Prompt("the lamp", "is on", 12, 1.0, seed)).text for seed in range(6)}
    assert len(others) > 1
    greedy = Prompt("the lamp", "is on", 8, 0.0, 1)
    assert model.say(greedy) == model.say(greedy)


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(SceneglotError, match="no local model"):
        LocalModel(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(SceneglotError, match="cannot be loaded"):
        LocalModel(tmp_path).say(Prompt("a", "b"))
