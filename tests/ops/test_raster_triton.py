"""The Triton splatting kernel draws the pixels of the compiled one, bit for bit: on a GPU, or in the interpreter."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ops.test_raster import SIZE, clouds
from tests.ops.triton_support import DEVICE, compile_kernel

from sceneglot.ops import raster

pytest.importorskip("triton", reason="Triton is not installed here: its kernels were not tested")
from sceneglot.ops import raster_triton


def assert_same_pixels(uv, depth, radius, size, shape, index) -> None:
    ids, nearest = raster.splat(uv, depth, radius, size, shape=shape, index=index, threads=1)
    tensors = [torch.from_numpy(a).to(DEVICE) for a in (uv, depth, radius)]
    number = None if index is None else torch.from_numpy(index).to(DEVICE)
    found = raster_triton.splat(*tensors, size, shape=shape, index=number)
    np.testing.assert_array_equal(found[0].cpu().numpy(), ids)
    np.testing.assert_array_equal(found[1].cpu().numpy(), nearest)


@settings(max_examples=12, deadline=None)
@given(clouds(), st.sampled_from(["round", "square"]), st.booleans())
def test_kernel_and_compiled_twin_agree_bit_for_bit(cloud, shape, numbered):
    uv, depth, radius = cloud
    index = np.random.default_rng(0).permutation(len(depth)).astype(np.int32) if numbered else None
    assert_same_pixels(uv, depth, radius, SIZE, shape, index)


def test_more_points_than_one_program_takes():
    rng = np.random.default_rng(1)
    uv, depth = rng.uniform(0, 30, (300, 2)).astype(np.float32), rng.choice([1, 2], 300).astype(np.float32)
    assert_same_pixels(uv, depth, rng.uniform(0, 3, 300).astype(np.float32), (31, 29), "round", None)


@pytest.mark.parametrize("radius", [np.inf, -np.inf, -1.0])
def test_strange_radii_and_places(radius):
    uv = np.array([[3.2, 4.1], [np.inf, 2], [-np.inf, 2], [2, np.nan], [1e30, -1e30]], np.float32)
    assert_same_pixels(uv, np.ones(5, np.float32), np.full(5, radius, np.float32), SIZE, "square", None)


def test_the_compiler_makes_one_atomic_minimum_and_fuses_nothing():
    types = {"uv_ptr": "*fp32", "depth_ptr": "*fp32", "radius_ptr": "*fp32", "keys_ptr": "*i64", "best_ptr": "*i64"}
    types |= dict.fromkeys(("num_points", "height", "width"), "i32")
    ptx = compile_kernel(raster_triton.__name__, "_splat_kernel", types, {"ROUND": True, "POINTS": 128}, 80)
    assert ptx.count(".min.s64") == 1 and "fma.rn.f64" not in ptx
