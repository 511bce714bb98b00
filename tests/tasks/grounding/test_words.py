import numpy as np
import pytest
from tests.tasks.grounding.maps import WIDTH, book, encode

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.tasks.grounding.words import PhraseBook, tokenize, units


def test_words_and_compounds():
    assert tokenize("The TV's left-hand chair, #2!") == ["the", "tv", "s", "left", "hand", "chair", "2"]
    assert units("the trash can by the door", 9) == [
        ("the", "the"), ("trash", "trash"), ("can", "trash can"), ("by", "by"), ("the", "the"), ("door", "door"),
    ]  # fmt: skip
    assert len(units("a " * 60, 48)) == 48


def test_look_up_pads_with_zeros():
    found = book().look_up(["the trash can", "door"])
    assert found.mask.tolist() == [[True, True, True], [True, False, False]]
    assert not found.word[1, 1:].any() and not found.pair[1, 1:].any()
    np.testing.assert_allclose(found.table[found.pair[0, 2]].numpy(), encode(["trash can"])[0], atol=1e-3)
    np.testing.assert_allclose(found.table[found.word[0, 2]].numpy(), encode(["can"])[0], atol=1e-3)
    assert not found.table[0].any() and found.word[found.mask].all()


def test_row_zero_means_padding_where_nothing_is_padded():
    found = book().look_up(["the door", "a desk"])
    assert found.mask.all() and found.word.all() and not found.table[0].any()


def test_a_sentence_without_words_is_an_error():
    with pytest.raises(SceneglotError, match="no words"):
        book().look_up(["chair", " ?! "])


def test_each_text_is_encoded_once(tmp_path):
    seen: list[str] = []

    def counting(texts):
        seen.extend(texts)
        return encode(texts)

    first = PhraseBook(counting, WIDTH)
    first.add_sentences(["the trash can", "the trash can", "trash can by the door"])
    assert sorted(seen) == sorted({"the", "trash", "can", "trash can", "by", "door"})
    first.save(tmp_path / "table.safetensors", "weights")
    second = PhraseBook(counting, WIDTH)
    second.load(tmp_path / "table.safetensors", "weights")
    np.testing.assert_array_equal(second.vectors(["door"]), first.vectors(["door"]))
    assert len(seen) == 6
    third = PhraseBook(counting, WIDTH)
    third.load(tmp_path / "table.safetensors", "other weights")
    assert len(third) == 0


def test_a_damaged_table_is_named(tmp_path):
    path = tmp_path / "table.safetensors"
    path.write_bytes(b"rubbish")
    with pytest.raises(BadFileError, match="phrase table"):
        book().load(path, "weights")
