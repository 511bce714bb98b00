"""CPU seconds of the backbones of scene parsing on one generated room: a training step without the optimiser.

    python -m benchmarks.point_backbones [--voxel 0.1] [--seed 0] [--repeats 3]

Process time on one thread, medians, so that other work on the machine disturbs it little. There is no claim to hold.
"""

from __future__ import annotations

import torch
import tyro
from benchmarks.timing import cpu_seconds

from sceneglot.nets.point_backbone import PointBatch
from sceneglot.nets.voxel_points import voxel_backbone
from sceneglot.ops.memory import keep_freed_memory
from sceneglot.ops.sparse import voxelise
from sceneglot.synth.generate import generate
from sceneglot.tasks.segmentation.spec import Inputs, SegmentationSpec, Size

SIZES: tuple[Size, ...] = ("tiny", "pointnet2", "point-transformer")


def main(voxel: float = 0.1, seed: int = 0, repeats: int = 3) -> None:
    """Time and report."""
    torch.set_num_threads(1)
    keep_freed_memory()
    room = generate(seed)
    xyz, color = torch.from_numpy(room.xyz.copy()), torch.from_numpy(room.rgb / 127.5 - 1).float()
    batch = PointBatch.of_scenes([(xyz, color)])
    print(f"{len(xyz)} points, {len(voxelise(xyz, voxel).grid)} voxels of {voxel} m")
    for size in SIZES:
        spec = SegmentationSpec("", (), size=size, voxel=voxel, inputs=Inputs(height=False, upright=False))
        net = voxel_backbone(spec.backbone()).train()
        with torch.no_grad():
            forward = cpu_seconds(lambda net=net: net(batch).points, repeats)
        both = cpu_seconds(lambda net=net: net(batch).points.square().mean().backward(), repeats)
        count = sum(parameter.numel() for parameter in net.parameters())
        print(f"  {size:18s} {count:9,} parameters: forward {forward:.2f} s, with backward {both:.2f} s")


if __name__ == "__main__":
    tyro.cli(main)
