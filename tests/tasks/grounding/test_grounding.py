"""Batches, the network on real batches, scoring and use."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.tasks.grounding.maps import book, encode, room

from sceneglot.errors import SceneglotError
from sceneglot.language.drills import drills
from sceneglot.nets.gps.map_grounder import MapGrounderConfig, _mixed_odds
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.grounding.data import Candidates, GroundingCollator, SceneSentences, SentenceDataset
from sceneglot.tasks.grounding.evaluate import evaluate_grounding, report, select
from sceneglot.tasks.grounding.grounder import Grounder
from sceneglot.tasks.grounding.objective import GroundingObjective, grounding_objective
from sceneglot.tasks.grounding.predict import Grounded, predict
from sceneglot.tasks.grounding.spec import MapGroundingSpec
from sceneglot.train.checkpoint import net_tensors

SAID = Utterance("u", "r", "referral", "the chair closest to the door", (1,), (4,), relation="closest")


def small(count: int = 3) -> Objects:
    return room().select(list(range(count + 2)))


def test_batch_by_hand():
    batch = GroundingCollator(book())(
        [
            SceneSentences(
                Candidates.of("r", room()), (SAID, replace(SAID, text="a lamp", target_ids=(7,), anchor_ids=()))
            )
        ]
    )
    assert batch.scene_of.tolist() == [0, 0]
    assert batch.objects.mask.shape == (1, 7)  # the floor is no candidate
    assert batch.target[0].tolist() == [True, False, False, False, False, False, False]
    assert batch.anchor[0].tolist() == [False, False, False, True, False, False, False]
    assert batch.kind[0].tolist() == [True, True, True, False, False, False, False]
    assert batch.kind[1].tolist() == [False] * 5 + [True] * 2 and not batch.anchor[1].any()
    assert batch.complete.tolist() == [True, True]
    np.testing.assert_allclose(batch.objects.room[0].numpy(), [[0, 0, -0.1], [6, 4, 2.0]], atol=1e-6)
    np.testing.assert_allclose(batch.label[0, 3].numpy(), encode(["door"])[0], atol=1e-3)


def test_a_scene_without_candidates_is_an_error():
    with pytest.raises(SceneglotError, match="no labelled object"):
        Candidates.of("r", room().select([0]))


def test_cropping_keeps_what_is_spoken_of_and_its_rivals():
    scene = Candidates.of("r", room()).crop(4, [SAID], np.random.default_rng(0))
    assert {1, 2, 3, 4} == set(scene.objects.id.tolist())
    np.testing.assert_array_equal(scene.room, Candidates.of("r", room()).room)


def make(seed: int, weights: dict[str, float], scenes: tuple[str, ...] = ("r",), **sizes: int) -> SentenceDataset:
    sources = {"a": [SAID, replace(SAID, id="v", text="x")], "b": [replace(SAID, id="w", text="y")]}
    return SentenceDataset(sources, weights, lambda _: room(), scenes, 16, seed, **sizes)


def said(dataset: SentenceDataset, key: tuple[int, int]) -> list[str]:
    return [sentence.text for item in dataset[key] for sentence in item.sentences]


def test_draws_depend_on_seed_epoch_and_index_only():
    shares = {"a": 0.5, "b": 0.2, "drills": 0.3}
    assert said(make(0, shares), (1, 0)) == said(make(0, shares), (1, 0))
    assert said(make(0, shares), (1, 0)) != said(make(0, shares), (2, 0))
    assert set(said(make(0, {"a": 0.0, "b": 1.0}), (0, 0))) == {"y"}
    with pytest.raises(SceneglotError, match="nothing to train on"):
        SentenceDataset({"a": []}, {"a": 1.0}, lambda _: room(), ("r",), 4, 0)


def test_drills_are_drawn_afresh_with_their_targets():
    drawn = [s for epoch in range(3) for item in make(0, {"drills": 1.0})[(epoch, 0)] for s in item.sentences]
    assert len({s.text for s in drawn}) > 30
    assert all(room().label[s.target_ids[0]] in ("chair", "lamp") for s in drawn)


def test_every_scene_is_visited_once_an_epoch():
    dataset = make(0, {"drills": 1.0}, tuple("abcdefg"), group=3)
    assert len(dataset) == 3
    visited = [item.scene.scene_id for index in range(3) for item in dataset[(4, index)]]
    assert sorted(visited) == list("abcdefg")
    assert len(GroundingCollator(book())([dataset[(4, 0)], dataset[(4, 1)]]).scene_of) == 6 * 16


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return MapGroundingSpec().build().eval()


def items(*objects: Objects) -> list[SceneSentences]:
    return [SceneSentences(Candidates.of(f"r{i}", o), (SAID,)) for i, o in enumerate(objects)]


def test_padding_and_batch_mates_do_not_matter(net):
    """A small room beside a large one is padded; its scores stay those it has alone."""
    collate = GroundingCollator(book())
    alone = collate(items(small()))
    both = collate(items(room(), small()))
    one = net(alone.objects, alone.label, alone.scene_of, alone.words)
    two = net(both.objects, both.label, both.scene_of, both.words)
    for name in ("target", "anchor", "kind"):
        torch.testing.assert_close(getattr(two, name)[1, :4], getattr(one, name)[0], atol=1e-4, rtol=1e-4)
        assert (getattr(two, name)[1, 4:] < -1e30).all()


def test_shuffled_objects_give_shuffled_scores(net):
    collate, order = GroundingCollator(book()), [0, 5, 2, 7, 1, 3, 6, 4]
    plain, mixed = (next(iter(predict(net, items(o), collate))) for o in (room(), room().select(order)))
    assert plain.ids.tolist() == mixed.ids.tolist()
    np.testing.assert_allclose(plain.scores, mixed.scores, atol=1e-5)


def test_loss_falls_and_reaches_every_parameter():
    torch.manual_seed(0)
    net, collate = MapGroundingSpec().build(), GroundingCollator(book())
    said = tuple(drills(room(), "r", 0, 6))
    batch = collate([SceneSentences(Candidates.of("r", room()), said)])
    optimizer = torch.optim.Adam(net.parameters(), 2e-3)
    losses = []
    for _ in range(12):
        optimizer.zero_grad()
        total, terms = grounding_objective(net, batch, GroundingObjective())
        total.backward()
        missing = [name for name, p in net.named_parameters() if p.grad is None]
        assert not missing
        optimizer.step()
        losses.append(float(terms["target"]))
    assert losses[-1] < 0.7 * losses[0]


NOTHING = replace(SAID, id="n", kind="multi_referral", text="any bathtub", target_ids=(), anchor_ids=())
CHAIRS = replace(SAID, id="c", kind="multi_referral", text="all chairs", target_ids=(1, 2, 3), anchor_ids=())


@pytest.fixture(scope="module")
def judge():
    """A network that judges every object by itself, after a few steps on a room."""
    torch.manual_seed(0)
    net, collate = MapGroundingSpec(MapGrounderConfig(several=True)).build(), GroundingCollator(book())
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    batch = collate([SceneSentences(Candidates.of("r", room()), (NOTHING, CHAIRS, SAID))])
    for _ in range(60):
        optimizer.zero_grad()
        total, terms = grounding_objective(net, batch, GroundingObjective())
        total.backward()
        assert not [name for name, p in net.named_parameters() if p.grad is None]
        optimizer.step()
    assert float(terms["member"]) < 0.3
    return net.eval()


def test_none_one_and_several_are_told_apart(judge):
    scene = Candidates.of("r", room())
    found = predict(judge, [SceneSentences(scene, (NOTHING, CHAIRS, SAID))], GroundingCollator(book()))
    none, several, one = (set(answer.meant) for answer in found)
    assert none == set() and several == {1, 2, 3} and one == {1}


def test_objects_judged_by_themselves_do_not_mind_padding(judge):
    collate = GroundingCollator(book())
    alone, both = collate(items(small())), collate(items(room(), small()))
    one = judge(alone.objects, alone.label, alone.scene_of, alone.words).member
    two = judge(both.objects, both.label, both.scene_of, both.words).member
    torch.testing.assert_close(two[1, :4], one[0], atol=1e-3, rtol=1e-3)
    assert (two[1, 4:] < -1e30).all()


def test_the_only_object_of_a_scene_can_be_meant(judge):
    """It has no anchor to be told by: clauses say nothing of it, as they do where a sentence has none."""
    collate, only = GroundingCollator(book()), room().select([1])
    said = (replace(SAID, text="the chair", anchor_ids=()), NOTHING)
    alone = collate([SceneSentences(Candidates.of("r", only), said)])
    beside = SceneSentences(Candidates.of("s", room()), (SAID,))
    both = collate([beside, SceneSentences(Candidates.of("r", only), said)])
    one, two = (judge(b.objects, b.label, b.scene_of, b.words) for b in (alone, both))
    torch.testing.assert_close(two.member[1:, :1], one.member, atol=1e-3, rtol=1e-3)
    chair, bathtub = one.member[:, 0].tolist()
    assert bathtub < 0 < chair


def test_sentences_with_a_target_that_is_no_candidate_are_not_taken_for_nothing():
    """The floor cannot be pointed at: nothing says that the other objects are not meant."""
    net, collate = MapGroundingSpec(MapGrounderConfig(several=True)).build(), GroundingCollator(book())
    floor = replace(NOTHING, target_ids=(0,))
    batch = collate([SceneSentences(Candidates.of("r", room()), (floor,))])
    assert batch.complete.tolist() == [False]
    assert float(grounding_objective(net, batch, GroundingObjective())[1]["member"]) == 0


def test_odds_of_the_mixture_over_viewers():
    shares, by_viewer = torch.tensor([0.25, 0.75]), torch.tensor([[0.9, 0.2], [0.5, 0.4]])
    odds = _mixed_odds(torch.logit(by_viewer)[None, None], shares.log()[None, None])
    torch.testing.assert_close(odds.sigmoid().flatten(), shares @ by_viewer)


def test_a_network_for_one_object_has_no_level_and_no_opinion_on_several(net):
    assert not [name for name, _ in net.named_parameters() if name.startswith("level")]
    found = next(iter(predict(net, items(room()), GroundingCollator(book()))))
    assert found.members is None and found.meant == (found.chosen,)


def answer(sentence: Utterance, chosen: int) -> Grounded:
    ids = np.array([chosen, *(i for i in range(1, 8) if i != chosen)])
    return Grounded(sentence, ids, np.linspace(1, 0, 7), np.zeros(7))


def test_report_by_hand():
    left = replace(SAID, id="v", text="the lamp on the left", target_ids=(7,), relation="leftmost")
    found = report([answer(SAID, 2), answer(left, 7)], lambda _: room(), {"more than 24 tokens": 3, "other": 0})
    assert found.scores.accuracy == {
        "overall": 50.0, "easy": 100.0, "hard": 0.0, "view-dependent": 100.0, "view-independent": 0.0,
    }  # fmt: skip
    assert found.class_only == pytest.approx(100 * (1 / 3 + 1 / 2) / 2)
    assert found.random == pytest.approx(100 / 7)
    assert found.right_class == 100.0
    assert found.by_relation == {"closest": (0.0, 1), "leftmost": (100.0, 1)}
    assert found.left_out == {"more than 24 tokens": 3}


def test_only_what_counts_is_scored(net):
    long = replace(SAID, id="v", text="chair " * 25)
    floor = replace(SAID, id="w", target_ids=(0,))
    counted, left_out = select([SAID, long, floor], lambda _: room())
    assert counted == [SAID] and left_out == {"more than 24 tokens": 1, "target is no candidate": 1}
    with pytest.raises(SceneglotError, match="none of 2"):
        evaluate_grounding(net, [long, floor], lambda _: room(), GroundingCollator(book()))


def test_grounder_round_trip(net):
    spec = MapGroundingSpec()
    again = MapGroundingSpec.from_facts(spec.facts())
    assert again == spec
    grounder = Grounder(again, net_tensors(net), book())
    found = grounder.ground(room(), "the chair closest to the door")
    assert set(found.ids.tolist()) == {1, 2, 3, 4, 5, 6, 7}
    assert found.scores.sum() == pytest.approx(1, abs=1e-5) and (np.diff(found.scores) <= 0).all()
    with pytest.raises(SceneglotError, match="empty"):
        grounder.ground(room(), " ... ")
    with pytest.raises(SceneglotError, match="not for grounding"):
        MapGroundingSpec.from_facts({"task": "vqa"})
