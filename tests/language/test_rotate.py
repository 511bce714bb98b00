"""Text under rotation and in the mirror."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from tests.language.rooms import office, office_graph

from sceneglot.graph import build_graph
from sceneglot.language import describe
from sceneglot.language.predicates import Predicate
from sceneglot.language.referrals import referrals
from sceneglot.language.rotate import MIRRORED_RELATION, mirror_text, turn_utterance, turn_utterances
from sceneglot.language.speaker import Speaker
from sceneglot.language.verify import Checker
from sceneglot.scenes.utterance import Utterance


def moved(objects, quarter_turns=0, mirror=False):
    """A table after mirroring x and turning by quarters."""
    flip = np.diag([-1.0 if mirror else 1.0, 1.0, 1.0])
    c, s = round(math.cos(quarter_turns * math.pi / 2)), round(math.sin(quarter_turns * math.pi / 2))
    motion = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ flip
    size = np.abs(motion) @ objects.size.T.astype(np.float64)
    return replace(objects, center=objects.center @ motion.T, size=size.T, front=objects.front @ motion.T)


def in_mirror(predicate):
    def said(s):
        return s._replace(word=MIRRORED_RELATION.get(s.word, s.word), via=tuple(said(v) for v in s.via))

    return Predicate(predicate.kind, tuple(said(s) for s in predicate.clauses))


@pytest.mark.parametrize(("turns", "mirror"), [(1, False), (2, False), (0, True), (3, True)])
def test_referrals_still_single_out_their_target(turns, mirror):
    made = [r for seed in range(8) for r in referrals(Speaker.of(office_graph()), random.Random(seed), seed, 3)]
    graph = build_graph(moved(office(), turns, mirror), scene_id="office-1")
    checker = Checker(graph.objects, graph.viewer.position)
    sided = 0
    for r in made:
        kept = turn_utterance(r.utterance, turns * math.pi / 2, mirror=mirror)
        predicate = in_mirror(r.predicate) if mirror else r.predicate
        assert kept is not None and checker.meant(predicate) == kept.target_ids
        sided += kept.text != r.utterance.text
        if mirror and kept.text != r.utterance.text:
            words = [s.word for s in predicate.clauses] + [v.word for s in predicate.clauses for v in s.via]
            assert any(word in MIRRORED_RELATION for word in words)
    assert (sided > 10) == mirror


def test_mirror_text():
    assert mirror_text("Left of the bed; the leftmost one, on your right-hand side.") == (
        "Right of the bed; the rightmost one, on your left-hand side."
    )
    assert (
        mirror_text("Right next to the box, right by the left door.")
        == "Right next to the box, right by the right door."
    )
    for u in describe(office_graph(), seed=4):
        assert mirror_text(mirror_text(u.text)) == u.text


def test_situations_turn_with_the_scene():
    asked = Utterance(
        "a", "s", "situated_question", "Is it on my left?", source="template:x", view_dependent=True,
        situation="I am here.", position=(1.0, 2.0, 0.5), heading=0.0,
    )  # fmt: skip
    turned = turn_utterance(asked, math.pi / 2)
    assert turned.position == pytest.approx((-2.0, 1.0, 0.5)) and turned.heading == pytest.approx(math.pi / 2)
    assert turned.text == asked.text
    flipped = turn_utterance(asked, 0.0, mirror=True)
    assert flipped.position == pytest.approx((-1.0, 2.0, 0.5)) and abs(flipped.heading) == pytest.approx(math.pi)
    assert flipped.text == "Is it on my right?"


def test_relations_of_drills_turn_over_with_their_words():
    swaps = {"leftmost": "rightmost", "second from left": "second from right", "front left": "front right",
             "look left": "look right", "left": "right", "closest": "closest", "in front": "in front"}  # fmt: skip
    for one, other in swaps.items():
        said = Utterance("a", "s", "referral", f"the {one} one", relation=one, source="template:drill")
        flipped = turn_utterance(said, 0.0, mirror=True)
        assert (flipped.text, flipped.relation) == (f"the {other} one", other)


def test_what_cannot_be_mended_is_dropped():
    human = Utterance("a", "s", "referral", "The chair left of the desk.", source="human:nr3d", view_dependent=True)
    plain = Utterance("b", "s", "referral", "The chair right next to the desk.", source="human:nr3d")
    assert list(turn_utterances([human, plain], 1.0, turns_with=False)) == [plain]
    assert list(turn_utterances([human, plain], 0.0, mirror=True)) == [plain]
    assert list(turn_utterances([human, plain], 2 * math.pi)) == [human, plain]
