"""How often a map grounder finds what is closest to, or farthest from, something: four fifths of Sr3D.

    python -m benchmarks.map_horizontal RUN STORE [--split val]

Sr3D's rule on the boxes of an object map: two to six objects of a label, an anchor that is the only one of its label,
0.2 m ahead of the runner-up; plain sentences. Boxes stand for points: on eleven real scans the box that is nearest is
the object whose points are nearest in 286 of 287 cases, and the farthest in 252 of 255.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sceneglot.language.drills.fact import Fact
from sceneglot.language.drills.layout import Layout
from sceneglot.language.drills.relations import LEAD, distance
from sceneglot.recipes.gps import phrase_book
from sceneglot.recipes.ground import load_grounder
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.grounding.data import GroundingCollator
from sceneglot.tasks.grounding.grounder import Grounder
from sceneglot.tasks.grounding.predict import by_scene, predict

WORDS = {
    "closest": ("closest to", "near", "next to", "beside"),
    "farthest": ("farthest from", "far away from"),
}
VERBS = ("choose the", "find the", "the", "select the")


def plain_facts(objects: Objects) -> Iterator[tuple[str, str, Fact]]:
    """(label, anchor's label, fact) by Sr3D's rule."""
    at = Layout.of(objects)
    groups = at.groups()
    single = {int(rows[0]) for rows in groups.values() if len(rows) == 1}
    for label, rows in groups.items():
        if not 2 <= len(rows) <= 6:
            continue
        for fact in distance(at, rows, groups):
            anchor = fact.anchors[0]
            ordered = sorted(at.gap[rows, anchor])
            leads = ordered[1] - ordered[0] if fact.word == "closest" else ordered[-1] - ordered[-2]
            if fact.word in WORDS and anchor in single and leads > LEAD:
                yield label, at.label[anchor], fact


def sentences(store: Store, scene_ids: tuple[str, ...]) -> Iterator[Utterance]:
    """One sentence per fact."""
    number = 0
    for scene_id in scene_ids:
        objects = store.objects(scene_id)
        for label, anchor, fact in plain_facts(objects):
            words = WORDS[fact.word][number % len(WORDS[fact.word])]
            text = f"{VERBS[number % len(VERBS)]} {label} that is {words} the {anchor}"
            target = (int(objects.id[fact.row]),)
            yield Utterance(str(number), scene_id, "referral", text, target, relation=fact.word)
            number += 1


def main() -> None:
    """Print the accuracy of both relations."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("run", type=Path)
    options.add_argument("store", type=Path)
    options.add_argument("--split", default="val")
    chosen = options.parse_args()
    store, grounder = Store.open(chosen.store), load_grounder(chosen.run)
    if not isinstance(grounder, Grounder):
        raise SystemExit(f"{chosen.run}: is not a grounder on object maps")
    said = list(sentences(store, tuple(store.split(chosen.split))))
    collate = GroundingCollator(phrase_book(store, grounder.spec, [u.text for u in said]))
    right, count = Counter[str](), Counter[str]()
    for answer in predict(grounder.net, by_scene(said, store.objects), collate):
        count[answer.sentence.relation] += 1
        right[answer.sentence.relation] += answer.is_right
    for relation in sorted(count):
        share = 100 * right[relation] / count[relation]
        print(f"{relation}: {share:.1f} % of {count[relation]:,} sentences, {len(store.split(chosen.split))} scenes")


if __name__ == "__main__":
    main()
