"""Templates: the files, slots, agreement."""

import random
from pathlib import Path

import pytest

from sceneglot.errors import SceneglotError
from sceneglot.language.clauses import PAIR_WORDS, ROOM_WORDS
from sceneglot.language.questions import question_type
from sceneglot.language.realize import AGREEMENT, Template, capitalize, forms, read_templates

FAMILIES = ("referrals", "captions", "questions", "relations")
SECTION_TYPES = {
    "place": "place", "count": "number", "count where": "number", "count on": "number", "color": "color",
    "shape": "object nature", "type": "object nature", "type thing": "object nature", "type material": "object nature",
    "type room": "object nature", "what": "object", "what color": "object", "what has": "object", "what made": "object",
}  # fmt: skip


def test_slots_alternatives_and_agreement():
    template = Template.parse("t", "{this} {is} {a x}. {it} {says} [now|now].")
    slots = {"a x": "a chair", "says": "is here"}
    assert template.fill(slots, random.Random(0)) == "This is a chair. It is here now."
    many = template.fill({"a x": "books", "says": "are here"}, random.Random(0), plural=True)
    assert many == "These are books. They are here now."


@pytest.mark.parametrize("line", ["[here|in this {room}] it is.", "it is {a n.", "it is a n}.", "[here it is."])
def test_brackets_that_would_be_said_are_refused(line: str) -> None:
    with pytest.raises(SceneglotError, match="brackets do not nest"):
        Template.parse("t", line)


def test_alternatives_are_all_drawn():
    template = Template.parse("t", "[a|b|c]")
    rng = random.Random(0)
    assert {template.fill({}, rng) for _ in range(50)} == {"A", "B", "C"}


def test_capitals():
    assert capitalize("it is. a tv. so") == "It is. A tv. So"


def test_ids_are_unique_and_there_are_many():
    ids = [t.id for f in FAMILIES[:3] for templates in read_templates(f).values() for t in templates]
    assert len(ids) == len(set(ids)) and len(ids) >= 60


def test_the_page_tells_how_many_there_are():
    families = (*FAMILIES, "multi", "situated", "wordings")
    count = sum(len(templates) for family in families for templates in read_templates(family).values())
    page = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
    assert f"{count} lines in `language/templates/*.txt`" in page


@pytest.mark.parametrize("section", read_templates("questions"))
def test_question_templates_have_the_type_of_their_section(section):
    for template in read_templates("questions")[section]:
        text = template.fill(dict.fromkeys(template.slots - set(AGREEMENT), "x"), random.Random(0))
        assert text.endswith("?") and question_type(text) == SECTION_TYPES.get(section, "other"), text


@pytest.mark.parametrize("word", [*PAIR_WORDS, *ROOM_WORDS, "between", "closest", "farthest"])
def test_every_word_can_be_said(word):
    assert forms(word, "is") or forms(word, "has")
    for form in ("is", "has", "does", "short", "long"):
        for template in forms(word, form):
            assert template.slots <= {"anchor", "anchor 2", "noun", "noun 2"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is the chair?", "place"),
        ("How many chairs are there?", "number"),
        ("What is the color of the chair?", "color"),
        ("What color is the chair?", "color"),
        ("What kind of chair is this?", "object nature"),
        ("What is on the desk?", "object"),
        ("On what side of the desk is the chair?", "other"),
        ("what is on the desk?", "other"),
        ("What is where?", "object"),
        ("What is the place Where it stands?", "place"),
    ],
)
def test_official_question_types(text, expected):
    assert question_type(text) == expected
