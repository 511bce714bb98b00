"""Published splits into base classes, whose labels are trained on, and novel ones, whose labels are hidden.

After PLA (Ding et al. 2023, arXiv 2211.16312) and RegionPLC (Yang et al. 2024, arXiv 2304.00962). "B15/N4": 15 base, 4
novel classes; the catch-all class is neither. For instances ScanNet's splits are called B13/N4, B10/N7 and B8/N9, since
wall and floor have none; the novel classes are the same. In ScanNet200 nothing is a catch-all, and the 11 classes that
only training scans show are base classes. Lists of the released configurations, in the order of the label sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_FOUR = ("sofa", "bookshelf", "desk", "toilet")
_SEVEN = ("bed", "chair", "table", "bookshelf", "picture", "sink", "bathtub")
_NINE = (
    "bookshelf", "picture", "counter", "desk", "refrigerator", "shower curtain", "toilet", "sink", "bathtub",
)  # fmt: skip
_THIRTY = (
    "pillow", "box", "clothes", "counter", "dresser", "keyboard", "backpack", "printer", "shower curtain", "bin",
    "copier", "sofa chair", "recycling bin", "clock", "guitar", "seat", "ladder", "cup", "toaster", "ironing board",
    "toilet seat cover dispenser", "furniture", "cart", "projector", "shower floor", "laundry detergent",
    "bathroom stall door", "dumbbell", "folded chair", "mattress",
)  # fmt: skip
_FIFTY = (
    "couch", "window", "bookshelf", "coffee table", "kitchen cabinet", "clothes", "counter", "end table", "bag",
    "backpack", "printer", "microwave", "shoe", "bin", "washing machine", "sofa chair", "paper", "blinds",
    "radiator", "recycling bin", "soap dispenser", "bucket", "stand", "light", "pipe", "bathroom stall", "cup",
    "storage bin", "coffee maker", "machine", "fireplace", "mini fridge", "hat", "cart", "light switch",
    "decoration", "plunger", "stuffed animal", "dish rack", "broom", "range hood", "water pitcher", "paper bag",
    "bathroom vanity", "ceiling light", "trash bin", "stair rail", "coat rack", "calendar", "poster",
)  # fmt: skip

SPLITS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "scannet20": {
        "B15/N4": _FOUR,
        "B12/N7": _SEVEN,
        "B10/N9": _NINE,
        "B13/N4": _FOUR,
        "B10/N7": _SEVEN,
        "B8/N9": _NINE,
    },
    "scannet200": {"B170/N30": _THIRTY, "B150/N50": _FIFTY},
    "s3dis": {
        "B8/N4": ("window", "table", "sofa", "bookcase"),
        "B6/N6": ("floor", "window", "door", "table", "bookcase", "board"),
    },
    "nuscenes-lidarseg": {
        "B12/N3": ("motorcycle", "pedestrian", "traffic cone"),
        "B10/N5": ("motorcycle", "pedestrian", "traffic cone", "barrier", "sidewalk"),
    },
}
"""Label set -> name of the split -> its novel classes."""


def novel_classes(asked: Sequence[str], label_set: str) -> tuple[str, ...]:
    """Names of novel classes: those of a published split if one is named, else as asked."""
    splits = SPLITS.get(label_set, {})
    return splits[asked[0]] if len(asked) == 1 and asked[0] in splits else tuple(asked)
