"""The witness of situated questions: right and wrong answers from hand-made places."""

import math

import pytest
from tests.language.rooms import office
from tests.language.test_situated import checker_of_the_office

from sceneglot.language.predicates import Kind, Predicate, Said
from sceneglot.language.situated_check import Asked, Stance, Witness

NORTH = math.pi / 2
PLANT = Predicate(Kind("plant")), 9
PICTURE = Predicate(Kind("picture")), 11
ARMCHAIR = Predicate(Kind("armchair")), 4
CAN = Predicate(Kind("trash can")), 8
BOOKS = Predicate(Kind("books")), 7


def witness(position=(0.0, 0.0), heading=NORTH, kind="middle", beside=None, faced=None) -> Witness:
    return Witness(checker_of_the_office(), Stance(kind, position, heading, beside, faced))


RIGHT = [
    Asked("direction", "to_left", (PICTURE,)),
    Asked("direction", "ahead", (CAN,)),
    Asked("is it", "yes", (PICTURE,), side="to_left"),
    Asked("is it", "no", (PICTURE,), side="at_back"),
    Asked("is there", "yes", kind=Kind("door"), side="at_back"),
    Asked("is there", "no", kind=Kind("desk"), side="at_back"),
    Asked("count", "2", kind=Kind("desk"), side="ahead"),
    Asked("color", "blue", kind=Kind("picture"), side="to_left"),
    Asked("nearest", "rug", kind=Kind("rug"), side="at_back"),
    Asked("reach", "no", (PLANT,)),
    Asked("closer", "first", (CAN, PLANT)),
]
WRONG_ANSWER = {"to_left": "to_right", "ahead": "at_back", "yes": "no", "no": "yes", "2": "1", "blue": "red",
                "first": "second"}  # fmt: skip


@pytest.mark.parametrize("asked", RIGHT, ids=lambda a: f"{a.family} {a.answer}")
def test_the_right_answer_is_found_and_a_wrong_one_is_not(asked):
    assert witness().agrees(asked)
    if asked.family == "nearest":
        wrong = Asked("nearest", "plant", kind=Kind("plant"), side=asked.side)
    else:
        wrong = Asked(asked.family, WRONG_ANSWER[asked.answer], asked.things, asked.kind, asked.side)
    assert not witness().agrees(wrong)
    turned = witness(heading=-NORTH)
    if asked.family in ("direction", "is there", "count", "color"):
        assert not turned.agrees(asked), "who looks the other way sees something else"


def test_a_name_that_means_another_thing_or_several_is_not_accepted():
    assert not witness().agrees(Asked("direction", "to_left", ((Predicate(Kind("picture")), 9),)))
    assert not witness().agrees(Asked("direction", "ahead", ((Predicate(Kind("desk")), 0),)))
    by_the_can = Predicate(Kind("books"), (Said("on", (Kind("desk"),)),))
    assert witness().agrees(Asked("direction", "ahead", ((by_the_can, 7),)))


def test_where_one_can_be():
    facing_books = math.atan2(2.4, 1.2)
    assert witness(heading=facing_books, faced=BOOKS).stands_there()
    assert not witness(heading=facing_books + 0.1, faced=BOOKS).stands_there(), "looks past them"
    assert not witness(position=(2.6, 2.0)).stands_there(), "not the middle"
    assert not witness(position=(-1.5, 2.4), kind="beside", beside=PICTURE).stands_there(), "in a desk, far from it"
    assert witness(position=(-2.4, 0.0), kind="beside", beside=PICTURE).stands_there()
    seat = tuple(float(x) for x in office().center[4, :2])
    assert witness(position=seat, heading=math.pi, kind="sitting", beside=ARMCHAIR).stands_there()
    assert not witness(position=seat, heading=0.0, kind="sitting", beside=ARMCHAIR).stands_there(), "faces west"
    assert not witness(position=(0.0, 0.0), heading=math.pi, kind="sitting", beside=ARMCHAIR).stands_there()
