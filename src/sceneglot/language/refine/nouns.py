"""Nouns for things: those known without any scene, their plurals, and which name the same kind of thing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from sceneglot.language.lexicon import lexicon, pluralize, singular_of
from sceneglot.scenes.vocabulary import NAMES_BY_NYU40

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[.,;:!?]")


def tokens_of(text: str) -> list[str]:
    """Words and punctuation marks in lower case; a hyphen parts words, an apostrophe does not."""
    return _TOKEN.findall(text.lower().replace("’", "'").replace("-", " "))


@lru_cache(maxsize=65536)
def same_thing(a: str, b: str) -> bool:
    """Whether two nouns are names of the same kind of thing: equal but for number, or synonyms."""
    first, second = singular_of(a), singular_of(b)
    words = lexicon()
    return (
        first == second
        or second in {singular_of(name) for name in words.names(first)}
        or first in {singular_of(name) for name in words.names(second)}
    )


@cache
def common_nouns() -> Mapping[tuple[str, ...], str]:
    """Words of a noun, singular or plural -> its singular: the nouns of the lexicon and of NYU40."""
    words = lexicon()
    found: dict[tuple[str, ...], str] = {}
    nouns = {
        name for table in (words.synonyms, words.broader) for key, names in table.items() for name in (key, *names)
    }
    nouns |= {name for names in NAMES_BY_NYU40.values() for name in names}
    for noun in sorted(nouns):
        add_noun(found, noun)
    return found


def add_noun(things: dict[tuple[str, ...], str], noun: str) -> None:
    """A noun and its plural -> its singular."""
    phrase = tuple(tokens_of(noun))
    if phrase and not phrase[0].isdecimal():
        single = singular_of(" ".join(phrase))
        for form in (" ".join(phrase), single, pluralize(single)):
            things[tuple(form.split())] = single
