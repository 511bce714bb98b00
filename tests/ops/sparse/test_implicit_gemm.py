"""The Triton kernels equal the plain twin: on a GPU, or in Triton's interpreter, which knows no bfloat16 products."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ops.triton_support import DEVICE, compile_kernel
from torch import Tensor

from sceneglot.nets.point_backbone import PointBatch
from sceneglot.nets.sparse_unet import SparseBackbone, SparseBackboneConfig
from sceneglot.nets.sparse_unet_presets import unet7
from sceneglot.ops.sparse import KernelMap, VoxelGrid, convolution, sparse_conv, sparse_conv_reference

pytest.importorskip("triton", reason="Triton is not installed here: its kernels were not tested")
from sceneglot.ops.sparse import implicit_gemm
from sceneglot.ops.sparse.implicit_gemm import ImplicitConv

DTYPES = (torch.float32, torch.float16) + ((torch.bfloat16,) if DEVICE == "cuda" else ())
TOLERANCE = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 2e-2}


def maps(seed: int, share: float, edge: int = 6) -> list[KernelMap]:
    occupied = torch.rand(2, edge, edge, edge, generator=torch.Generator().manual_seed(seed)) < share
    grid, _ = VoxelGrid.from_coords((occupied.nonzero() - torch.tensor([0, 3, 3, 3])).to(DEVICE), 2)
    down = grid.coarser().down
    return [grid.neighbours(3), down, down.transposed(), grid.neighbours(1)]


def operands(kernel_map: KernelMap, inputs: int, outputs: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(inputs + 100 * outputs)
    rows = torch.randn(kernel_map.num_source, inputs, generator=generator)
    weight = torch.randn(kernel_map.size, inputs, outputs, generator=generator)
    return rows.to(DEVICE, dtype), weight.to(DEVICE, dtype)


def with_gradients(conv, rows: Tensor, weight: Tensor, kernel_map: KernelMap) -> list[Tensor]:
    rows, weight = rows.clone().requires_grad_(), weight.clone().requires_grad_()
    out = conv(rows, weight, kernel_map)
    direction = torch.randn(out.shape, generator=torch.Generator().manual_seed(0)).to(out)
    gradients = torch.autograd.grad(out, (rows, weight), direction, allow_unused=True)
    return [out.detach(), *(torch.zeros_like(x) if g is None else g for x, g in zip((rows, weight), gradients))]


def assert_equal_to_reference(kernel_map: KernelMap, inputs: int, outputs: int, dtype: torch.dtype) -> None:
    rows, weight = operands(kernel_map, inputs, outputs, dtype)
    found = with_gradients(ImplicitConv.apply, rows, weight, kernel_map)
    expected = with_gradients(sparse_conv_reference, rows.double(), weight.double(), kernel_map)
    for ours, theirs in zip(found, expected):
        assert ours.dtype == dtype and ours.shape == theirs.shape
        scale = theirs.abs().max() if theirs.numel() else 0
        torch.testing.assert_close(ours.double(), theirs, rtol=0, atol=float(scale) * TOLERANCE[dtype])


@settings(max_examples=14, deadline=None)
@given(
    seed=st.integers(0, 999),
    share=st.sampled_from([0.0, 0.01, 0.2, 0.5]),
    which=st.integers(0, 3),
    inputs=st.sampled_from([1, 3, 16, 37]),
    outputs=st.sampled_from([1, 5, 16, 70]),
    dtype=st.sampled_from(DTYPES),
)
def test_kernels_equal_the_reference_twin(seed, share, which, inputs, outputs, dtype) -> None:
    assert_equal_to_reference(maps(seed, share)[which], inputs, outputs, dtype)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_several_tiles_blocks_and_pieces(which: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(implicit_gemm, "_SHORTEST_PIECE", 40)
    monkeypatch.setattr(implicit_gemm, "_PIECES", 1000)
    assert_equal_to_reference(maps(7, 0.4)[which], 40, 70, torch.float32)


def test_no_voxel_at_all_and_no_pair() -> None:
    for kernel_map in maps(0, 0.0):
        assert_equal_to_reference(kernel_map, 4, 6, torch.float32)
    nothing = torch.zeros(0, dtype=torch.int32, device=DEVICE)
    assert_equal_to_reference(KernelMap(nothing, nothing, (0,) * 9, 5, 3), 4, 6, torch.float32)


def test_rows_in_any_memory_order() -> None:
    kernel_map = maps(3, 0.2)[1]
    rows, weight = operands(kernel_map, 6, 5, torch.float32)
    expected = ImplicitConv.apply(rows, weight, kernel_map)
    scattered = ImplicitConv.apply(
        rows.T.contiguous().T, weight.transpose(1, 2).contiguous().transpose(1, 2), kernel_map
    )
    assert torch.equal(scattered, expected)


def test_the_same_bits_every_time() -> None:
    kernel_map = maps(4, 0.2)[0]
    rows, weight = operands(kernel_map, 20, 20, torch.float32)
    first, second = (with_gradients(ImplicitConv.apply, rows, weight, kernel_map) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second))


def test_pieces_never_hold_two_offsets() -> None:
    starts = (0, 0, 3, 1203, 1203, 1300)
    edges, first = implicit_gemm._pieces(starts)
    assert edges.tolist() == [0, 3, 515, 1027, 1203, 1300] and first.tolist() == [0, 0, 1, 4, 4, 5]


def test_a_whole_network_learns_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the convolution chooses the kernels the network has the same features and gradients as without."""
    torch.manual_seed(0)
    net = SparseBackbone(SparseBackboneConfig(unet7(width=4), 0.4)).to(DEVICE)
    cloud = torch.rand(50, 3)
    batch = PointBatch.of_scenes([(cloud, torch.rand(50, 6))]).to(DEVICE)
    calls = []

    def step(kernels: bool) -> list[Tensor]:
        monkeypatch.setattr(convolution, "use_triton", lambda *_: kernels)
        net.zero_grad()
        points = net(batch).points
        points.square().sum().backward()
        return [points.detach(), *(p.grad for p in net.parameters() if p.grad is not None)]

    plain = step(False)
    real = implicit_gemm.convolve
    monkeypatch.setattr(implicit_gemm, "convolve", lambda *a: calls.append(a) or real(*a))
    for ours, theirs in zip(step(True), plain, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3 * float(theirs.abs().max()))
    assert len(calls) > 40


