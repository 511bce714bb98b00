"""Claim: the paper's backbone, forward and backward on 40,000 points, runs at least 2.2 times faster than plain torch.

Both sides run in one process on the same weights and the same room, in turns. The plain side is the usual pure-PyTorch
PointNet++: farthest point sampling as a loop over torch operations, ball query by a distance matrix, grouping before
the first layer, 1x1 convolutions on channels-first tensors. Their outputs are compared before anything is timed.

    python -m benchmarks.backbone [--points 40000] [--repeats 5] [--out FILE.json]

The last line says whether the claim held; the exit code is 1 if it did not.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from benchmarks.timing import verdict
from torch import Tensor
from torch.nn import functional as F

from sceneglot.nets.pointnet2 import Backbone, BackboneConfig, SetAbstraction, SharedMLP
from sceneglot.ops.dispatch import reference_ops
from sceneglot.ops.grouping import gather, group
from sceneglot.ops.interpolate import interpolate
from sceneglot.ops.neighbors import ball_query
from sceneglot.ops.sampling import farthest_points

CLAIM = 2.2


def room(points: int, seed: int = 0) -> Tensor:
    """(1, points, 3): floor, two walls and 18 boxes in 7 x 5 x 2.7 m, with 4 mm noise."""
    rng = np.random.default_rng(seed)
    xyz = rng.random((points, 3)) * [7, 5, 2.7]
    part = rng.integers(0, 4, points)
    xyz[part == 0, 2] = 0
    xyz[part == 1, 0] = 0
    xyz[part == 2, 1] = 5
    corner = rng.random((18, 3)) * [6, 4, 1]
    boxes = part == 3
    xyz[boxes] = corner[rng.integers(0, 18, boxes.sum())] + rng.random((boxes.sum(), 3)) * [1, 0.6, 0.8]
    return torch.tensor(xyz + rng.normal(0, 0.004, xyz.shape), dtype=torch.float32)[None]


def plain_mlp(mlp: SharedMLP, channels_first: Tensor) -> Tensor:
    """The shared MLP as 1x1 convolutions with 2-d batch norm on (B, C, M, K)."""
    x = channels_first
    for linear, norm in zip(mlp.linears, mlp.norms):
        x = F.conv2d(x, linear.get_parameter("weight")[:, :, None, None])
        weight, bias = norm.get_parameter("weight"), norm.get_parameter("bias")
        x = F.relu(F.batch_norm(x, None, None, weight, bias, training=True))
    return x


def plain_abstraction(layer: SetAbstraction, xyz: Tensor, features: Tensor | None) -> tuple[Tensor, Tensor]:
    """A set abstraction written straight down."""
    centers = gather(xyz, farthest_points(xyz, layer.config.points))
    index = ball_query(xyz, centers, layer.config.radius, layer.config.neighbors)
    grouped = group(xyz, centers, index, features, radius=layer.config.radius)
    return centers, plain_mlp(layer.mlp, grouped.permute(0, 3, 1, 2)).amax(3).transpose(1, 2)


def plain_backbone(net: Backbone, xyz: Tensor) -> Tensor:
    """Seed features (B, S, C) of the same network in plain torch."""
    clouds: list[Tensor] = [xyz]
    levels: list[Tensor | None] = [None]
    with reference_ops():
        for layer in net.abstractions:
            assert isinstance(layer, SetAbstraction)
            cloud, level = plain_abstraction(layer, clouds[-1], levels[-1])
            clouds.append(cloud)
            levels.append(level)
        up = levels[4]
        for propagation, coarse, fine in zip(net.propagations, (4, 3), (3, 2)):
            skip = levels[fine]
            assert up is not None and skip is not None and isinstance(propagation.mlp, SharedMLP)
            joined = torch.cat([interpolate(clouds[coarse], clouds[fine], up), skip], dim=-1)
            up = plain_mlp(propagation.mlp, joined.transpose(1, 2)[..., None])[..., 0].transpose(1, 2)
    assert up is not None
    return up


def seconds(forward: Callable[[], Tensor], net: Backbone) -> float:
    """One forward and backward pass."""
    net.zero_grad()
    start = time.perf_counter()
    forward().square().mean().backward()
    return time.perf_counter() - start


def main() -> int:
    """Compare, time, report; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=40_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()

    torch.manual_seed(0)
    net = Backbone(BackboneConfig()).train()
    xyz = room(args.points)
    sides: dict[str, Callable[[], Tensor]] = {
        "sceneglot": lambda: net(xyz).features,
        "plain torch": lambda: plain_backbone(net, xyz),
    }
    with torch.no_grad():  # also compiles the kernels
        difference = (sides["sceneglot"]() - sides["plain torch"]()).abs().max().item()
    if not difference < 1e-3:
        print(f"the two sides disagree by {difference:.2g}: nothing was timed")
        return 1
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(args.repeats):
        for name, forward in sides.items():
            times[name].append(seconds(forward, net))
    median = {name: statistics.median(values) for name, values in times.items()}
    ratio = median["plain torch"] / median["sceneglot"]
    print(f"{args.points} points, {torch.get_num_threads()} threads, {args.repeats} runs, same weights,", end=" ")
    print(f"largest difference of the seed features {difference:.1e}")
    for name, values in times.items():
        print(f"  {name:12s} {median[name]:6.3f} s   ({min(values):.3f} to {max(values):.3f})")
    if args.out:
        args.out.write_text(json.dumps({"points": args.points, "seconds": times, "ratio": ratio}, indent=2))
    return verdict(f"{ratio:.2f} times faster; claimed {CLAIM}", ratio >= CLAIM)


if __name__ == "__main__":
    sys.exit(main())
