"""Claim: both over-segmentations of a cloud of 200,000 points take less than 1.5 s of CPU time on one thread.

    python -m benchmarks.regions [--points 200000] [--seed 0] [--repeats 3] [--scan FOLDER]

The cloud is a generated room sampled to that many points. Purity: share of points whose object is the commonest one of
their region. With `--scan`, a raw ScanNet folder, its mesh is segmented with ScanNet's settings and compared with the
stored segments: number of regions, adjusted Rand index, share of vertices in regions that are exactly equal. The last
line says whether the claim held; the exit code is 1 if it did not.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
import tyro
from benchmarks.timing import cpu_seconds, verdict
from sklearn.metrics import adjusted_rand_score

from sceneglot.regions.felzenszwalb import segment_cloud, segment_mesh
from sceneglot.regions.fpfh import fpfh
from sceneglot.regions.geometry import neighbour_lists, normals_and_curvature
from sceneglot.regions.growing import GrowingConfig, grow_regions
from sceneglot.scenes.readers.ply import read_ply
from sceneglot.synth.generate import generate
from sceneglot.synth.scan_config import ScanConfig

CLAIM = 1.5


def purity(region: np.ndarray, instance: np.ndarray) -> float:
    """Share of points that belong to the commonest instance of their region."""
    kinds = np.unique(instance, return_inverse=True)[1]
    table = np.zeros((region.max() + 1, kinds.max() + 1), np.int64)
    np.add.at(table, (region, kinds), 1)
    return float(table.max(1).sum() / len(region))


def agreement(folder: Path) -> str:
    """One line about our segments of a ScanNet mesh and the stored ones."""
    mesh = read_ply(next(folder.glob("*_vh_clean_2.ply")))
    stored = json.loads(next(folder.glob("*_vh_clean_2.*.segs.json")).read_text())["segIndices"]
    theirs = np.unique(stored, return_inverse=True)[1]
    assert mesh.faces is not None
    ours = segment_mesh(mesh.xyz, mesh.faces)
    row = np.unique(ours * (theirs.max() + 1) + theirs, return_inverse=True)[1]
    count = np.bincount(row)
    equal = (count[row] == np.bincount(ours)[ours]) & (count[row] == np.bincount(theirs)[theirs])
    rand = adjusted_rand_score(theirs, ours)
    counts = f"{ours.max() + 1} regions, stored {theirs.max() + 1}"
    return f"{counts}; adjusted Rand index {rand:.4f}; in equal regions {equal.mean():.1%}"


def main(points: int = 200_000, seed: int = 0, repeats: int = 3, scan: Path | None = None) -> int:
    """Time, report; returns the exit code."""
    torch.set_num_threads(1)
    room = generate(seed, config=ScanConfig(points=points, voxel=0.008))
    xyz, rgb = torch.from_numpy(room.xyz.copy()), torch.from_numpy(room.rgb.copy())
    assert room.instance is not None
    index = neighbour_lists(xyz, 16)[1]
    normal = normals_and_curvature(xyz, index)[0]
    parts = {
        "16 nearest neighbours": lambda: neighbour_lists(xyz, 16),
        "normals and curvature": lambda: normals_and_curvature(xyz, index),
        "FPFH of every point": lambda: fpfh(xyz, normal, index),
    }
    ways = {
        "Felzenszwalb": lambda: torch.from_numpy(segment_cloud(room.xyz)),
        "region growing": lambda: grow_regions(xyz, rgb),
        "region growing with FPFH": lambda: grow_regions(xyz, rgb, GrowingConfig(fpfh=0.985)),
    }
    print(f"{len(xyz)} points, one thread, CPU seconds")
    for name, run in parts.items():
        print(f"  {name:26s} {cpu_seconds(run, repeats):6.3f} s")
    slowest = 0.0
    for name, run in ways.items():
        took, region = cpu_seconds(run, repeats), run().numpy()
        slowest = max(slowest, took)
        print(f"  {name:26s} {took:6.3f} s   {region.max() + 1} regions, purity {purity(region, room.instance):.3f}")
    if scan:
        print(f"  {scan.name}: {agreement(scan)}")
    return verdict(f"slowest {slowest:.2f} s; claimed {CLAIM} s", slowest < CLAIM)


if __name__ == "__main__":
    sys.exit(tyro.cli(main))
