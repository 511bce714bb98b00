"""Claim: the independent checker finds exactly the targets of every referral, before any is dropped.

`describe` drops what the checker does not confirm, so its output proves nothing; this audit draws references from the
generator alone, and several targets or none as well, and counts by relation what the checker takes them to mean.

    sceneglot import objects OBJECTS.json.gz STORE
    python -m benchmarks.audit_referrals STORE [--referrals 2000]

The last line says whether the claim held; the exit code is 1 if it did not.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sceneglot.graph import build_graph
from sceneglot.language.predicates import Predicate
from sceneglot.language.referrals import find
from sceneglot.language.speaker import Speaker
from sceneglot.scenes.store import Store


def references(store: Store, count: int) -> Iterator[tuple[str, Speaker, Predicate, int]]:
    """`count` random references, few of each scene: scene id, speaker, what is claimed, row that is meant."""
    rng = random.Random(0)
    ids = list(store.scene_ids)
    rng.shuffle(ids)
    made, per_scene = 0, max(8, -(-count // max(len(ids), 1)))
    while made < count:
        before = made
        for scene_id in ids:
            speaker = Speaker.of(build_graph(store.objects(scene_id), scene_id=scene_id))
            rows = np.flatnonzero(speaker.facts.spoken).tolist()
            for row in rng.choices(rows, k=per_scene) if rows else ():
                reference = find(speaker.finder, row, rng)
                if reference is not None and made < count:
                    made += 1
                    yield scene_id, speaker, reference.predicate, row
            if made >= count:
                return
        if made == before:
            return  # nothing can be singled out in any scene


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--referrals", type=int, default=2000)
    arguments = parser.parse_args()
    audited: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for scene_id, speaker, predicate, row in references(Store.open(arguments.store), arguments.referrals):
        words = "+".join(said.word + ("(chain)" if said.via else "") for said in predicate.clauses[:1]) or "no relation"
        audited[words] += 1
        meant = speaker.checker.rows_meant(predicate)
        if meant != [row]:
            wrong[words] += 1
            print(f"{scene_id}: row {row} was meant, the checker finds {meant}: {predicate}")
    for words, number in audited.most_common():
        print(f"{words:20s} {number:6d} {wrong[words]:4d} wrong")
    held = audited.total() >= arguments.referrals and not wrong
    print(f"claim {'held' if held else 'FAILED'}: {wrong.total()} of {audited.total()} referrals not confirmed")
    sys.exit(not held)


if __name__ == "__main__":
    main()
