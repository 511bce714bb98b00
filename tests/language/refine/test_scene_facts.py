"""Facts of a scene, and captions made from them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from tests.language.refine.rooms import LABELS, room_store

from sceneglot.language.refine.reader import Reader
from sceneglot.language.refine.scene_facts import MAX_RELATIONS, Relation, SceneFacts, judge_caption, scene_facts
from sceneglot.scenes import Utterance

READER = Reader(LABELS)
FACTS = SceneFacts(
    "office",
    (("desk", 1), ("office chair", 2), ("lamp", 1), ("window", 1)),
    (Relation("lamp", "on", ("desk",), "on"), Relation("office chair", "next to", ("desk",), "near")),
    "This is an office. There is a gray window.",
)


def test_facts_are_counted_and_inverted(tmp_path: Path) -> None:
    store = room_store(tmp_path / "data", 1)
    sentences = store.utterances()
    holds = Utterance("x", "room-0", "object_caption", "The desk has a lamp on it.", (0,), (3,), "supporting")
    facts = scene_facts(sentences[3], [*sentences, holds], store.objects("room-0"), "office", random.Random(1))
    assert dict(facts.counts) == {"desk": 1, "office chair": 2, "lamp": 1, "window": 1}
    # the left of a viewer is left out, "supporting" is told as "on" and not twice
    assert set(facts.relations) == set(FACTS.relations)
    told = json.loads(facts.to_json())
    assert told["room"] == "office" and sorted(told["relations"]) == ["lamp on desk", "office chair next to desk"]


def test_each_draw_is_another_subset_and_the_same_seed_the_same() -> None:
    objects = room_objects(40)
    sentences = [
        Utterance(f"r{i}", "s", "referral", f"The x is on {i}.", (i,), ((i + 1) % 40,), "on") for i in range(40)
    ]
    caption = Utterance("c", "s", "scene_caption", "A room.")
    one, same, other = (scene_facts(caption, sentences, objects, "", random.Random(seed)) for seed in (1, 1, 2))
    assert one == same and one != other and len(one.relations) == MAX_RELATIONS
    named = {label for r in one.relations for label in (r.subject, *r.anchors)}
    assert named <= {label for label, _ in one.counts}


def room_objects(count: int):
    import numpy as np

    from sceneglot.scenes import Objects

    labels = tuple(f"thing{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(count))
    return Objects(np.arange(count), labels, np.zeros((count, 3)), np.ones((count, 3)))


@pytest.mark.parametrize(
    "caption",
    [
        "An office with two office chairs and a desk.",
        "A lamp is on the desk, and there is a gray window. It is a good place for work!",
        "On the desk sits the lamp. An office chair is next to the desk.",
    ],
)
def test_captions_of_the_facts_pass(caption: str) -> None:
    assert judge_caption(FACTS, caption, READER) == ""


@pytest.mark.parametrize(
    ("caption", "reason"),
    [
        ("An office with three office chairs.", "counts wrongly: three office chair, not 2"),
        ("An office with several lamps.", "counts wrongly: several lamp, not 1"),
        ("An office with a sofa.", "adds a thing that the scene lacks: sofa"),
        ("An office with a quixotium.", "adds an unknown noun: quixotium"),
        ("The desk is on the lamp.", "claims a relation that was not told: on lamp"),
        ("The window is above the desk.", "claims a relation that was not told: above desk"),
        ("The lamp is left of the desk.", "claims a relation that was not told: left desk"),
        ("The desk is brown.", "adds the attribute: brown"),
        ("The office has no lamp.", "adds the negation: no"),
        ("Here is a description: a desk.", "talks about the task: 'here is a'"),
        ("desk " * 90, "too long"),
        ("", "empty answer"),
    ],
)
def test_captions_of_anything_else_do_not(caption: str, reason: str) -> None:
    assert judge_caption(FACTS, caption, READER) == reason
