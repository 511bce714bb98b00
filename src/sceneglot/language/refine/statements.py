"""What the phrases of one sentence state: relations between things, attributes, counts, and words that are strange."""

from __future__ import annotations

from dataclasses import dataclass

from sceneglot.language.refine.reading import Claim, Sentence
from sceneglot.language.refine.word_lists import WordLists

STOPS = frozenset(".!?;,:")
_REACH = 6
"""Words after a cue in which its object is looked for."""
_PHRASE = 4
"""Words after an article in which a known noun must come."""
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


@dataclass(frozen=True)
class Piece:
    """A phrase of a sentence: what it is, what it stands for (a noun, a family, an attribute), and its words."""

    kind: str  # thing | cue | attribute | ignored | word
    value: str
    phrase: tuple[str, ...]


def sentence_of(pieces: list[Piece], lists: WordLists) -> Sentence:
    """What the phrases of one sentence say together."""
    return Sentence(
        things=tuple(piece.value for piece in pieces if piece.kind == "thing"),
        claims=_claims(pieces, lists),
        described=frozenset(_described(pieces, i) for i, piece in enumerate(pieces) if _is_attribute(piece)),
        negations=tuple(p.value for p in pieces if p.kind == "word" and p.value in lists.negation),
        counted=tuple(found for i, _ in enumerate(pieces) if (found := _counted(pieces, i))),
        strange=tuple(word for i, _ in enumerate(pieces) if (word := _strange(pieces, i, lists))),
    )


def _claims(pieces: list[Piece], lists: WordLists) -> tuple[Claim, ...]:
    claims: list[Claim] = []
    taken: set[int] = set()  # things that a claim led to
    for at, piece in enumerate(pieces):
        if piece.kind == "cue":
            subject = _subject(pieces, at, taken, claims[-1].subject if claims else "")
            found = _objects(pieces, at, lists)
            taken.update(found)
            objects = tuple(sorted(pieces[i].value for i in found))
            claims.append(Claim(piece.value, objects, "" if piece.value in _ABOUT_NOBODY else subject))
    return tuple(claims)


def _objects(pieces: list[Piece], at: int, lists: WordLists) -> list[int]:
    """Where the things are that the cue leads to."""
    family = pieces[at].value
    if family in lists.no_object:
        return []
    wanted = 2 if family == "between" else 1
    found: list[int] = []
    for i in range(at + 1, min(len(pieces), at + 1 + _REACH * wanted)):
        piece = pieces[i]
        if piece.kind == "thing":
            found.append(i)
            if len(found) == wanted:
                break
        elif piece.kind == "cue" or piece.phrase[0] in STOPS or piece.phrase[0] in lists.pronouns - {"one"}:
            break
    return found


def _subject(pieces: list[Piece], at: int, taken: set[int], previous: str) -> str:
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


def _strange(pieces: list[Piece], at: int, lists: WordLists) -> str:
    """The word that an article leads to, where it leads to nothing known."""
    if pieces[at].phrase[-1] not in lists.articles or pieces[at].kind == "cue":
        return ""
    unknown = False
    for piece in pieces[at + 1 : at + 1 + _PHRASE]:
        if piece.kind in ("thing", "ignored") or piece.value in lists.plain:
            return ""
        if (piece.kind == "cue" and not unknown) or (piece.kind == "attribute" and piece.value in _RANKS):
            return ""  # "the left", "the second"
        if piece.kind == "cue" or piece.phrase[0] in STOPS | _JOINS:
            break
        unknown = unknown or piece.kind == "word"
    following = [piece.phrase[0] for piece in pieces[at + 1 : at + 2]]
    return following[0] if following else ""


def _is_attribute(piece: Piece) -> bool:
    return piece.kind == "attribute" or piece.phrase[0].isdecimal()


def _described(pieces: list[Piece], at: int) -> tuple[str, str]:
    """("brown", "chair") for "brown wooden chair"; ("brown", "") for "the chair is brown"."""
    for following in pieces[at + 1 : at + 4]:
        if following.kind == "thing":
            return pieces[at].value, following.value
        if following.kind not in ("attribute", "word") or following.phrase[0] in STOPS | _JOINS:
            break
    return pieces[at].value, ""


def _counted(pieces: list[Piece], at: int) -> tuple[str, str] | None:
    """("three", "chair") for "three brown chairs"."""
    if pieces[at].value not in _NUMBERS and not pieces[at].phrase[0].isdecimal():
        return None
    number, thing = _described(pieces, at)
    return (number, thing) if thing else None