def test_only_a_gpu_gets_the_kernels() -> None:
    kernel_map = maps(5, 0.2)[0]
    rows, weight = (t.cpu() for t in operands(kernel_map, 3, 4, torch.float32))
    assert not convolution.use_triton(rows, weight)
    if DEVICE == "cuda":
        assert convolution.use_triton(rows.to(DEVICE), weight.to(DEVICE))
        assert not convolution.use_triton(rows.to(DEVICE), weight)


def test_double_precision_stays_with_plain_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution, "use_triton", lambda *_: True)
    monkeypatch.setattr(ImplicitConv, "apply", lambda *_: pytest.fail("the kernels know no double precision"))
    kernel_map = maps(6, 0.2)[0]
    rows, weight = operands(kernel_map, 3, 4, torch.float64)
    torch.testing.assert_close(sparse_conv(rows, weight, kernel_map), sparse_conv_reference(rows, weight, kernel_map))


@pytest.mark.parametrize(("dtype", "capability"), [("bf16", 90), ("fp32", 80)])
def test_the_compiler_makes_tensor_core_code(dtype: str, capability: int) -> None:
    pointers = dict.fromkeys(("rows_ptr", "weight_ptr", "out_ptr"), f"*{dtype}")
    pointers |= dict.fromkeys(("order_ptr", "table_ptr", "offsets_ptr", "starts_ptr"), "*i32")
    numbers = ("num_rows", "channels_in", "channels_out", "stride_offset", "stride_in", "stride_out")
    ptx = compile_kernel(
        implicit_gemm.__name__,
        "_convolve_kernel",
        pointers | dict.fromkeys(numbers, "i32"),
        {"ROWS": 64, "OUT": 64, "IN": 32, "PRECISION": "tf32"},
        capability,
    )
    assert ("wgmma" if capability == 90 else "mma.sync") in ptx and "cp.async" in ptx


def test_nothing_imports_triton_before_a_gpu_needs_it() -> None:
    program = "import sys, sceneglot.nets.sparse_unet, sceneglot.rendering.device; sys.exit('triton' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
