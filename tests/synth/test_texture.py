"""Procedural textures: compiled against plain, and what each pattern promises."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.synth.room import Material, Texture
from sceneglot.synth.texture import PATTERNS, Palette, albedo, albedo_reference

BASE, ACCENT = (180, 90, 40), (20, 60, 100)


def palette(scale: float = 0.2) -> Palette:
    return Palette.of([Material("m", BASE, "brown", ACCENT, texture, scale) for texture in PATTERNS])


def sample(seed: int, n: int = 400):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-4, 4, (n, 3)).astype(np.float32)
    normals = rng.standard_normal((n, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return points, normals, rng.integers(0, len(PATTERNS), n).astype(np.int32), rng.integers(0, 60, n).astype(np.int32)


def test_every_texture_of_the_contract_has_a_pattern() -> None:
    assert set(PATTERNS) == set(get_args(Texture))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 2.0))
def test_compiled_equals_plain(seed: int, scale: float) -> None:
    points, normals, material, salt = sample(seed)
    fast = albedo(points, normals, material, salt, palette(scale))
    slow = albedo_reference(points, normals, material, salt, palette(scale))
    np.testing.assert_allclose(fast, slow, atol=1e-3)


@pytest.mark.parametrize("code", range(len(PATTERNS)))
def test_mean_colour_stays_near_the_base(code: int) -> None:
    points, normals, _, salt = sample(1, 20_000)
    mean = albedo(points, normals, np.full(len(points), code, np.int32), salt, palette()).mean(0)
    weight = (np.array(BASE) - mean) / (np.array(BASE) - np.array(ACCENT))  # share of the accent in the mean
    assert (weight < 0.46).all(), f"{PATTERNS[code]}: the accent outweighs the base, {weight}"
    assert (weight > -0.05).all()


def test_checker_alternates_with_its_period() -> None:
    code = PATTERNS.index("checker")
    x = np.arange(8, dtype=np.float32) * 0.2
    points = np.stack([x, np.zeros(8), np.zeros(8)], 1).astype(np.float32)
    up = np.tile(np.float32([0, 0, 1]), (8, 1))
    color = albedo(points, up, np.full(8, code, np.int32), np.zeros(8, np.int32), palette(0.2))
    np.testing.assert_allclose(color[::2], color[:1].repeat(4, 0))
    np.testing.assert_allclose(color[1::2], color[1:2].repeat(4, 0))
    assert np.abs(color[0] - color[1]).max() > 50


def test_salt_changes_the_grain_of_equal_objects() -> None:
    points, normals, _, salt = sample(2)
    grain = np.full(len(points), PATTERNS.index("grain"), np.int32)
    same = albedo(points, normals, grain, salt, palette())
    np.testing.assert_array_equal(same, albedo(points, normals, grain, salt, palette()))
    assert np.abs(same - albedo(points, normals, grain, salt + 1, palette())).mean() > 1
