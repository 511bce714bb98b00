"""Full-scene inference on a large cloud: CPU time and peak memory, by number of points and voxels per pass.

python -m benchmarks.segment_scene [--points 2000000] [--voxel 0.1] [--max-voxels 50000]

The cloud is a building of generated rooms side by side; the network has random weights, which cost as much as others.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import torch

from sceneglot.synth.generate import generate
from sceneglot.tasks.segmentation.data import point_features
from sceneglot.tasks.segmentation.inference import InferenceConfig, predict
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.net import SegmentationNet
from sceneglot.tasks.segmentation.spec import Inputs, SegmentationSpec


def building(points: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) positions and (N, C) features of one generated room repeated on a square grid, 8 m apart."""
    room = generate(seed=1)
    copies = -(-points // len(room))
    side = int(np.ceil(np.sqrt(copies)))
    places = np.array([(x, y, 0) for x in range(side) for y in range(side)][:copies], np.float32) * 8
    xyz = (room.xyz[None] + places[:, None]).reshape(-1, 3)[:points]
    return np.ascontiguousarray(xyz), np.tile(point_features(room, Inputs()), (copies, 1))[:points]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=2_000_000)
    parser.add_argument("--voxel", type=float, default=0.1)
    parser.add_argument("--max-voxels", type=int, default=50_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    spec = SegmentationSpec("scannet20", label_set("scannet20").classes, voxel=options.voxel)
    net = SegmentationNet(spec)
    xyz, features = building(options.points)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    found = predict(net, xyz, features, InferenceConfig(max_voxels=options.max_voxels))
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert found.label.shape == (options.points,) and np.isfinite(found.probability).all()
    print(f"{options.points:,} points, voxels of {options.voxel} m, at most {options.max_voxels:,} voxels per pass")
    print(f"{spent:.1f} CPU s on one thread; peak memory {peak:.0f} MB, {peak - before:.0f} MB above that before")


if __name__ == "__main__":
    main()
