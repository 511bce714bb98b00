"""Wordings of clauses: verbs that suit the thing, agreement, grammar of every form."""

import random

import pytest
from tests.language.rooms import office_graph

from sceneglot.language.phrasebook import HANGS, IS, LIES, SITS, STANDS, Phrasebook
from sceneglot.language.realize import read_templates
from sceneglot.language.speaker import Speaker

SPEAKER = Speaker.of(office_graph())
BOOK = SPEAKER.book


def clause(word):
    return next(c for c in SPEAKER.finder.table.clauses if c.word == word)


def every(say, unit, row, plural):
    return {say((unit,), row, plural, random.Random(seed)) for seed in range(150)}


def test_postures():
    assert [BOOK.posture[row] for row in (0, 11, 10, 6, 12)] == [STANDS, HANGS, LIES, SITS, IS]
    assert BOOK.stands(11, False) == "hangs" and BOOK.stands(6, True) == "sit" and BOOK.stands(12, True) == "are"


def test_predicates_begin_with_a_verb_that_agrees():
    for word in ("on", "next_to", "supporting", "in_corner", "closest", "between", "facing"):
        for plural in (False, True):
            for text in every(BOOK.says, clause(word), 6, plural):
                verb = text.split()[0]
                assert verb in ("is", "has") or (verb.endswith("s") and verb != "has") if not plural else (
                    verb in ("are", "have") or not verb.endswith("s") or verb in ("borders",)
                ), text  # fmt: skip


def test_after_a_noun_and_at_the_head_of_a_sentence():
    after = every(BOOK.which, clause("closest"), 2, False)
    assert after and not any(text.startswith("the ") for text in after)  # "the chair the closest to" is no English
    assert any(
        text.startswith("the closest")
        for text in {t.partition(" ")[2] for t in every(BOOK.says, clause("closest"), 2, False)}
    )
    assert BOOK.names_place(clause("next_to")) and not BOOK.names_place(clause("supporting"))
    for word in ("on", "next_to", "from_ceiling", "against_wall"):
        found = [c for c in SPEAKER.finder.table.clauses if c.word == word]
        for text in every(BOOK.place, found[0], 6, False) if found else ():
            assert not text.split()[0].endswith(("ing", "ed")), text


def test_doors_are_not_put_anywhere():
    words = {text.split()[0] for text in every(BOOK.which, clause("next_to"), 12, False)}
    assert "located" in words and not words & {"placed", "standing", "hanging"}


def test_there_are_at_least_150_templates_for_descriptions():
    sentences = sum(len(s) for family in ("referrals", "multi", "captions") for s in read_templates(family).values())
    wordings = sum(len(s) for family in ("wordings", "relations") for s in read_templates(family).values())
    assert sentences >= 150 and wordings >= 150


@pytest.mark.parametrize("family", ["referrals", "multi", "captions", "situated"])
def test_template_ids_are_unique(family):
    ids = [t.id for section in read_templates(family).values() for t in section]
    assert len(ids) == len(set(ids))


def test_what_was_said_is_said_again():
    book = Phrasebook(SPEAKER.facts)
    first = book.says((clause("on"),), 6, False, random.Random(1))
    assert first == book.says((clause("on"),), 6, False, random.Random(1))
