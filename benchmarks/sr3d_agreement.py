"""Claim: given the anchors and the relation, the graph picks the target that Sr3D names, in at least 90 % of its rows.

Sr3D (ReferIt3D) singles out one of two to six objects of a class by a relation to one or two anchors of other classes.
For each of its rows the graph of the scene is built from the table of labelled boxes alone, and asked which of the
candidates stands in the relation. Needs a local data folder (SCENEGLOT_REAL_DATA) with the object tables
(`meta/scannet/scannet_objects_train.json.gz`) and rows of Sr3D (`language/referit3d/sr3d*.csv`).

    python -m benchmarks.sr3d_agreement [FOLDER] [--examples 5] [--out FILE.json]

Columns: `picked` the candidate that fits best is the target; `asserted` the graph would say it of the target; `alone`
and of no other candidate; `doubtful` it would neither say it of the target nor deny it; `denied` it would deny it. The
exit code is 1 if a type with a claim falls short.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.graph import SceneGraph, build_graph
from sceneglot.graph.pick import candidate_margins, pick
from sceneglot.graph.relations import Margins
from sceneglot.scenes.importers.objects import object_jobs

CLAIM = 0.9
CLAIMED = ("supporting", "supported-by", "above", "below", "between")

RELATIONS: dict[str, tuple[str, ...]] = {
    "supporting": ("supporting", "containing"),
    "supported-by": ("on", "placed_in", "inside", "embedded"),
    "above": ("above", "on"),
    "below": ("below", "under", "supporting"),
    "between": ("between",),
    "front": ("at_front",),
    "back": ("at_back",),
    "left": ("at_left",),
    "right": ("at_right",),
    "closest": ("closest",),
    "farthest": ("farthest",),
}
"""Sr3D's reference type -> relations of the graph that make it true."""


@dataclass
class Tally:
    """Counts of one reference type, and rows whose target was not picked."""

    rows: int = 0
    picked: int = 0
    asserted: int = 0
    alone: int = 0
    doubtful: int = 0
    denied: int = 0
    missed: list[str] = field(default_factory=list)

    def add(self, margins: Margins, name: str) -> None:
        """Count a row; the target is the first candidate."""
        sure, maybe = margins
        self.rows += 1
        self.asserted += bool(sure[0] > 0)
        self.alone += bool(sure[0] > 0 and (sure[1:] <= 0).all())
        self.denied += bool(maybe[0] < 0)
        self.doubtful += bool(sure[0] <= 0 <= maybe[0])
        if pick(margins) == 0:
            self.picked += 1
        else:
            pairs = "  ".join(f"{s:.2f}/{m:.2f}" for s, m in zip(sure, maybe))
            self.missed.append(f"{name}: target {pairs.replace('  ', ', others ', 1)}")


def rows_of(folder: Path) -> Iterator[dict[str, str]]:
    """All rows of Sr3D in the folder."""
    files = sorted((folder / "language/referit3d").glob("sr3d*.csv"))
    if not files:
        raise SceneglotError(f"{folder}: no rows of Sr3D (language/referit3d/sr3d*.csv)")
    for path in files:
        with path.open(newline="", encoding="utf-8") as file:
            yield from csv.DictReader(file)


def agreement(folder: Path) -> tuple[dict[str, Tally], int]:
    """Tallies by reference type, and how many rows name scenes or objects that the tables lack."""
    jobs = {job.scene_id: job for job in object_jobs(folder / "meta/scannet/scannet_objects_train.json.gz")}
    graphs: dict[str, SceneGraph] = {}
    tallies: dict[str, Tally] = defaultdict(Tally)
    unknown = 0
    for row in rows_of(folder):
        scene = row["scan_id"]
        if scene not in graphs and scene in jobs:
            graphs[scene] = build_graph(jobs[scene].load())
        targets = [int(row["target_id"]), *json.loads(row["distractor_ids"])]
        anchors = json.loads(row["anchor_ids"])
        if scene not in graphs or not {*targets, *anchors} <= graphs[scene].objects.row_of.keys():
            unknown += 1
            continue
        graph, kind = graphs[scene], row["reference_type"]
        candidates, to = ([graph.objects.row_of[i] for i in ids] for ids in (targets, anchors))
        margins = candidate_margins(graph, RELATIONS[kind], candidates, to)
        labels = " and ".join(graph.objects.label[r] for r in to)
        tallies[kind].add(margins, f"{scene} {row['instance_type']} {targets[0]} to {labels} {anchors}")
    return tallies, unknown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("SCENEGLOT_REAL_DATA"))
    parser.add_argument("--examples", type=int, default=0, help="rows to show per type whose target was not picked")
    parser.add_argument("--out", type=Path, default=None)
    arguments = parser.parse_args()
    if arguments.folder is None:
        parser.error("give the data folder, or set SCENEGLOT_REAL_DATA")
    tallies, unknown = agreement(arguments.folder)
    names = ("picked", "asserted", "alone", "doubtful", "denied")
    print(f"{'type':14s}{'rows':>6s}" + "".join(f"{name:>10s}" for name in names))
    for kind in sorted(tallies, key=list(RELATIONS).index):
        t = tallies[kind]
        print(f"{kind:14s}{t.rows:6d}" + "".join(f"{getattr(t, name) / t.rows:10.1%}" for name in names))
        distinct = list(dict.fromkeys(t.missed))
        for at in np.linspace(0, len(distinct) - 1, min(arguments.examples, len(distinct))).astype(int):
            print(f"    {distinct[at]}")
    if unknown:
        print(f"{unknown} rows name scenes or objects that the tables lack")
    if arguments.out:
        arguments.out.write_text(json.dumps({k: asdict(t) for k, t in tallies.items()}, indent=2), encoding="utf-8")
    short = [kind for kind in CLAIMED if kind in tallies and tallies[kind].picked < CLAIM * tallies[kind].rows]
    verdict = f"FAILED for {', '.join(short)}" if short else "held"
    print(f"claim {verdict}: at least {CLAIM:.0%} picked for {', '.join(CLAIMED)}")
    sys.exit(bool(short))


if __name__ == "__main__":
    main()
