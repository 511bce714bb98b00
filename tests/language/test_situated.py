"""Situated questions: answers recomputed from position and heading."""

import math
import random

import numpy as np
from tests.language.rooms import office, office_graph

from sceneglot.language.facts import SceneFacts
from sceneglot.language.situated import situated_questions
from sceneglot.language.verify import Checker
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance


def made(seeds=range(12)) -> list[Utterance]:
    facts, checker = SceneFacts(office_graph()), checker_of_the_office()
    return [u for seed in seeds for u in situated_questions(facts, checker, random.Random(seed), seed, 20)]


def checker_of_the_office() -> Checker:
    return Checker(office(), office_graph().viewer.position)


def bearing(u: Utterance, target: int) -> float:
    """Degrees from the asker's heading to an object's centre, left positive."""
    x, y = office().center[target, :2] - np.array(u.position[:2])
    return math.degrees(math.remainder(math.atan2(y, x) - u.heading, 2 * math.pi))


def test_every_direction_is_where_it_is_said_to_be():
    quarter = {"left": 90, "right": -90, "in front": 0, "behind": 180, "around": 180}
    seen = set()
    for u in made():
        if len(u.target_ids) == 1 and u.answers[0] in quarter:
            seen.add(u.answers[0])
            off = math.remainder(math.radians(bearing(u, u.target_ids[0]) - quarter[u.answers[0]]), 2 * math.pi)
            assert abs(math.degrees(off)) <= 45, u
    assert seen == set(quarter)


def test_yes_no_and_counts_agree_with_their_targets():
    sides = {"left": 90, "right": -90, "behind": 180, "back": 180, "front": 0, "ahead": 0}
    answers = set()
    for u in made():
        family = u.source.rpartition("+")[2].rsplit("-", 1)[0]
        side = next((s for s in sides if f" {s} " in f" {u.text.rstrip('?')} "), "")
        if family == "is-it":
            off = math.remainder(math.radians(bearing(u, u.target_ids[0]) - sides[side]), 2 * math.pi)
            answers.add(u.answers[0])
            assert (abs(math.degrees(off)) <= 45) == (u.answers == ("yes",)), u
        if family in ("is-there", "count"):
            assert (len(u.target_ids) > 0) == (u.answers[0] not in ("no", "0")), u
        if family == "count":
            assert u.answers[0] == str(len(u.target_ids))
    assert answers == {"yes", "no"}


def test_people_stand_where_there_is_room():
    objects = office()
    for u in made():
        position = np.array(u.position[:2])
        inside = ((objects.low[:, :2] < position) & (objects.high[:, :2] > position)).all(1) & (
            objects.size[:, 2] > 0.3
        )
        assert u.source.startswith("template:sitting") or not inside.any(), u.situation
        assert u.situation.endswith(".") and " i " not in u.situation and u.view_dependent and u.answers


def test_they_survive_the_store(tmp_path):
    asked = made(range(2))
    store = Store.create(tmp_path / "data", origin="test", licence="CC0-1.0")
    store.write_utterances("situated", asked)
    assert store.utterances(name="situated") == asked
    assert store.utterances(name="situated", kind="question") == []
