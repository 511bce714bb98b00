"""Claim: a 3^3 submanifold convolution with 96 channels runs at 60 % or more of the measured sgemm peak of one core.

    python -m benchmarks.sparse_conv [--voxel 0.03] [--seed 0] [--repeats 3] [--nets] [--out FILE.json]

One generated room (60,000 points) in voxels. All times are process CPU seconds on one thread, medians, so that other
work on the machine disturbs them little. Peak: 2048^3 float32 product, measured before and after, the larger counts.
Floating-point operations count pairs of voxels that exist: 2 P C^2 forward, three times that with the backward pass.
The compiled path is compared with the plain torch twin before anything is timed.

`--nets` also trains the U-Nets of 7.5 and 30.1 million parameters for a step (forward and backward). The last line says
whether the claim held; the exit code is 1 if it did not.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
import tyro
from benchmarks.timing import cpu_seconds, verdict
from torch import Tensor

from sceneglot.nets.point_backbone import PointBatch
from sceneglot.nets.sparse_unet import SparseBackbone, SparseBackboneConfig
from sceneglot.nets.sparse_unet_presets import unet7
from sceneglot.ops.dispatch import reference_ops
from sceneglot.ops.memory import keep_freed_memory
from sceneglot.ops.sparse import KernelMap, Voxels, sparse_conv, sparse_conv_reference, voxelise
from sceneglot.ops.sparse.kernel_map import neighbour_map
from sceneglot.synth.generate import generate

CLAIM = 0.6
CHANNELS = (16, 32, 96, 256)


def sgemm_peak(repeats: int) -> float:
    """Operations per second of a large dense product."""
    a, b, out = torch.randn(2048, 2048), torch.randn(2048, 2048), torch.empty(2048, 2048)
    return 2 * 2048**3 / cpu_seconds(lambda: torch.mm(a, b, out=out), repeats)


def time_conv(kernel_map: KernelMap, channels: int, repeats: int) -> tuple[float, float]:
    """Seconds of a convolution forward, and forward with backward."""
    rows = torch.randn(kernel_map.num_source, channels, requires_grad=True)
    weight = torch.randn(kernel_map.size, channels, channels, requires_grad=True)
    gradient = torch.randn(kernel_map.num_target, channels)

    def forward() -> Tensor:
        with torch.no_grad():
            return sparse_conv(rows, weight, kernel_map)

    return cpu_seconds(forward, repeats), cpu_seconds(
        lambda: sparse_conv(rows, weight, kernel_map).backward(gradient), repeats
    )


def time_net(width: int, voxel: float, batch: PointBatch, repeats: int) -> tuple[float, float]:
    """Seconds of the 7-level U-Net in evaluation, and of a training step without the optimiser."""
    net = SparseBackbone(SparseBackboneConfig(unet7(width=width), voxel))

    def evaluate() -> Tensor:
        with torch.no_grad():
            return net.eval()(batch).points

    return cpu_seconds(evaluate, repeats), cpu_seconds(
        lambda: net.train()(batch).points.square().mean().backward(), repeats
    )


def check_twins(voxels: Voxels) -> float:
    """Largest difference of the two paths relative to the largest value."""
    rows, weight = torch.randn(len(voxels.grid), 32), torch.randn(27, 32, 32)
    found = sparse_conv(rows, weight, voxels.grid.neighbours(3))
    with reference_ops():
        expected = sparse_conv_reference(rows, weight, neighbour_map(voxels.grid.keys, 3))
    return ((found - expected).abs().max() / expected.abs().max()).item()


def main(voxel: float = 0.03, seed: int = 0, repeats: int = 3, nets: bool = False, out: Path | None = None) -> int:
    """Compare, time, report; returns the exit code."""
    torch.set_num_threads(1)
    keep_freed_memory()
    room = generate(seed)
    xyz = torch.from_numpy(room.xyz.copy())
    voxels = voxelise(xyz, voxel)
    pairs = voxels.grid.neighbours(3)
    difference = check_twins(voxels)
    if not difference < 1e-5:
        print(f"the two paths disagree by {difference:.2g}: nothing was timed")
        return 1
    print(
        f"{len(xyz)} points, {len(voxels.grid)} voxels of {voxel} m, {len(pairs.source) / len(voxels.grid):.1f} pairs"
    )
    index = {
        "voxelise": cpu_seconds(lambda: voxelise(xyz, voxel), repeats),
        "kernel map": cpu_seconds(lambda: neighbour_map(voxels.grid.keys, 3), repeats),
    }
    for name, took in index.items():
        print(f"  {name:12s} {1e3 * took:7.1f} ms")
    peak = sgemm_peak(repeats)
    convs = {channels: time_conv(pairs, channels, repeats) for channels in CHANNELS}
    peak = max(peak, sgemm_peak(repeats))
    print(f"sgemm peak {peak / 1e9:.0f} GFLOP/s on one thread")
    shares = {}
    for channels, (forward, both) in convs.items():
        operations = 2 * len(pairs.source) * channels**2
        shares[channels] = (operations / forward / peak, 3 * operations / both / peak)
        print(
            f"  {channels:3d} channels: forward {1e3 * forward:7.1f} ms, {shares[channels][0]:.0%} of peak; "
            f"with backward {1e3 * both:7.1f} ms, {shares[channels][1]:.0%}"
        )
    steps = {}
    if nets:
        batch = PointBatch.of_scenes([(xyz, torch.cat([torch.from_numpy(room.rgb / 127.5 - 1).float(), xyz], 1))])
        for width in (16, 32):
            steps[width] = time_net(width, voxel, batch, max(1, repeats - 2))
            print(f"  unet7 of width {width}: forward {steps[width][0]:.2f} s, with backward {steps[width][1]:.2f} s")
    if out:
        facts = {"voxel": voxel, "voxels": len(voxels.grid), "pairs": len(pairs.source), "peak": peak}
        out.write_text(json.dumps(facts | {"index": index, "conv": convs, "share": shares, "unet7": steps}, indent=2))
    return verdict(f"96 channels: {min(shares[96]):.0%} of peak; claimed {CLAIM:.0%}", min(shares[96]) >= CLAIM)


if __name__ == "__main__":
    sys.exit(tyro.cli(main))
