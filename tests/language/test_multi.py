"""Descriptions of none, one and several."""

import random

from tests.language.rooms import office_graph

from sceneglot.language.clauses import Kind
from sceneglot.language.multi import multi_referrals
from sceneglot.language.speaker import Speaker
from sceneglot.language.verify import Checker


def made(seeds=range(6)):
    speaker = Speaker.of(office_graph())
    return [r for seed in seeds for r in multi_referrals(speaker, random.Random(seed), seed, 30)]


def test_all_three_sizes_occur_and_are_confirmed():
    graph = office_graph()
    checker = Checker(graph.objects, graph.viewer.position)
    found = made()
    sizes = [min(len(r.utterance.target_ids), 2) for r in found]
    assert all(sizes.count(size) > 10 for size in (0, 1, 2))
    assert all(checker.meant(r.predicate) == r.utterance.target_ids for r in found)
    assert {r.utterance.kind for r in found} == {"multi_referral"}
    assert all(not set(r.utterance.target_ids) & set(r.utterance.anchor_ids) for r in found)


def test_several_are_named_in_the_plural_and_counted_right():
    numbers = {2: "two", 3: "three", 4: "four"}
    for r in made():
        words = r.utterance.text.lower().replace(".", "").split()
        told = [n for n, word in numbers.items() if word in words]
        if len(r.utterance.target_ids) > 1 and told:
            assert told == [len(r.utterance.target_ids)], r.utterance.text
        assert "{" not in r.utterance.text


def test_nothing_is_claimed_to_exist_that_does_not():
    for r in made():
        if not r.utterance.target_ids:
            assert not r.utterance.text.lower().startswith(("there is", "there are", "this is", "these are"))


def test_the_wording_does_not_tell_nothing_from_one_thing():
    """Every template of descriptions that claim nothing is used for both."""
    used = [(r.utterance.source.partition("/")[0], len(r.utterance.target_ids)) for r in made(range(30))]
    claimless = {template for template, _ in used if template.startswith("template:any")}
    for template in claimless:
        assert {number for name, number in used if name == template} == {0, 1}, template
    assert len(claimless) > 8


def test_each_carries_its_type_by_what_else_the_noun_might_mean():
    speaker = Speaker.of(office_graph())
    for r in made():
        kind, targets = r.utterance.source.partition("/")[2], len(r.utterance.target_ids)
        alike = int(speaker.facts.describe(Kind(r.predicate.kind.noun)).maybe.sum())
        if targets > 1:
            assert kind == "mt"
        else:
            assert kind == ("zt", "st")[targets] + ("_w_d" if alike > targets else "_wo_d"), r.utterance.text
    assert {r.utterance.source.partition("/")[2] for r in made()} >= {"mt", "zt_w_d", "zt_wo_d", "st_w_d"}
