"""Words for labels and colours: names, broader words, articles, plurals, agreement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

VOWELS = "aeiou"
IRREGULAR = {
    "person": "people",
    "mouse": "mice",
    "shelf": "shelves",
    "bookshelf": "bookshelves",
    "knife": "knives",
    "loaf": "loaves",
    "leaf": "leaves",
    "foot": "feet",
    "child": "children",
    "piano": "pianos",
    "photo": "photos",
    "radio": "radios",
    "fish": "fish",
}
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class State:
    """How a state is said: before a noun ("switched-on"), after "is" ("switched on"), and what it rules out."""

    adjective: str
    predicate: str
    excludes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Lexicon:
    """What is known about nouns; built once from `data/nouns.txt`.

    Attributes:
        synonyms: label -> other names of the same thing.
        broader: label -> words that fit but say less.
        skip: labels never spoken of; mass: nouns without article and plural; plural / singular: exceptions of form.
        no_head: compounds that are no kind of their last word.
        color_given, material_given: labels whose colour or material one guesses without looking.
        materials: material -> adjective.
        states: state -> how it is said.
        confused: word -> groups of words between which labels waver.
    """

    synonyms: dict[str, tuple[str, ...]]
    broader: dict[str, tuple[str, ...]]
    skip: frozenset[str]
    mass: frozenset[str]
    plural: frozenset[str]
    singular: frozenset[str]
    no_head: frozenset[str]
    color_given: frozenset[str]
    material_given: frozenset[str]
    materials: dict[str, str]
    states: dict[str, State]
    confused: dict[str, frozenset[int]] = field(default_factory=dict)

    def state_fits(self, said: str, known: str) -> bool:
        """Whether somebody might call a thing `said` of which a state, or "", is known: a messy bed may be unmade."""
        return not (known in self.states and said in self.states[known].excludes)

    def state_of(self, text: str) -> str:
        """The state that a source's word means ("half-open" is "half open"), "" where there are no words for it."""
        word = normalize(text.replace("-", " "))
        return word if word in self.states else ""

    def is_spoken(self, label: str) -> bool:
        """Whether the label is worth saying ("chair", not "object" or "wall")."""
        return bool(label) and label not in self.skip and any(c.isalpha() for c in label)

    @lru_cache(maxsize=16384)  # noqa: B019  (one lexicon lives as long as the program)
    def names(self, label: str) -> tuple[str, ...]:
        """Names that mean exactly this kind of thing: the label first, then its synonyms."""
        return (label, *self.synonyms.get(label, ()))

    @lru_cache(maxsize=16384)  # noqa: B019
    def broader_names(self, label: str) -> frozenset[str]:
        """Words that fit the thing but say less ("chair" for an office chair), by table and by last word."""
        found = set(self.broader.get(label, ()))
        words = label.split()
        if len(words) > 1 and label not in self.no_head and " of " not in label:
            found.add(words[-1])
        for wider in tuple(found):
            found.update(self.synonyms.get(wider, ()))
            found.update(self.broader.get(wider, ()))
        return frozenset(found - {label})

    @lru_cache(maxsize=65536)  # noqa: B019
    def fits(self, noun: str, label: str) -> bool:
        """Whether `noun` certainly describes a thing labelled `label`."""
        return noun in self.names(label) or noun in self.broader_names(label)

    @lru_cache(maxsize=65536)  # noqa: B019
    def might_fit(self, noun: str, label: str) -> bool:
        """Whether somebody might call a thing labelled `label` a `noun`.

        Besides what certainly fits: labels are not consistent, so a plain "chair" may well be an office chair, and two
        labels that share a name may be the same kind of thing.
        """
        if self.fits(noun, label) or label in self.broader_names(noun):
            return True
        mine, other = set(self.names(noun)), set(self.names(label))
        if mine & other or singular_of(label) == noun or singular_of(noun) == label:
            return True
        # "table" may be said of a school desk; "coffee table" is too definite a name for one.
        return bool(self._groups(self.names(noun)) & self._groups((*self.names(label), *self.broader_names(label))))

    def _groups(self, words: Iterable[str]) -> frozenset[int]:
        """Groups of confused words that any of the words belongs to."""
        return frozenset().union(*(self.confused.get(singular_of(word), frozenset()) for word in words))

    @lru_cache(maxsize=16384)  # noqa: B019
    def is_plural(self, noun: str) -> bool:
        """Whether the noun takes a plural verb ("books", "blinds")."""
        head = noun.split(" of ")[0]
        last = head.split()[-1] if head.split() else head
        if noun in self.plural or last in self.plural:
            return True
        if noun in self.singular or last in self.singular or last.endswith(("ss", "us", "is")):
            return False
        return last.endswith("s")

    def is_mass(self, noun: str) -> bool:
        """Whether the noun takes neither article nor plural ("toilet paper")."""
        return noun in self.mass

    def is_countable(self, noun: str) -> bool:
        """Whether one can ask how many there are."""
        return not self.is_plural(noun) and not self.is_mass(noun)


def indefinite(phrase: str, lexicon: Lexicon, noun: str) -> str:
    """`phrase` (adjectives and noun) with "a" / "an" where the noun takes one.

    >>> indefinite("old office chair", lexicon(), "office chair")
    'an old office chair'
    """
    if lexicon.is_plural(noun) or lexicon.is_mass(noun):
        return phrase
    return f"{article(phrase)} {phrase}"


