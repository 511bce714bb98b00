"""How many spoilt sentences the judge of `refine` turns down, and how many unspoilt ones it lets pass.

    python -m benchmarks.refine_judge STORE [--scenes 100]

Takes the referrals of a described store, spoils each in one place in every way that applies (another colour, the
opposite relation, two things swapped, one thing replaced, one added, a denial) and asks the judge.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sceneglot.language.colors import COLOR_WORDS
from sceneglot.language.refine.judge import judge_referral
from sceneglot.language.refine.reader import Reader
from sceneglot.scenes.store import Store

OPPOSITES = (
    ("left", "right"), ("right", "left"), ("above", "below"), ("below", "above"), ("closest", "farthest"),
    ("largest", "smallest"), ("in front of", "behind"), ("behind", "in front of"), ("next to", "on"),
)  # fmt: skip
ADDED = ("piano", "chandelier", "harp", "statue")


def spoilt(text: str, labels: tuple[str, ...], reader: Reader, rng: random.Random) -> Iterator[tuple[str, str]]:
    """(way, sentence) for every way to spoil a sentence."""
    for a, b in OPPOSITES:
        yield "relation", re.sub(rf"\b{a}\b", b, text, count=1)
    for color in COLOR_WORDS:
        other = rng.choice([c for c in COLOR_WORDS if c != color])
        yield "color", re.sub(rf"\b{color}\b", other, text, count=1)
    things = list(dict.fromkeys(reader.read(text).things))[:2]
    if len(things) == 2 and things[0] not in things[1] and things[1] not in things[0]:
        a, b = things
        if a in text and b in text:
            yield "swap", text.replace(a, "\0").replace(b, a).replace("\0", b)
        yield "other thing", text.replace(b, rng.choice(labels), 1)
    yield "new thing", text.rstrip(".") + f" near the {rng.choice(ADDED)}."
    yield "denial", re.sub(r"\bis\b", "is not", text, count=1)


def main() -> None:
    """Print turned down / spoilt per way, and how many unspoilt sentences pass."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("store", type=Path)
    options.add_argument("--scenes", type=int, default=100)
    chosen = options.parse_args()
    store = Store.open(chosen.store)
    ids = set(store.scene_ids[:: max(1, len(store) // chosen.scenes)])
    objects = {scene_id: store.objects(scene_id) for scene_id in ids}
    reader = Reader({label for table in objects.values() for label in table.label})
    rng, made, caught = random.Random(0), Counter[str](), Counter[str]()
    passed = unspoilt = 0
    start = time.process_time()
    for utterance in store.utterances(name="templates", kind="referral"):
        table = objects.get(utterance.scene_id)
        if table is None:
            continue
        target = table.label[table.row_of[utterance.target_ids[0]]]
        one = utterance.text.rstrip(".").replace(". ", "; ") + "."
        unspoilt += 1
        passed += not judge_referral(utterance.text, one, reader, target, table.label)
        for way, text in spoilt(one, table.label, reader, rng):
            if text != one:
                made[way] += 1
                caught[way] += bool(judge_referral(utterance.text, text, reader, target, table.label))
    seconds = time.process_time() - start
    print(f"unspoilt: {passed:,} of {unspoilt:,} pass")
    for way, count in made.items():
        print(f"{way:12s} {caught[way]:6,} of {count:6,} turned down")
    total = sum(made.values())
    print(f"all          {sum(caught.values()):6,} of {total:6,}; {seconds / (total + unspoilt) * 1e3:.2f} ms CPU each")


if __name__ == "__main__":
    main()
