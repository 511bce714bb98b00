"""The real language model of the offline extra."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.teachers import minilm
from sceneglot.teachers.minilm import MiniLM

pytestmark = pytest.mark.offline
TEXTS = ["a red chair", "what is next to the sink?", "", "it is a long wooden table in the middle of the room. " * 3]


@pytest.fixture(scope="module")
def tower() -> MiniLM:
    if find_spec(minilm.PACKAGE) is None:
        pytest.skip("the offline extra is not installed")
    return MiniLM(batch_size=3)


def test_equals_sentence_transformers(tower: MiniLM) -> None:
    """Golden values of sentence-transformers 6.2 on the same weights."""
    pooled = tower.encode_texts(["red chair", "red seat", "window open"]).pooled
    np.testing.assert_allclose(pooled @ pooled[0], [1, 0.8643117, 0.1287863], atol=1e-5)
    np.testing.assert_allclose(pooled[0, :4], [0.0035106, 0.0034646, -0.0892819, 0.0465895], atol=1e-6)


def test_pooled_is_the_masked_mean_of_the_tokens(tower: MiniLM) -> None:
    features = tower.encode_texts(TEXTS)
    assert features.tokens.shape == (4, features.mask.sum(1).max(), 384)
    assert (features.tokens[~features.mask] == 0).all()
    mean = features.tokens.sum(1) / features.mask.sum(1, keepdims=True)
    np.testing.assert_allclose(features.pooled, mean / np.linalg.norm(mean, axis=1, keepdims=True), atol=1e-5)


def test_order_padding_and_batch_mates_do_not_matter(tower: MiniLM) -> None:
    together = tower.encode_texts(TEXTS)
    for i, text in enumerate(TEXTS):
        alone = tower.encode_texts([text])
        np.testing.assert_allclose(alone.pooled[0], together.pooled[i], atol=2e-6)
        np.testing.assert_allclose(alone.tokens[0], together.tokens[i][together.mask[i]], atol=2e-5)


def test_same_call_same_bytes(tower: MiniLM) -> None:
    assert tower.encode_texts(TEXTS).tokens.tobytes() == tower.encode_texts(TEXTS).tokens.tobytes()


def test_chunks_and_nothing(tower: MiniLM) -> None:
    np.testing.assert_allclose(tower.encode_pooled(TEXTS, chunk=3), tower.encode_texts(TEXTS).pooled, atol=2e-6)
    assert tower.encode_texts([]).tokens.shape == (0, 0, 384) and tower.encode_pooled([]).shape == (0, 384)


def test_long_text_is_cut(tower: MiniLM) -> None:
    assert tower.encode_texts(["chair " * 1000]).mask.shape == (1, 256)


def test_missing_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "find_spec", lambda name: None)
    with pytest.raises(SceneglotError, match=r"pip install 'sceneglot\[offline\]'"):
        MiniLM()
