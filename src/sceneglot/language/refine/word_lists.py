"""The words and phrases that sentences are read with: the sections of `words.txt`, and cues of the templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sceneglot.language.colors import COLOR_WORDS


@dataclass(frozen=True)
class WordLists:
    """The sections of `words.txt`; phrases are tuples of words.

    Attributes:
        cues: phrase -> relation family. no_object: families without an object; view: families of the viewer.
        attributes: phrase -> the attribute it states.
        The others are sets of words or phrases.
    """

    cues: Mapping[tuple[str, ...], str]
    ignored: frozenset[tuple[str, ...]]
    no_object: frozenset[str]
    view: frozenset[str]
    attributes: Mapping[tuple[str, ...], str]
    negation: frozenset[str]
    plain: frozenset[str]
    ambiguous: frozenset[str]
    pronouns: frozenset[str]
    articles: frozenset[str]
    chatter: tuple[str, ...]
    openings: tuple[str, ...]


@cache
def word_lists() -> WordLists:
    """The lists that ship with the package."""
    text = files("sceneglot.language.refine").joinpath("words.txt").read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("["):
            lines = sections.setdefault(line.strip("[]"), [])
        elif line.strip() and not line.startswith("#"):
            lines.append(line)
    attributes = _phrases(sections["attributes"])
    attributes |= {(word,): word for word in COLOR_WORDS if (word,) not in attributes}
    listed = {name: tuple(_split(",".join(found))) for name, found in sections.items()}
    return WordLists(
        cues=_template_cues() | _phrases(sections["cues"]),
        ignored=frozenset(tuple(phrase.split()) for phrase in listed["ignored"]),
        no_object=frozenset(listed["no object"]),
        view=frozenset(listed["view"]),
        attributes=attributes,
        negation=frozenset(listed["negation"]),
        plain=frozenset(listed["plain"]),
        ambiguous=frozenset(listed["ambiguous"]),
        pronouns=frozenset(listed["pronouns"]),
        articles=frozenset(listed["articles"]),
        chatter=listed["chatter"],
        openings=listed["openings"],
    )


_FAMILY = {
    "adjacent": "near", "next_to": "near", "beside": "near", "close": "near", "under": "below", "in_front": "front",
} | {
    name: name
    for name in ("on", "in", "above", "below", "higher", "lower", "left", "right", "behind", "facing", "between",
                 "closest", "farthest")
}  # fmt: skip
"""Section of the generator's relation templates -> family."""


def _template_cues() -> dict[tuple[str, ...], str]:
    """What the templates put before an anchor, so that a way of speaking added there is known here too."""
    found: dict[tuple[str, ...], str] = {}
    for name in ("relations", "wordings"):
        file = files("sceneglot.language").joinpath(f"templates/{name}.txt")
        family = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                family = _FAMILY.get(line.strip().strip("[]"), "")
            key, _, rest = line.partition(":")
            before, anchor, _ = rest.partition("{anchor}")
            if family and anchor and key in ("is", "ing", "put", "does"):
                for form in _forms(before.rpartition("}")[2]):
                    found[form] = family
    return found


def _forms(text: str) -> Iterator[tuple[str, ...]]:
    """ "rests/rest on" -> "rests on" and "rest on"; phrases with other marks are passed over."""
    words = text.lower().replace("-", " ").split()
    for index in (0, -1):
        phrase = tuple(word.split("/")[index].strip(",") for word in words)
        if phrase and all(word.isalpha() for word in phrase):
            yield phrase


def _phrases(lines: list[str]) -> dict[tuple[str, ...], str]:
    """ "name: phrase, phrase" -> {phrase: name}; the name alone stands for itself."""
    found: dict[tuple[str, ...], str] = {}
    for line in lines:
        name, _, rest = line.partition(":")
        for phrase in (*_split(rest), *(() if rest else (name,)), name):
            found[tuple(phrase.split())] = name.strip()
    return found


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
