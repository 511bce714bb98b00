"""What a text says, as far as the judge reads it: things, relations claimed, attributes, counts, negations."""

from __future__ import annotations

from dataclasses import dataclass


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
