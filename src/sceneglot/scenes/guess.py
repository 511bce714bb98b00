"""Guesses about a scan's units and up axis: reported to the user, never applied."""

from __future__ import annotations

import numpy as np

_AXES = "xyz"
_ANEW = "import it into a new store with"  # a store keeps the scenes it has
_LEAST, _MOST = 0.01, 100_000.0  # metres: a thing in the hand, a city


def guess_units(extent: np.ndarray) -> str:
    """Likely unit of a room from its (3,) extents: "metres", "centimetres", "millimetres", or "unclear".

    Rooms and flats measure 1.5 to 60 m; each other unit is said only where metres are out of the question.
    """
    largest = float(np.max(extent, initial=0.0))
    if not np.isfinite(largest) or largest <= 0:
        return "unclear"
    if 1.5 <= largest <= 60:
        return "metres"
    if 1500 < largest <= 60_000:
        return "millimetres"
    if 300 <= largest <= 1500:
        return "centimetres"
    return "unclear"  # a single object, a street, or a unit nobody uses


def guess_up_axis(xyz: np.ndarray) -> str:
    """Likely up axis of a scanned room: "x", "y", "z", or "unclear".

    A scan's floor is its largest flat piece at one end of the up axis, and furniture stands on it. So for each axis we
    take the share of points in the fullest slab (1 % of the largest extent) within the lowest or highest sixth, divided
    by the axis' own extent: rooms are wider than high. The winner must be 1.5 times the runner-up.

    Args:
        xyz: (N, 3) points.
    """
    if len(xyz) < 100:
        return "unclear"
    low, high = np.percentile(xyz, (0.5, 99.5), axis=0)
    extent = high - low
    slab = float(extent.max()) / 100
    if slab <= 0:
        return "unclear"
    scores = np.zeros(3)
    for axis in range(3):
        bins = max(6, int(np.ceil(extent[axis] / slab)))
        counts, _ = np.histogram(xyz[:, axis], bins, (low[axis] - 1e-9, high[axis] + 1e-9))
        end = max(1, bins // 6)
        peak = max(counts[:end].max(), counts[-end:].max())
        scores[axis] = peak / len(xyz) / max(extent[axis], slab)
    first, second = np.sort(scores)[::-1][:2]
    return _AXES[int(scores.argmax())] if first >= 1.5 * second else "unclear"


def oddities(xyz: np.ndarray) -> tuple[str, ...]:
    """Sentences about what looks odd in a scan: unit, up axis, distance from the origin. Nothing is changed."""
    if not len(xyz):
        return ()
    notes = []
    extent = np.ptp(xyz, axis=0)
    size = " x ".join(f"{value:.4g}" for value in extent)
    units = guess_units(extent)
    if factor := {"millimetres": "0.001", "centimetres": "0.01"}.get(units):
        notes.append(f"measures {size}: perhaps in {units}, metres are expected; if so, {_ANEW} --scale {factor}")
    axis = guess_up_axis(xyz)
    if axis in ("x", "y"):
        notes.append(
            f"the floor seems to lie across {axis}: perhaps {axis} is up, z is expected; if so, {_ANEW} --up {axis}"
        )
    if len(xyz) > 1 and not _LEAST <= float(extent.max()) <= _MOST:
        notes.append(f"measures {size}, which is no scene in metres; if its unit is another, {_ANEW} --scale")
    far = float(np.abs(xyz).max())
    if far > 10_000 and far > 20 * float(extent.max()):
        notes.append(
            f"lies {far:,.0f} units from the origin: float32 resolves {far * 2**-23:.2g} there; move it near 0"
        )
    return tuple(notes)
