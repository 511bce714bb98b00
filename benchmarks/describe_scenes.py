"""Claim: one core makes at least 2,000 checked sentences per second, graphs included.

Tables of 35 random labelled boxes in a room of 6 x 6 m, as many as a ScanNet scene has; one graph per scene.

    python benchmarks/describe_scenes.py [--scenes 60] [--out FILE.json]

Times are processor time, so that a busy machine does not spoil them. The last line says whether the claim held; the
exit code is 1 if it did not.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from sceneglot.graph import build_graph
from sceneglot.language import describe
from sceneglot.scenes.objects import Objects

CLAIM = 2000
LABELS = (
    "chair", "office chair", "table", "desk", "bed", "lamp", "cabinet", "monitor", "books", "door", "window", "picture",
    "trash can", "couch", "pillow", "bookshelf", "kitchen counter", "sink", "tv", "curtain", "backpack", "plant",
)  # fmt: skip


def tables(count: int, rows: int = 35) -> list[Objects]:
    """`count` random tables, the same on every run."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(count):
        size = rng.uniform(0.1, 1.2, (rows, 3))
        center = rng.uniform((-3, -3, 0), (3, 3, 2), (rows, 3))
        standing = rng.random(rows) < 0.6
        center[standing, 2] = size[standing, 2] / 2
        labels = tuple(str(label) for label in rng.choice(LABELS, rows))
        made.append(Objects(np.arange(rows), labels, center, size, rng.integers(0, 256, (rows, 3)).astype(np.uint8)))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--out", type=Path, default=None)
    arguments = parser.parse_args()
    scenes = tables(arguments.scenes)
    describe(build_graph(scenes[0]))  # reads the data files
    start = time.process_time()
    graphs = [build_graph(objects, scene_id=f"s{i}") for i, objects in enumerate(scenes)]
    built = time.process_time()
    sentences = sum(len(describe(graph)) for graph in graphs)
    done = time.process_time()
    result = {
        "scenes": len(scenes),
        "graphs_per_second": len(scenes) / (built - start),
        "sentences_per_second": sentences / (done - start),
        "claim": CLAIM,
    }
    print(json.dumps(result, indent=2))
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    held = result["sentences_per_second"] >= CLAIM
    print(f"claim {'held' if held else 'FAILED'}: {result['sentences_per_second']:.0f} sentences/s, claimed {CLAIM}")
    sys.exit(not held)


if __name__ == "__main__":
    main()
