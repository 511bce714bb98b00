"""What can be said of things: words for relations, kinds of things, and the descriptions and clauses made of them.

A `Description` ("the brown chair") and a `Clause` ("next to the desk") each tell for every object of the scene whether
they certainly fit it (`sure`) and whether somebody might think so (`maybe`). A description with clauses identifies an
object when the object is sure in all of them and no other object is maybe in all of them. Sentences of every kind are
drawn from these two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sceneglot.language.bits import bits_of
from sceneglot.language.lexicon import Lexicon

PAIR_WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "on": (("on",), ("on", "placed_in", "inside", "embedded")),
    "in": (("placed_in", "inside", "embedded"), ("placed_in", "inside", "embedded", "on")),
    "supporting": (("supporting",), ("supporting", "containing")),
    "containing": (("containing",), ("containing", "supporting")),
    "above": (("above",), ("above", "on")),
    "below": (("below", "under"), ("below", "under", "supporting")),
    "under": (("under",), ("under", "below")),
    "higher": (("higher",), ("higher",)),
    "lower": (("lower",), ("lower",)),
    "adjacent": (("adjacent",), ("adjacent",)),
    "next_to": (("next_to",), ("next_to", "beside")),
    "beside": (("beside",), ("beside", "next_to")),
    "close": (("close",), ("close",)),
    "left": (("near_left", "far_left"), ("near_left", "far_left")),
    "right": (("near_right", "far_right"), ("near_right", "far_right")),
    "far_left": (("far_left",), ("far_left",)),
    "far_right": (("far_right",), ("far_right",)),
    "in_front": (("in_front",), ("in_front", "at_front")),
    "behind": (("behind",), ("behind", "at_back")),
    "facing": (("facing",), ("facing",)),
}
"""Word of the language -> relations that make it true, and relations that make it arguable."""

ROOM_WORDS: dict[str, tuple[str, ...]] = {
    "on_wall": ("hanging", "affixed", "mounted"),
    "from_ceiling": ("hanging_ceiling",),
    "against_wall": ("against_wall",),
    "in_corner": ("in_corner",),
    "in_center": ("in_center",),
}

NEEDS_THE_ANCHOR = frozenset(
    ("left", "right", "far_left", "far_right", "in_front", "behind", "higher", "lower", "facing")
)
"""Words that are only said of an anchor that is singled out: "left of a chair" helps nobody where there are three."""

AROUND_WORDS = ("ahead", "to_left", "to_right", "at_back")
"""Where a thing is from a viewer who stands in the middle of the room and faces another."""

ROW_WORDS = ("from_left", "from_right")
"""Places in a row of like things, counted by a viewer who stands in the middle of the room and faces a thing."""

VIEW_WORDS = frozenset(("left", "right", "far_left", "far_right", "in_front", "behind", *AROUND_WORDS, *ROW_WORDS))
"""Words whose truth depends on the viewer."""


class Kind(NamedTuple):
    """What a description says: a noun and up to four attributes ("" where it says nothing)."""

    noun: str
    color: str = ""
    material: str = ""
    shape: str = ""
    state: str = ""

    def phrase(self, words: Lexicon) -> str:
        """ "open brown wooden door": opinion-free English order state, shape, colour, material, noun."""
        adjective = words.materials.get(self.material, self.material)
        state = words.states[self.state].adjective if self.state else ""
        return " ".join(part for part in (state, self.shape, self.color, adjective, self.noun) if part)

    @property
    def is_plain(self) -> bool:
        """Whether it is the noun alone."""
        return not (self.color or self.material or self.shape or self.state)


@dataclass(frozen=True, eq=False)
class Description:
    """A kind and the objects it fits: (K,) boolean columns, sure implies maybe."""

    kind: Kind
    sure: np.ndarray
    maybe: np.ndarray

    @cached_property
    def bits(self) -> int:
        """`maybe` as a number, see `bits`."""
        return bits_of(self.maybe[None])[0]

    @cached_property
    def sure_bits(self) -> int:
        """`sure` as a number."""
        return bits_of(self.sure[None])[0]

    @cached_property
    def number(self) -> int:
        """How many objects it surely fits."""
        return int(np.count_nonzero(self.sure))

    @cached_property
    def is_unique(self) -> bool:
        """Whether it fits exactly one object and no other might be meant."""
        return self.bits.bit_count() == 1 and self.number > 0

    @cached_property
    def row(self) -> int:
        """First row it surely fits; of a unique description, the only one."""
        return int(self.sure.argmax())


@dataclass(frozen=True, eq=False)
class Clause:
    """A relation to described anchors, and how clearly each object stands in it.

    Attributes:
        word: key of `PAIR_WORDS` or `ROOM_WORDS`, or "between", "closest", "farthest".
        anchors: none for the room, two for between, else one.
        noun: for superlatives and ordinals the noun among whose bearers it is meant, else "".
        sure, maybe: (K,) margins in metres.
        index: row in the arrays of the `ClauseTable` it belongs to, -1 for a clause made for one sentence.
        rank: 2 for "the second closest", 1 otherwise.
        via: the clause that singles out the anchor where its description does not ("the desk that is by the door").
        at: row of the anchor of a clause with `via`.
    """

    word: str
    anchors: tuple[Description, ...]
    sure: np.ndarray
    maybe: np.ndarray
    noun: str = ""
    index: int = -1
    rank: int = 1
    via: Clause | None = None
    at: int = -1

    @property
    def view_dependent(self) -> bool:
        """Whether it is true for the graph's viewer only."""
        return self.word in VIEW_WORDS or (self.via is not None and self.via.view_dependent)

    def anchor_rows(self) -> list[int]:
        """Rows of unique anchors; ambiguous anchors ("a desk") have no one row."""
        if self.via is not None:
            return [self.at, *self.via.anchor_rows()]
        return [a.row for a in self.anchors if a.is_unique]
