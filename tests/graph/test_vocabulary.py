"""The vocabulary of relations, and classes of labels."""

from pathlib import Path

import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.graph import RELATIONS, Limit, Thresholds
from sceneglot.graph.affordances import Affordances
from sceneglot.graph.relations import ID, MULTI_RELATIONS, PAIR_RELATIONS, ROOM_RELATIONS


def test_the_paper_has_21_relations_in_4_groups():
    words = {
        group: {r.paper for r in RELATIONS if r.paper and r.group == group}
        for group in ("contact", "vertical", "horizontal", "multi")
    }
    assert {group: len(found) for group, found in words.items()} == {
        "contact": 4, "vertical": 7, "horizontal": 8, "multi": 2,
    }  # fmt: skip
    assert words["contact"] == {"supported by", "embedded into", "placed in", "inside"}
    assert not [r.name for r in RELATIONS if r.paper and r.group not in words]


def test_each_relation_has_one_frame():
    frames = {r.name: r.frame for r in RELATIONS}
    assert {n for n, f in frames.items() if f == "viewer"} == {r.name for r in RELATIONS if r.view_dependent}
    assert {n for n, f in frames.items() if f == "target"} == {"at_front", "at_back", "at_left", "at_right"}
    assert frames["facing"] == "source" and frames["above"] == "none"


def test_the_page_names_every_relation():
    page = (Path(__file__).parents[2] / "docs/graph.md").read_text(encoding="utf-8")
    assert [r.name for r in RELATIONS if f"`{r.name}`" not in page] == []


def test_ids_and_inverses():
    assert RELATIONS == PAIR_RELATIONS + ROOM_RELATIONS + MULTI_RELATIONS and len(ID) == len(RELATIONS)
    for relation in PAIR_RELATIONS:
        assert not relation.inverse or ID[relation.inverse] < len(PAIR_RELATIONS)


def test_a_lower_limit_is_stricter_to_assert():
    t = Thresholds()
    assert isinstance(t.contact, Limit) and t.contact.sure < t.contact.maybe  # "at most"
    assert t.support_cover.sure > t.support_cover.maybe  # "at least"


def test_thresholds_are_numbers_of_one_type():
    t = Thresholds(near=Limit(1, 2), side_reach=4)
    assert [type(x) for x in (*t.near, t.side_reach)] == [float] * 3 and t.near == (1.0, 2.0)


@pytest.mark.parametrize(
    "bad", [{"near": 1.0}, {"near": (1, 2, 3)}, {"near": (1, float("nan"))}, {"side_reach": "far"}]
)
def test_bad_thresholds_are_refused(bad):
    with pytest.raises(SceneglotError, match=f"thresholds: {next(iter(bad))} must be"):
        Thresholds(**bad)


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("kitchen cabinet", {"surface", "container", "mounted", "hangable"}),
        ("Bar Stool", {"surface", "facer", "frontless"}),
        ("wall", {"structural", "wall"}),
        ("closet wall", {"structural", "wall"}),
        ("floor", {"structural", "floor"}),
        ("kitchen floor", {"structural"}),
        ("", set()),
    ],
)
def test_classes_follow_the_last_word(label, names):
    kinds = Affordances((label, "wall"))
    every = ("surface", "container", "mounted", "hangable", "facer", "frontless", "structural", "wall", "floor", "seat")
    assert {name for name in every if kinds[name][0]} == names
    assert kinds["structural"].dtype == np.bool_ and kinds["structural"][1]
