"""An independent check of situated questions: is it so, from that place, with that heading?

Like `verify` it works on the raw boxes with nominal limits between what the generator asserts and what it excludes,
and shares no geometry with it: quarters of a circle by centres instead of sectors by corners. A question is asked only
where this checker finds the same answer, and where everything the text names is found by its words alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sceneglot.language.predicates import Kind, Predicate
from sceneglot.language.verify import SIDE_OF_VIEWER, Checker

Named = tuple[Predicate, int]
"""What a text calls a thing, and the row that it means."""

NOTHING = Kind("")

IN_REACH = 0.9
"""Metres up to which a thing is within reach (the generator says so up to 0.6, and denies it from 1.2)."""

ROOM_TO_STAND = 0.1
"""Metres: nobody stands nearer to a thing than this, or in it."""

STEP = 0.7
"""Metres up to which somebody stands next to a thing."""

IN_THE_WAY = (0.3, 1.6)
"""Heights above the floor between which a box keeps people out, metres."""


@dataclass(frozen=True)
class Stance:
    """Where a situation says that somebody is.

    Attributes:
        kind: middle (of the room), beside (a thing) or sitting (on it).
        position: (2,) metres; heading: radians counter-clockwise from +x.
        beside: what the person is at or on, None in the middle of the room.
        faced: what the person faces, None where the seat decides.
    """

    kind: str
    position: tuple[float, float]
    heading: float
    beside: Named | None = None
    faced: Named | None = None


@dataclass(frozen=True)
class Asked:
    """A situated question and its answer as data.

    Attributes:
        family: key of `FAMILIES`.
        answer: a side ("to_left"), "yes", "no", a number, a colour; of closer, "first" or "second".
        things: what it names and which row is meant; kind: the noun of questions about all of a kind.
        side: the side it asks about.
    """

    family: str
    answer: str
    things: tuple[Named, ...] = ()
    kind: Kind = NOTHING
    side: str = ""


class Witness:
    """Somebody at a place in a scene, who answers by what is around.

    Args:
        checker: of the scene; stance: where the witness is.
    """

    def __init__(self, checker: Checker, stance: Stance) -> None:
        self.checker, self.rules, self.stance = checker, checker.rules, stance
        place = np.asarray(stance.position)
        self.bearing = self.rules.bearing(stance.position, stance.heading)
        beyond = np.stack([self.rules.low[:, :2] - place, place - self.rules.high[:, :2]]).max(0)
        self.away = np.sqrt((np.clip(beyond, 0.0, None) ** 2).sum(1))

    def agrees(self, asked: Asked) -> bool:
        """Whether the answer is the same, and everything named is found."""
        return all(self._finds(named) for named in asked.things) and FAMILIES[asked.family](self, asked)

    def stands_there(self) -> bool:
        """Whether the witness is where the situation says, looks where it says, and fits there."""
        s = self.stance
        if not all(self._finds(named) for named in (s.beside, s.faced) if named is not None):
            return False
        if s.faced is not None and abs(self.bearing[s.faced[1]]) > 1.0:
            return False
        if s.kind == "sitting":
            return s.beside is not None and self._sits(s.beside[1])
        if s.kind == "beside" and (s.beside is None or not 0.0 < self.away[s.beside[1]] <= STEP):
            return False
        low, high = self.rules.low[:, 2] - self.rules.floor, self.rules.high[:, 2] - self.rules.floor
        tall = self.checker.is_object & (low < IN_THE_WAY[1]) & (high > IN_THE_WAY[0])
        free = not (tall & (self.away < ROOM_TO_STAND)).any()
        return free and (s.kind != "middle" or self._in_middle())

    def quarter(self, side: str) -> np.ndarray:
        """(K,) objects whose centre lies in one of the quarters around."""
        off = (self.bearing - SIDE_OF_VIEWER[side] + 180.0) % 360.0 - 180.0
        return (np.abs(off) <= 45.0) & self.checker.is_object

    def _finds(self, named: Named) -> bool:
        return self.checker.bits_meant(named[0]) == 1 << named[1]

    def _sits(self, row: int) -> bool:
        """On the seat, looking along its front."""
        front = self.checker.objects.front[row, :2].astype(np.float64)
        x, y = np.cos(self.stance.heading), np.sin(self.stance.heading)
        along = (front[0] * x + front[1] * y) / max(float(np.hypot(*front)), 1e-9)
        return bool(self.away[row] == 0.0 and along > 0.99)

    def _in_middle(self) -> bool:
        low, high = self.rules.extent
        return bool((np.abs(np.asarray(self.stance.position) - (low + high) / 2) <= 0.2 * (high - low)).all())

    # Families --------------------------------------------------------------------------------------------------------

    def direction(self, asked: Asked) -> bool:
        """On which side is X?"""
        return bool(self.quarter(asked.answer)[asked.things[0][1]])

    def is_it(self, asked: Asked) -> bool:
        """Is X on that side?"""
        return bool(self.quarter(asked.side)[asked.things[0][1]]) == (asked.answer == "yes")

    def is_there(self, asked: Asked) -> bool:
        """Is there any of a kind on that side?"""
        return bool(self._of_kind(asked).any()) == (asked.answer == "yes")

    def count(self, asked: Asked) -> bool:
        """How many of a kind are on that side?"""
        return int(self._of_kind(asked).sum()) == int(asked.answer)

    def color(self, asked: Asked) -> bool:
        """Of what colour is the only one of a kind on that side?"""
        rows = np.flatnonzero(self._of_kind(asked)).tolist()
        return len(rows) == 1 and bool(self.checker.might_be(asked.kind._replace(color=asked.answer))[rows[0]])

    def nearest(self, asked: Asked) -> bool:
        """What is the nearest thing on that side?"""
        rows = np.flatnonzero(self.quarter(asked.side))
        return bool(len(rows)) and bool(self.checker.might_be(asked.kind)[rows[self.away[rows].argmin()]])

    def reach(self, asked: Asked) -> bool:
        """Is X within reach?"""
        return bool(self.away[asked.things[0][1]] <= IN_REACH) == (asked.answer == "yes")

    def closer(self, asked: Asked) -> bool:
        """Which of two is closer?"""
        (_, first), (_, second) = asked.things
        return bool(self.away[first] < self.away[second]) == (asked.answer == "first")

    def _of_kind(self, asked: Asked) -> np.ndarray:
        return self.checker.might_be(asked.kind) & self.quarter(asked.side)


FAMILIES: dict[str, Callable[[Witness, Asked], bool]] = {
    "direction": Witness.direction,
    "is it": Witness.is_it,
    "is there": Witness.is_there,
    "count": Witness.count,
    "color": Witness.color,
    "nearest": Witness.nearest,
    "reach": Witness.reach,
    "closer": Witness.closer,
}
"""Family of a situated question -> how the witness answers it."""
