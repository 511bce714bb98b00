"""From labelled points to a Scene: what all importers of point-wise labels have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.importers.labelled import objects_of_points
from sceneglot.scenes.labels_maps import NO_MAP, LabelMap, unknown_note
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.readers.cloud import to_rgb8
from sceneglot.scenes.scene import NO_INSTANCE, Scene, Source

UNNAMED = "object"
"""Label of an instance that the source does not name."""

_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Points:
    """Labelled points as a source gives them; `to_scene` checks them.

    Attributes:
        xyz: (N, 3) numbers, metres, z up.
        rgb: (N, 3) colours, uint8 or 0..255 or 0..1, or None.
        normal: (N, 3) or None.
        segment: (N,) over-segmentation or None.
        instance: (N,) object ids, negative for none; None where unlabelled.
        semantic: (N,) NYU40 ids, 0 for none; derived from the labels of the instances where None.
    """

    xyz: np.ndarray
    rgb: np.ndarray | None = None
    normal: np.ndarray | None = None
    segment: np.ndarray | None = None
    instance: np.ndarray | None = None
    semantic: np.ndarray | None = None


def to_scene(
    path: Path,
    scene_id: str,
    points: Points,
    labels: Mapping[int, str],
    source: Source,
    *,
    names: LabelMap = NO_MAP,
    room_type: str = "",
    fronts: Mapping[int, np.ndarray] | None = None,
) -> Scene:
    """Check the points, make boxes and mean colours of all instances, give every point its class.

    An instance without a label is called "object"; a label without points is left out; both are noted. Boxes run from
    the smallest to the largest coordinate of all points of an instance.

    Args:
        path: named in errors.
        labels: object id -> label as in the source.
        names: how the labels become NYU40 classes.
        fronts: object id -> (3,) unit vector out of its front, where known.

    Raises:
        BadFileError: no points, coordinates that are no numbers, columns of different lengths, or ids that do not fit.
    """
    xyz = coordinates(path, points.xyz)
    _check_lengths(path, points)
    rgb = np.full((len(xyz), 3), 128, np.uint8) if points.rgb is None else to_rgb8(points.rgb)
    instance, notes, objects = None, source.notes, Objects.empty()
    semantic = points.semantic
    if points.instance is not None:
        instance = _ids(path, points.instance)
        objects, found = _objects(xyz, rgb, instance, labels, fronts or {})
        notes += found
        if semantic is None:
            semantic = _classes_of_points(instance, objects, names)
            notes += unknown_note(objects.label, (names.nyu40_of(label) for label in objects.label))
    if semantic is not None and len(semantic) and not 0 <= semantic.min() <= semantic.max() <= 40:
        raise BadFileError(path, f"NYU40 classes run from {semantic.min()} to {semantic.max()}, expected 0 to 40")
    try:
        return Scene(
            id=scene_id,
            xyz=xyz,
            rgb=rgb,
            source=Source(source.origin, source.path, source.licence, notes=notes),
            normal=points.normal,
            segment=points.segment,
            instance=instance,
            semantic=semantic,
            objects=objects,
            room_type=room_type,
            has_color=points.rgb is not None,
        )
    except SceneglotError as error:
        raise BadFileError(path, str(error)) from error


def coordinates(path: Path, values: np.ndarray) -> np.ndarray:
    """(N, 3) float32; raises BadFileError for any other shape, and for what is no finite number."""
    if values.ndim != 2 or values.shape[1] != 3 or not len(values) or values.dtype.kind not in "iuf":
        raise BadFileError(path, f"points have shape {values.shape} and type {values.dtype}, expected (N, 3) numbers")
    with np.errstate(over="ignore", invalid="ignore"):
        xyz = np.ascontiguousarray(values, np.float32)
        good = (np.abs(xyz) < np.finfo(np.float32).max / 4).all()  # False for NaN; leaves room for sums
    if not good:
        raise BadFileError(path, "has points that are not finite numbers", "get the file again")
    return xyz


def _check_lengths(path: Path, points: Points) -> None:
    n = len(points.xyz)
    for name, width in (("rgb", 3), ("normal", 3), ("segment", 0), ("instance", 0), ("semantic", 0)):
        column = getattr(points, name)
        expected = (n, width) if width else (n,)
        if column is not None and (column.shape != expected or column.dtype.kind not in "biuf"):
            raise BadFileError(path, f"{name} has shape {column.shape}, expected {expected} to match the points")


def _ids(path: Path, values: np.ndarray) -> np.ndarray:
    """(N,) int32 object ids; everything negative becomes `NO_INSTANCE`."""
    if values.dtype.kind == "f" and not (np.isfinite(values).all() and (values == np.rint(values)).all()):
        raise BadFileError(path, "instance ids are no whole numbers")
    if len(values) and values.max() > _LARGEST_ID:
        raise BadFileError(path, f"instance ids run up to {values.max()}, they must fit into 32 bits")
    return np.where(values < 0, NO_INSTANCE, values).astype(np.int32)


def _objects(
    xyz: np.ndarray, rgb: np.ndarray, instance: np.ndarray, labels: Mapping[int, str], fronts: Mapping[int, np.ndarray]
) -> tuple[Objects, tuple[str, ...]]:
    ids = [int(i) for i in np.unique(instance) if i != NO_INSTANCE]
    unnamed = [i for i in ids if i not in labels]
    empty = sorted(set(labels).difference(ids))
    notes = (f"objects without a label, called {UNNAMED!r}: {_some(unnamed)}",) if unnamed else ()
    notes += (f"left out objects without points: {_some(empty)}",) if empty else ()
    objects = objects_of_points(xyz, instance, {i: labels.get(i, UNNAMED) for i in ids}, rgb)
    if fronts:
        unknown = np.full(3, np.nan)
        objects = replace(objects, front=np.array([fronts.get(i, unknown) for i in ids]).reshape(-1, 3))
    return objects, notes


def _classes_of_points(instance: np.ndarray, objects: Objects, names: LabelMap) -> np.ndarray:
    """(N,) int16 NYU40 class of each point's object, 0 for none."""
    if not len(objects):
        return np.zeros(len(instance), np.int16)
    kinds = np.array([names.nyu40_of(label) for label in objects.label], np.int16)
    place = np.minimum(np.searchsorted(objects.id, instance), len(objects) - 1)
    return np.where(objects.id[place] == instance, kinds[place], 0).astype(np.int16)


def _some(ids: list[int]) -> str:
    return ", ".join(map(str, ids[:20])) + (", ..." if len(ids) > 20 else "")
