"""Grammar and the meaning of labels."""

import pytest

from sceneglot.language.lexicon import (
    article,
    indefinite,
    join,
    lexicon,
    normalize,
    number_word,
    pluralize,
    room_functions,
    singular_of,
)

WORDS = lexicon()


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("chair", "a"), ("office chair", "an"), ("armchair", "an"), ("umbrella", "an"), ("urinal", "a"),
        ("hourglass", "an"),
        ("l-shaped desk", "an"), ("u-shaped couch", "a"), ("unit", "a"), ("island", "an"), ("tv", "a"),
        ("yellow cup", "a"),
    ],
)  # fmt: skip
def test_article(phrase, expected):
    assert article(phrase) == expected


@pytest.mark.parametrize(
    ("noun", "plural"),
    [
        ("chair", "chairs"), ("box", "boxes"), ("couch", "couches"), ("bookshelf", "bookshelves"), ("person", "people"),
        ("kitchen shelf", "kitchen shelves"), ("vanity", "vanities"), ("tray", "trays"),
        ("stack of cups", "stacks of cups"),
        ("glass", "glasses"), ("mouse", "mice"), ("tv", "tvs"), ("toilet brush", "toilet brushes"),
    ],
)  # fmt: skip
def test_plural(noun, plural):
    assert pluralize(noun) == plural
    if noun != "stack of cups":
        assert singular_of(plural) == noun


def test_indefinite_noun_phrases():
    assert indefinite("old office chair", WORDS, "office chair") == "an old office chair"
    assert indefinite("red books", WORDS, "books") == "red books"
    assert indefinite("toilet paper", WORDS, "toilet paper") == "toilet paper"


@pytest.mark.parametrize("noun", ["books", "blinds", "kitchen cabinets", "clothes", "stairs"])
def test_plural_nouns_take_plural_verbs_and_are_not_counted(noun):
    assert WORDS.is_plural(noun) and not WORDS.is_countable(noun)


@pytest.mark.parametrize("noun", ["glass", "mattress", "canvas", "cactus", "chair", "bus", "stack of chairs"])
def test_singular_nouns(noun):
    assert not WORDS.is_plural(noun)


def test_what_fits_and_what_might():
    assert WORDS.fits("chair", "office chair") and not WORDS.fits("office chair", "chair")
    assert WORDS.might_fit("office chair", "chair")  # labels are not consistent
    assert not WORDS.might_fit("office chair", "folded chair")
    assert WORDS.fits("sofa", "couch") and WORDS.fits("fridge", "refrigerator")
    assert WORDS.might_fit("table", "desk") and not WORDS.fits("table", "desk")
    assert not WORDS.might_fit("chair", "window")
    assert WORDS.might_fit("book", "books")


def test_compounds_that_mislead():
    assert not WORDS.fits("can", "trash can") and not WORDS.fits("chairs", "stack of chairs")
    assert not WORDS.fits("paper", "toilet paper")


@pytest.mark.parametrize("label", ["object", "wall", "floor", "otherprop", "", "123", "doorframe"])
def test_labels_that_are_not_spoken(label):
    assert not WORDS.is_spoken(label)


def test_small_things():
    assert normalize(" Office_Chair  ") == "office chair"
    assert [number_word(n) for n in (0, 2, 12, 13)] == ["zero", "two", "twelve", "13"]
    assert join(["a"]) == "a" and join(["a", "b", "c"]) == "a, b and c"
    assert all(s.endswith(".") for sentences in room_functions().values() for s in sentences)


def test_the_lexicon_has_no_contradictions():
    for label, wider in WORDS.broader.items():
        assert label not in wider and not set(wider) & set(WORDS.synonyms.get(label, ()))
    assert not WORDS.mass & WORDS.plural


def test_scannet_labels():
    assert normalize("hand sanitzer dispenser") == "hand sanitizer dispenser" and normalize("Dumbell") == "dumbbell"
    assert article("xbox controller") == "an" and pluralize("fish") == "fish" and not WORDS.is_plural("thermos")
    assert not WORDS.fits("stream", "soda stream") and not WORDS.fits("animal", "stuffed animal")
    assert WORDS.fits("drone", "quadcopter") and WORDS.is_mass("salt")
