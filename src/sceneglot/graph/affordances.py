"""What kinds of things can carry, contain, hang: decided by the last words of a label."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STRUCTURAL = frozenset(
    ("wall", "floor", "ceiling", "walls", "shower floor", "shower ceiling", "closet ceiling", "closet floor", "roof")
)
"""The shell of the room: never spoken of as an object, but it tells where walls, floor and ceiling are."""

WALLS = _words("wall walls")
SHELL = ("wall", "floor", "ceiling")
"""Parts of the structure that give the room's extent and heights; columns of their own beside the `CLASSES`."""

SURFACES = _words(
    "table desk counter countertop nightstand dresser stand vanity island workbench bench piano stove cabinet "
    "sideboard buffet credenza ottoman shelf bookshelf rack cart stool bar chest mantel ledge windowsill"
)
"""Things with a surface below the top of their box (hutches, splash-backs, upper boards)."""

NO_SEATS = frozenset(("loft bed", "bunk bed"))
"""Beds whose box also holds what is beneath or above the mattress: a desk, a second bed."""

SEATS = _words(
    "bed sofa couch chair armchair loveseat futon crib mattress bench recliner seat bunk daybed cot stroller"
)
"""Things one sits or lies on: their surface is well below head or back rest."""

CONTAINERS = _words(
    "shelf bookshelf bookcase cabinet cupboard wardrobe closet basket box bin crate drawer sink bathtub tub bucket "
    "hamper rack organizer bowl tray pot vase container refrigerator fridge microwave oven dishwasher bag "
    "backpack suitcase can shelves cabinets fireplace"
)
"""Things that hold others inside their box."""

EMBEDDED = _words("sink stove oven dishwasher cooktop microwave faucet toilet bathtub fireplace")
"""Things that are built into counters and cabinets."""

ROOFS = _words("table desk counter countertop bed piano bench island workbench vanity bar stand")
"""Things that leave room beneath them."""

HUNG = _words(
    "picture pictures painting poster curtain curtains drapes blinds window windows door doors mirror whiteboard "
    "blackboard board clock rod sign calendar switch outlet thermostat vent rail hook projector screen bar "
    "doorframe banner photo hanging alarm detector dispenser"
)
"""Things that hang on, or are let into, walls: they never stand on the floor."""

GROUNDED = _words(
    "chair armchair couch sofa loveseat recliner stool bed mattress table desk toilet bathtub refrigerator fridge "
    "wardrobe bookshelf bookcase dresser nightstand radiator counter bin copier piano bicycle door doors stairs "
    "headboard dishwasher washer dryer"
) | frozenset(("trash can", "garbage can", "washing machine", "clothes dryer", "kitchen cabinet", "kitchen cabinets"))
"""Things that stand on the floor, or are fixed: where their box, half scanned, touches that of another, they do not
stand on it. Only floor coverings lie beneath them."""

MATS = _words("rug carpet mat doormat")
"""Floor coverings: everything in a room is above them, so nobody says so."""

SOLID = _words("bed mattress rug carpet mat doormat closet piano pool court stage bathtub shower")
"""Things that fill even a large box; the large box of another may be that of an L or a U, empty in the middle."""

OPENINGS = _words("window windows door doors doorframe doorway archway")
"""Holes in walls: in the wall, not hanging on it."""

MOUNTED = _words("tv television monitor sink shelf cabinet cabinets heater radiator dispenser lamp light fan")
AFFIXED = _words("mirror whiteboard blackboard board sign switch outlet thermostat rail")
"""Which verb hung things take: mounted, affixed, or else hanging."""

HANGABLE = (
    HUNG | MOUNTED | _words("towel towels jacket coat clothes clothing bathrobe robe hat shirt tapestry flag bag rack")
)
"""What may hang without standing on anything; other things that seem to float stand on something not labelled."""

FACERS = _words(
    "chair armchair sofa couch loveseat recliner seat bench stool tv television monitor laptop toilet piano"
)
"""Things people say face something: seats and screens."""

FRONTLESS = _words("table stool ottoman pouf bathtub tub")
"""Things that look alike from several sides: whatever front a source names, people do not say "in front of" by it."""

CARRIES_NOTHING = HUNG | _words(
    "lamp plant person pillow keyboard mouse towel light fan ball flower globe bottle cup phone telephone"
)
"""Things nothing stands on."""

CLASSES: dict[str, frozenset[str]] = {
    "structural": STRUCTURAL,
    "surface": SURFACES,
    "seat": SEATS,
    "container": CONTAINERS,
    "embedded": EMBEDDED,
    "roof": ROOFS,
    "hung": HUNG,
    "grounded": GROUNDED,
    "mat": MATS,
    "solid": SOLID,
    "opening": OPENINGS,
    "mounted": MOUNTED,
    "affixed": AFFIXED,
    "hangable": HANGABLE,
    "facer": FACERS,
    "frontless": FRONTLESS,
    "carries_nothing": CARRIES_NOTHING,
}


@lru_cache(maxsize=8192)
def classes_of(label: str) -> frozenset[str]:
    """Names of the `CLASSES` a raw label belongs to ("kitchen cabinet" -> by "cabinet"; "bar stool" -> by "stool")."""
    words = label.lower().replace("_", " ").split()
    if not words:
        return frozenset()
    whole, last = " ".join(words), words[-1]
    if last in WALLS:
        return frozenset(("structural", "wall"))
    if whole in STRUCTURAL:
        return frozenset(("structural", whole) if whole in SHELL else ("structural",))
    found = frozenset(name for name, members in CLASSES.items() if whole in members or last in members)
    return found - {"seat", "surface"} if whole in NO_SEATS else found


@lru_cache(maxsize=8192)
def _row(label: str) -> tuple[bool, ...]:
    classes = classes_of(label)
    return tuple(name in classes for name in _COLUMN)


_COLUMN = {name: index for index, name in enumerate((*CLASSES, *SHELL))}


class Affordances:
    """(K,) boolean columns, one per name of `CLASSES` and of `SHELL`, for the labels of a scene."""

    def __init__(self, labels: Sequence[str]) -> None:
        table = np.array([_row(label) for label in labels], bool).reshape(len(labels), len(_COLUMN))
        self._columns = np.ascontiguousarray(table.T)

    def __getitem__(self, name: str) -> np.ndarray:
        return self._columns[_COLUMN[name]]
