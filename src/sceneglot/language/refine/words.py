"""Reading a sentence for the judge: which things it mentions, which relations it claims of what, which attributes.

Plain matching of words and phrases, longest first, with lists that anybody can read (`words.txt`). It shares no code
with the generator of sentences; only the knowledge which names mean the same kind of thing comes from the lexicon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from sceneglot.language.colors import COLOR_WORDS
from sceneglot.language.lexicon import lexicon, normalize, pluralize, singular_of
from sceneglot.scenes.vocabulary import NAMES_BY_NYU40

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[.,;:!?]")
_STOPS = frozenset(".!?;,:")
_ENDS = frozenset(".!?")
_REACH = 6
"""Words after a cue in which its object is looked for."""
_PHRASE = 4
"""Words after an article in which a known noun must come."""


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


@dataclass(frozen=True)
class Claim:
    """A relation, the things it leads to (none: "left of it", one, or two: between), and whose relation it is.

    The subject is "" where the sentence leaves it to what it is about ("It is on the desk", "On the desk is ...").
    """

    family: str
    objects: tuple[str, ...] = ()
    subject: str = ""


@dataclass(frozen=True)
class Sentence:
    """What one sentence says.

    Attributes:
        things: nouns mentioned, singular, in order. claims: relations. negations: words that deny.
        described: (attribute, thing it stands before), "" for the thing where it stands alone ("the chair is brown").
        counted: (number word, noun) where a number stands before a noun.
        strange: words after an article that are neither a known thing nor a plain noun.
    """

    things: tuple[str, ...]
    claims: tuple[Claim, ...]
    described: frozenset[tuple[str, str]]
    negations: tuple[str, ...]
    counted: tuple[tuple[str, str], ...]
    strange: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """A text read: its sentences and all its words."""

    sentences: tuple[Sentence, ...]
    words: frozenset[str]
    num_words: int

    @property
    def things(self) -> tuple[str, ...]:
        """All things in order."""
        return tuple(thing for sentence in self.sentences for thing in sentence.things)

    @property
    def claims(self) -> frozenset[Claim]:
        """All relations claimed."""
        return frozenset(claim for sentence in self.sentences for claim in sentence.claims)

    @property
    def described(self) -> frozenset[tuple[str, str]]:
        """All attributes stated, with the thing they stand before."""
        return frozenset().union(*(sentence.described for sentence in self.sentences))

    @property
    def negations(self) -> tuple[str, ...]:
        """All words that deny, sorted, each as often as it comes."""
        return tuple(sorted(word for sentence in self.sentences for word in sentence.negations))

    @property
    def strange(self) -> tuple[str, ...]:
        """Unknown nouns."""
        return tuple(word for sentence in self.sentences for word in sentence.strange)


class Reader:
    """Reads texts with a vocabulary of things.

    Args:
        labels: labels of the scenes, added to the lexicon's and NYU40's nouns.
    """

    def __init__(self, labels: Iterable[str] = ()) -> None:
        self.lists = word_lists()
        self._things = dict(_common_things())
        for label in labels:
            _add(self._things, normalize(label))
        self._longest = max(map(len, (*self._things, *self.lists.cues, *self.lists.ignored)))

    def read(self, text: str) -> Reading:
        """The sentences of a text."""
        tokens = _TOKEN.findall(text.lower().replace("’", "'").replace("-", " "))
        sentences, start = [], 0
        for at, token in enumerate([*tokens, "."]):
            if token in _ENDS:
                if at > start:
                    sentences.append(self._sentence(tokens[start:at]))
                start = at + 1
        words = [token for token in tokens if token not in _STOPS]
        return Reading(tuple(sentences), frozenset(words), len(words))

    def _sentence(self, tokens: list[str]) -> Sentence:
        pieces = self._pieces(tokens)
        lists = self.lists
        things = tuple(piece.value for piece in pieces if piece.kind == "thing")
        claims = self._claims(pieces)
        described = frozenset(_described(pieces, i) for i, piece in enumerate(pieces) if _is_attribute(piece))
        strange = tuple(word for i, piece in enumerate(pieces) if (word := self._strange(pieces, i)))
        counted = tuple(found for i, _ in enumerate(pieces) if (found := _counted(pieces, i)))
        negations = tuple(p.value for p in pieces if p.kind == "word" and p.value in lists.negation)
        return Sentence(things, claims, described, negations, counted, strange)

    def _pieces(self, tokens: list[str]) -> list[_Piece]:
        """The tokens cut into phrases: cues, things, attributes, ignored phrases and single words."""
        pieces: list[_Piece] = []
        at = 0
        while at < len(tokens):
            for length in range(min(self._longest, len(tokens) - at), 0, -1):
                phrase = tuple(tokens[at : at + length])
                kind, value = self._kind(phrase, pieces, tokens[at + length : at + length + 1])
                if kind != "word" or length == 1:
                    pieces.append(_Piece(kind, value, phrase))
                    at += length
                    break
        return pieces

    def _kind(self, phrase: tuple[str, ...], before: list[_Piece], after: list[str]) -> tuple[str, str]:
        lists = self.lists
        if phrase in lists.ignored:
            return "ignored", ""
        if phrase == ("light",) and after and after[0] in COLOR_WORDS:
            return "attribute", "light"
        thing = self._things.get(phrase)
        if thing is not None and self._is_meant(phrase, before, after):
            return "thing", thing
        if phrase in lists.cues:
            return "cue", lists.cues[phrase]
        if phrase in lists.attributes:
            return "attribute", lists.attributes[phrase]
        return "word", phrase[0]

    def _is_meant(self, phrase: tuple[str, ...], before: list[_Piece], after: list[str]) -> bool:
        """Whether a common word is meant as a thing: "the stand", not "you stand"; a material is not its noun."""
        word = phrase[-1]
        if len(phrase) > 1:
            return True
        if phrase in self.lists.cues:
            return False
        if phrase in self.lists.attributes and after and (tuple(after) in self._things or after[0] not in _STOPS):
            return False
        if word not in self.lists.ambiguous:
            return True
        last = before[-1] if before else None
        return last is not None and (last.kind == "attribute" or last.phrase[-1] in self.lists.articles)

    def _claims(self, pieces: list[_Piece]) -> tuple[Claim, ...]:
        claims: list[Claim] = []
        taken: set[int] = set()  # things that a claim led to
        for at, piece in enumerate(pieces):
            if piece.kind == "cue":
                subject = self._subject(pieces, at, taken, claims[-1].subject if claims else "")
                found = self._objects(pieces, at)
                taken.update(found)
                objects = tuple(sorted(pieces[i].value for i in found))
                claims.append(Claim(piece.value, objects, "" if piece.value in _ABOUT_NOBODY else subject))
        return tuple(claims)

    def _objects(self, pieces: list[_Piece], at: int) -> list[int]:
        """Where the things are that the cue leads to."""
        family = pieces[at].value
        if family in self.lists.no_object:
            return []
        wanted = 2 if family == "between" else 1
        found: list[int] = []
        for i in range(at + 1, min(len(pieces), at + 1 + _REACH * wanted)):
            piece = pieces[i]
            if piece.kind == "thing":
                found.append(i)
                if len(found) == wanted:
                    break
            elif piece.kind == "cue" or piece.phrase[0] in _STOPS or piece.phrase[0] in self.lists.pronouns - {"one"}:
                break
        return found

    def _subject(self, pieces: list[_Piece], at: int, taken: set[int], previous: str) -> str:
        """Whose relation the cue states: the thing before it, unless a conjunction goes back to the one before.

        "a lamp on the desk", "the desk that is by": the last thing. "the chair by the desk is near": not the desk,
        which the first relation leads to, but what the sentence is about. "by the desk and near": as before.
        """
        last = next((i for i in range(at - 1, -1, -1) if pieces[i].kind == "thing"), None)
        if last is None:
            return ""
        between = [piece.phrase[0] for piece in pieces[last + 1 : at]]
        if not between or between[0] in _RELATIVE:
            return pieces[last].value
        if last not in taken:
            return pieces[last].value
        return previous if _CONJUNCTIONS.intersection(between) else ""

    def _strange(self, pieces: list[_Piece], at: int) -> str:
        """The word that an article leads to, where it leads to nothing known."""
        if pieces[at].phrase[-1] not in self.lists.articles or pieces[at].kind == "cue":
            return ""
        unknown = False
        for piece in pieces[at + 1 : at + 1 + _PHRASE]:
            if piece.kind in ("thing", "ignored") or piece.value in self.lists.plain:
                return ""
            if (piece.kind == "cue" and not unknown) or (piece.kind == "attribute" and piece.value in _RANKS):
                return ""  # "the left", "the second"
            if piece.kind == "cue" or piece.phrase[0] in _STOPS | _JOINS:
                break
            unknown = unknown or piece.kind == "word"
        following = [piece.phrase[0] for piece in pieces[at + 1 : at + 2]]
        return following[0] if following else ""


@dataclass(frozen=True)
class _Piece:
    kind: str  # thing | cue | attribute | ignored | word
    value: str
    phrase: tuple[str, ...]


_RANKS = frozenset(
    ("first", "second", "third", "fourth", "fifth", "last", "largest", "smallest", "tallest", "shortest", "longest",
     "widest", "narrowest", "highest", "lowest", "two", "three", "four", "five", "six", "only", "few")
)  # fmt: skip
_ABOUT_NOBODY = frozenset(("center",))  # mostly where the viewer stands
_RELATIVE = frozenset(("that", "which", "who", "whose"))
_CONJUNCTIONS = frozenset(("and", "but", "also", ",", ";", "or", "besides", "plus"))
_JOINS = frozenset(("and", "or", "but", "with", "that", "which", "is", "are", "a", "an", "the", "of", "to"))
_NUMBERS = frozenset(
    ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "several")
)


def _is_attribute(piece: _Piece) -> bool:
    return piece.kind == "attribute" or piece.phrase[0].isdecimal()


def _described(pieces: list[_Piece], at: int) -> tuple[str, str]:
    """("brown", "chair") for "brown wooden chair"; ("brown", "") for "the chair is brown"."""
    for following in pieces[at + 1 : at + 4]:
        if following.kind == "thing":
            return pieces[at].value, following.value
        if following.kind not in ("attribute", "word") or following.phrase[0] in _STOPS | _JOINS:
            break
    return pieces[at].value, ""


def _counted(pieces: list[_Piece], at: int) -> tuple[str, str] | None:
    """("three", "chair") for "three brown chairs"."""
    if pieces[at].value not in _NUMBERS and not pieces[at].phrase[0].isdecimal():
        return None
    number, thing = _described(pieces, at)
    return (number, thing) if thing else None


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


@cache
def _common_things() -> dict[tuple[str, ...], str]:
    words = lexicon()
    found: dict[tuple[str, ...], str] = {}
    nouns = {
        name for table in (words.synonyms, words.broader) for key, names in table.items() for name in (key, *names)
    }
    nouns |= {name for names in NAMES_BY_NYU40.values() for name in names}
    for noun in sorted(nouns):
        _add(found, noun)
    return found


def _add(things: dict[tuple[str, ...], str], noun: str) -> None:
    """A noun and its plural -> its singular."""
    phrase = tuple(_TOKEN.findall(noun.replace("-", " ")))
    if phrase and not phrase[0].isdecimal():
        single = singular_of(" ".join(phrase))
        for form in (" ".join(phrase), single, pluralize(single)):
            things[tuple(form.split())] = single
