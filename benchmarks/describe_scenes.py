"""Claim: one core makes at least 10,000 checked sentences per second, from tables of boxes to the Parquet file.

Referrals and captions, 40 of each per object: about 2,000 texts per scene, as many as SceneVerse has. Graphs, checking
of every referral and writing are included. The scenes are those of a store of object maps

    sceneglot import objects OBJECTS.json.gz STORE
    python -m benchmarks.describe_scenes --store STORE [--scenes 60] [--out FILE.json]

or, without --store, tables of 35 random labelled boxes in a room of 6 x 6 m, as many as a ScanNet scene has. The second
figure is for the settings of `sceneglot describe` without options (2 per object, 40 questions), where what has to be
computed once per scene weighs more.

Times are processor time, so that a busy machine does not spoil them. The last line says whether the claim held; the
exit code is 1 if it did not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from sceneglot.graph import build_graph
from sceneglot.language.describe import Wanted, describe_as
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.store import Store
from sceneglot.scenes.tables import write_utterances

CLAIM = 10_000
LABELS = (
    "chair", "office chair", "table", "desk", "bed", "lamp", "cabinet", "monitor", "books", "door", "window", "picture",
    "trash can", "couch", "pillow", "bookshelf", "kitchen counter", "sink", "tv", "curtain", "backpack", "plant",
)  # fmt: skip
MANY = Wanted(("referral", "object_caption", "scene_caption"), per_object=40, scene_captions=40)
FEW = Wanted()


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


def measure(scenes: list[Objects], wanted: Wanted, folder: Path) -> dict[str, float]:
    """Sentences per second of processor time, and where the time went."""
    start = time.process_time()
    graphs = [build_graph(objects, scene_id=f"s{index}") for index, objects in enumerate(scenes)]
    built = time.process_time()
    made = [utterance for graph in graphs for utterance in describe_as(graph, wanted)]
    told = time.process_time()
    write_utterances(folder / "sentences.parquet", made)
    done = time.process_time()
    return {
        "sentences": len(made),
        "sentences_per_second": len(made) / (done - start),
        "graph_seconds": built - start,
        "sentence_seconds": told - built,
        "write_seconds": done - told,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, default=None)
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--out", type=Path, default=None)
    arguments = parser.parse_args()
    if arguments.store is not None:
        store = Store.open(arguments.store)
        step = max(1, len(store.scene_ids) // arguments.scenes)
        scenes = [store.objects(scene_id) for scene_id in store.scene_ids[::step][: arguments.scenes]]
    else:
        scenes = tables(arguments.scenes)
    describe_as(build_graph(scenes[0]), FEW)  # reads the data files, loads compiled rules
    with tempfile.TemporaryDirectory() as folder:
        many, few = (measure(scenes, wanted, Path(folder)) for wanted in (MANY, FEW))
    result = {"scenes": len(scenes), "many_per_object": many, "default_settings": few, "claim": CLAIM}
    print(json.dumps(result, indent=2))
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    rate = many["sentences_per_second"]
    print(f"claim {'held' if rate >= CLAIM else 'FAILED'}: {rate:.0f} sentences/s, claimed {CLAIM}")
    sys.exit(rate < CLAIM)


if __name__ == "__main__":
    main()
