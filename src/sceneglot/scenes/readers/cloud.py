"""Cloud: what a file holds before it is cleaned and becomes a Scene, and helpers shared by all readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sceneglot.scenes.objects import Objects


@dataclass(frozen=True, eq=False)
class Cloud:
    """Raw content of a point or mesh file: unchecked numbers, file order, file units.

    Attributes:
        xyz: (N, 3) floating point.
        rgb: (N, 3) uint8 or None where the file has no colour.
        normal: (N, 3) floating point or None.
        faces: (F, 3) int64 triangles into `xyz`, or None for a point cloud.
        segment, instance, semantic: (N,) integers or None, meaning as in `Scene`.
        objects: labelled boxes, where the file has them.
        notes: what the reader had to decide.
        intensity: (N,) float32 strength of the return, 0..1, or None.
        dense: the points already cover the surface: never re-sample the faces.
    """

    xyz: np.ndarray
    rgb: np.ndarray | None = None
    normal: np.ndarray | None = None
    faces: np.ndarray | None = None
    segment: np.ndarray | None = None
    instance: np.ndarray | None = None
    semantic: np.ndarray | None = None
    objects: Objects | None = None
    notes: tuple[str, ...] = ()
    intensity: np.ndarray | None = None
    dense: bool = False


def to_rgb8(values: np.ndarray) -> np.ndarray:
    """(N, 3) colours of any number type -> uint8: 0..255 or 0..65535 (laser scanners), floats also 0..1.

    Which one is decided by the largest value; but 16 bit, in types that 8-bit colours come in too, only where more than
    1 % of the numbers are beyond 255. Numbers that are no colour are clipped.
    """
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values)
    finite = np.nan_to_num(values.astype(np.float64), nan=128.0, posinf=255.0, neginf=0.0)
    top = finite.max(initial=0.0)
    if np.issubdtype(values.dtype, np.floating) and top <= 1.0:
        finite = finite * 255.0
    elif 255 < top <= 65535 and (values.dtype == np.uint16 or (finite > 255).mean() > 0.01):
        finite = finite / 257.0
    return np.clip(np.rint(finite), 0, 255).astype(np.uint8)


def to_unit(values: np.ndarray) -> np.ndarray:
    """(N,) intensities of any number type -> float32 0..1. The range they are in, 1, 255 or 65535, is the smallest that
    holds the largest value; beyond it the largest value becomes 1. What is no number becomes 0."""
    finite = np.maximum(np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0), 0.0)
    top = float(finite.max(initial=0.0))
    return (finite / next((limit for limit in (1.0, 255.0, 65535.0) if top <= limit), top)).astype(np.float32)


def brought_near(xyz: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Points of a georeferenced cloud, (N, 3) float64, moved to where float32 is fine enough, and a note."""
    finite = xyz[np.isfinite(xyz).all(1)]
    if not len(finite):
        return xyz, ()
    middle = np.round((finite.min(0) + finite.max(0)) / 2)
    if np.abs(middle).max() <= FAR:
        return xyz, ()
    return xyz - middle, (f"moved to the origin from ({', '.join(f'{value:.0f}' for value in middle)})",)


FAR = 10_000.0
"""Units from the origin at which float32 resolves no better than a millimetre."""
XYZ = (("x", "y", "z"),)
RGB = (("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue"))
NORMAL = (("nx", "ny", "nz"), ("normal_x", "normal_y", "normal_z"))
INTENSITY = ("intensity", "scalar_intensity", "reflectance", "remission", "scalar_reflectance")
LABELS = {
    "segment": ("segment", "segment_id"),
    "instance": ("instance", "instance_id", "object_id", "objectid"),
    "semantic": ("nyu40", "semantic"),
}
"""Column of `Cloud` -> names of per-point number columns that are understood as such, in PLY and PCD."""


def cloud_from_columns(columns: Mapping[str, np.ndarray], faces: np.ndarray | None, notes: tuple[str, ...]) -> Cloud:
    """Named per-point columns ((N,) each, lower-case names, with x, y and z) -> Cloud; says which were not used."""
    xyz, rgb, normal = (_stack(columns, names) for names in (XYZ, RGB, NORMAL))
    assert xyz is not None, "the reader checks x, y and z"
    labels = {}
    for target, names in LABELS.items():
        name = next((name for name in names if name in columns), None)
        if name is not None:
            labels[target] = to_int(columns[name])
            if name == "semantic":
                notes += ("point property 'semantic' is taken as NYU40 ids",)
    strength = next((columns[name] for name in INTENSITY if name in columns), None)
    if strength is not None:
        labels["intensity"] = to_unit(strength)
    known = (*XYZ, *RGB, *NORMAL, *LABELS.values(), INTENSITY)
    used = {name for names in known for name in names} | {"alpha", "a"}
    unused = [name for name in columns if name not in used]
    if unused:
        notes += (f"ignored point properties: {', '.join(unused[:12])}",)
    return Cloud(xyz, None if rgb is None else to_rgb8(rgb), normal, faces, notes=notes, **labels)


def to_int(values: np.ndarray) -> np.ndarray:
    """(N,) numbers -> int64; what is no number becomes -1."""
    if np.issubdtype(values.dtype, np.integer):
        return values.astype(np.int64)
    return np.clip(np.nan_to_num(values, nan=-1.0, posinf=-1.0, neginf=-1.0), -(2.0**31), 2.0**31 - 1).astype(np.int64)


def _stack(columns: Mapping[str, np.ndarray], choices: tuple[tuple[str, ...], ...]) -> np.ndarray | None:
    for names in choices:
        if all(name in columns for name in names):
            return np.stack([columns[name] for name in names], axis=1)
    return None
