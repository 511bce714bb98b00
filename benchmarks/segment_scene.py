"""Full-scene inference on a large cloud: CPU time and peak memory, by number of points and voxels per pass.

python -m benchmarks.segment_scene [--points 2000000] [--voxel 0.1] [--max-voxels 50000] [--guess-normals]

With `--guess-normals` what a scan without normals costs before that, instead. The cloud is a building of generated
rooms side by side; the network has random weights, which cost as much as others.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import psutil
import torch

from sceneglot.scenes import Scene
from sceneglot.scenes.scene import Source
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


def in_use() -> float:
    """MB of memory this process holds now; its peak so far may have been higher."""
    return psutil.Process().memory_info().rss / 2**20


def features_alone(points: int) -> None:
    """Time and memory of the features of a cloud whose normals have to be guessed."""
    xyz = building(points)[0]
    scene, few = (
        Scene(id="building", xyz=rows, rgb=np.zeros(rows.shape, np.uint8), source=Source("benchmark"))
        for rows in (xyz, xyz[:1000])
    )
    point_features(few, Inputs(color=False))  # compiled before it is timed
    before = in_use()
    start = time.process_time()
    point_features(scene, Inputs(color=False))
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{points:,} points without normals: {spent:.1f} CPU s, {peak - before:.0f} MB above the memory before")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=2_000_000)
    parser.add_argument("--voxel", type=float, default=0.1)
    parser.add_argument("--max-voxels", type=int, default=50_000)
    parser.add_argument("--guess-normals", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.guess_normals:
        features_alone(options.points)
        return
    spec = SegmentationSpec("scannet20", label_set("scannet20").classes, voxel=options.voxel)
    net = SegmentationNet(spec)
    xyz, features = building(options.points)
    before = in_use()
    start = time.process_time()
    found = predict(net, xyz, features, InferenceConfig(max_voxels=options.max_voxels))
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert found.label.shape == (options.points,) and np.isfinite(found.probability).all()
    print(f"{options.points:,} points, voxels of {options.voxel} m, at most {options.max_voxels:,} voxels per pass")
    print(f"{spent:.1f} CPU s on one thread; peak memory {peak:.0f} MB, {peak - before:.0f} MB above that before")


if __name__ == "__main__":
    main()
