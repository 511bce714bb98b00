"""Colour words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.boxes import standing, table

from sceneglot.language.colors import COLOR_WORDS, color_index, name_colors, object_colors, to_lab
from sceneglot.synth.materials import COLORS


def test_lab_golden_values():
    lab = to_lab(np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 0, 255]]))
    np.testing.assert_allclose(lab, [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [32.30, 79.19, -107.86]], atol=0.02)


@pytest.mark.parametrize("word", COLORS)
def test_the_shades_of_the_rooms_get_their_word(word):
    sure, _ = name_colors(np.array(COLORS[word]))
    assert sure == [word] * len(COLORS[word])


def test_borderline_colours_are_not_sure():
    sure, maybe = name_colors(np.array([[205, 205, 205], [70, 70, 70], [70, 62, 58]]))
    assert "" in sure and all(len(words) >= 1 for words in maybe)
    assert {"white", "gray"} <= maybe[0] or {"black", "gray"} <= maybe[1] or len(maybe[2]) > 1


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), max_size=30))
@settings(max_examples=50, deadline=None)
def test_every_colour_has_a_word_and_sureness_means_one(rgb):
    rgb = np.array(rgb, np.uint8).reshape(-1, 3)
    sure, maybe = name_colors(rgb)
    index = color_index(to_lab(rgb))
    for row, words in enumerate(maybe):
        assert words <= set(COLOR_WORDS) and COLOR_WORDS[index[row]] in words
        assert (sure[row] == "") == (len(words) > 1)


def test_colours_of_objects_by_source_by_pixels_and_unknown():
    rows = [standing(label, x, 0) for x, label in enumerate(("chair", "chair", "chair", "White_board", "whiteboard"))]
    rgb = np.array([[250, 250, 250], [200, 30, 30], [128, 128, 128], [250, 250, 250], [250, 250, 250]], np.uint8)
    sure, maybe = object_colors(table(*rows, color=rgb, color_name=("blue", "", "", "", "white")))
    assert sure == ["blue", "red", "", "", "white"]  # nobody says "the white white board"
    assert maybe[:2] == [frozenset({"blue"}), frozenset({"red"})]
    assert maybe[2] == frozenset(COLOR_WORDS) and maybe[3] == frozenset({"white"})
    assert object_colors(table()) == ([], [])