@lru_cache(maxsize=16384)
def article(phrase: str) -> str:
    """ "a" or "an", by the sound of the first word: an hour, a unit, an l-shaped desk, a u-shaped couch."""
    word = phrase.split()[0].lower() if phrase.split() else ""
    if word.startswith(("uni", "use", "usu", "uten", "uri", "eu", "one", "once")):
        return "a"
    if word.startswith(("hour", "honest", "heir", "xbox")):
        return "an"
    first, _, rest = word.partition("-")
    if rest and len(first) == 1:  # letters are spelled: an l-shape, an s-curve, a u-shape
        return "an" if first in "aefhilmnorsx" else "a"
    return "an" if word[:1] in VOWELS and word else "a"


def pluralize(noun: str) -> str:
    """Plural of a singular noun phrase: its last word, or the word before "of".

    >>> pluralize("kitchen shelf"), pluralize("stack of cups")
    ('kitchen shelves', 'stacks of cups')
    """
    head, of, tail = noun.partition(" of ")
    words = head.split()
    if not words:
        return noun
    last = words[-1]
    if last in IRREGULAR:
        plural = IRREGULAR[last]
    elif last.endswith(("s", "x", "z", "ch", "sh")):
        plural = last + "es"
    elif last.endswith("y") and len(last) > 1 and last[-2] not in VOWELS:
        plural = last[:-1] + "ies"
    else:
        plural = last + "s"
    return " ".join([*words[:-1], plural]) + of + tail


@cache
def singular_of(noun: str) -> str:
    """A singular that `pluralize` turns into `noun`, or `noun` itself."""
    head, _, last = noun.rpartition(" ")
    irregular = {plural: singular for singular, plural in IRREGULAR.items()}
    if last in irregular:
        return f"{head} {irregular[last]}".strip()
    candidates = (noun[:-3] + "y",) if noun.endswith("ies") else ()
    if noun.endswith(("sses", "xes", "zes", "ches", "shes")):
        candidates = (*candidates, noun[:-2])
    if noun.endswith("s"):
        candidates = (*candidates, noun[:-1])
    return next((word for word in candidates if word and pluralize(word) == noun), noun)


def number_word(n: int) -> str:
    """Small numbers in words, others in figures."""
    return NUMBERS[n] if 0 <= n < len(NUMBERS) else str(n)


def join(parts: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


SPELLING = {
    "bycicle": "bicycle",
    "dumbell": "dumbbell",
    "loofa": "loofah",
    "toiletry": "toiletries",
    "carseat": "car seat",
    "sanitzer": "sanitizer",
}
"""Words misspelt in ScanNet's labels, or in a form nobody uses."""


def normalize(label: str) -> str:
    """Raw label -> the words language uses: lower case, single spaces, no underscores, known misspellings mended."""
    return " ".join(SPELLING.get(word, word) for word in label.lower().replace("_", " ").split())


@cache
def lexicon() -> Lexicon:
    """The lexicon that ships with the package."""
    text = files("sceneglot.language").joinpath("data/nouns.txt").read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {"": []}
    name = ""
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            name = line[1:-1]
            sections[name] = []
        else:
            sections[name].append(line)
    synonyms, broader = {}, {}
    for line in sections[""]:
        label, _, rest = line.partition("=")
        same, _, wider = rest.partition(";")
        synonyms[label.strip()] = _split(same)
        broader[label.strip()] = _split(wider)
    lists = {key: frozenset(_split(",".join(lines))) for key, lines in sections.items() if key}
    confused: dict[str, set[int]] = {}
    for group, line in enumerate(sections["confused"]):
        for word in _split(line):
            confused.setdefault(singular_of(word), set()).add(group)
    pairs = (line.partition("=") for line in sections["materials"])
    materials = {material.strip(): adjective.strip() for material, _, adjective in pairs}
    return Lexicon(
        synonyms=synonyms,
        broader=broader,
        skip=lists["skip"],
        mass=lists["mass"],
        plural=lists["plural"],
        singular=lists["singular"],
        no_head=lists["not a kind of"],
        color_given=lists["color given"],
        material_given=lists["material given"],
        materials=materials,
        states=_states(sections["states"]),
        confused={word: frozenset(groups) for word, groups in confused.items()},
    )


def _states(lines: list[str]) -> dict[str, State]:
    """State -> words; ruling out is mutual, whichever of the two lines says it."""
    told = {
        name.strip(): [part.strip() for part in rest.split(";")] for name, _, rest in (s.partition("=") for s in lines)
    }
    pairs = {(name, other) for name, parts in told.items() for other in _split(parts[2])}
    pairs |= {(other, name) for name, other in pairs}
    return {
        name: State(adjective, predicate, tuple(other for other in told if (name, other) in pairs))
        for name, (adjective, predicate, _) in told.items()
    }


@cache
def room_functions() -> dict[str, tuple[str, ...]]:
    """Room type -> sentences about what such rooms are for."""
    text = files("sceneglot.language").joinpath("data/rooms.txt").read_text(encoding="utf-8")
    lines = (line.partition(":") for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return {room.strip(): tuple(s.strip() for s in rest.split(" ; ")) for room, _, rest in lines}


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
