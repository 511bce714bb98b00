"""Small tables of boxes for the tests of graph and language."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from sceneglot.scenes.objects import Objects

Row = tuple[str, Sequence[float], Sequence[float]]


def table(*rows: Row, **columns) -> Objects:
    """Objects from (label, centre, size) rows; ids count from 0."""
    return Objects(
        id=columns.pop("id", np.arange(len(rows), dtype=np.int32)),
        label=tuple(row[0] for row in rows),
        center=np.array([row[1] for row in rows], np.float32).reshape(-1, 3),
        size=np.array([row[2] for row in rows], np.float32).reshape(-1, 3),
        **columns,
    )


def standing(label: str, x: float, y: float, size: Sequence[float] = (0.5, 0.5, 1.0), z: float = 0.0) -> Row:
    """A box whose underside is at height z."""
    return (label, (x, y, z + size[2] / 2), size)


def turned(objects: Objects, quarters: int) -> Objects:
    """The table turned counter-clockwise about the origin by quarter turns: boxes stay boxes."""
    center, size, front = objects.center, objects.size, objects.front
    for _ in range(quarters % 4):
        center = np.stack([-center[:, 1], center[:, 0], center[:, 2]], 1)
        front = np.stack([-front[:, 1], front[:, 0], front[:, 2]], 1)
        size = size[:, [1, 0, 2]]
    return Objects(
        objects.id, objects.label, center, size, objects.color, front, objects.parent,
        objects.material, objects.shape, objects.color_name, objects.state,
    )  # fmt: skip


def mirrored(objects: Objects) -> Objects:
    """The table mirrored in x."""
    flip = np.array([-1, 1, 1], np.float32)
    return Objects(
        objects.id, objects.label, objects.center * flip, objects.size, objects.color, objects.front * flip,
        objects.parent, objects.material, objects.shape, objects.color_name, objects.state,
    )  # fmt: skip


LABELS = (
    "chair", "office chair", "table", "desk", "bed", "lamp", "cabinet", "monitor", "books", "door", "window", "picture",
    "trash can", "couch", "pillow", "shelf", "object", "wall", "floor", "kitchen counter", "sink", "tv", "curtain",
)  # fmt: skip


@st.composite
def random_tables(draw, most: int = 24, least: int = 0) -> Objects:
    """Random labelled boxes in a room, some with duplicated boxes, odd ids, colours and fronts."""
    count = draw(st.integers(least, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = rng.uniform(0.05, 2.0, (count, 3))
    center = rng.uniform((-3, -3, 0), (3, 3, 2.5), (count, 3))
    on_floor = rng.random(count) < 0.6
    center[on_floor, 2] = size[on_floor, 2] / 2
    if count > 3 and rng.random() < 0.3:
        center[1], size[1] = center[0], size[0]
    angle = rng.uniform(0, 2 * np.pi, count)
    front = np.stack([np.cos(angle), np.sin(angle), np.zeros(count)], 1)
    front[rng.random(count) < 0.5] = np.nan
    return Objects(
        id=rng.permutation(np.arange(-count // 2, -count // 2 + count)).astype(np.int32),
        label=tuple(str(x) for x in rng.choice(LABELS, count)),
        center=center.astype(np.float32),
        size=size.astype(np.float32),
        color=rng.integers(0, 256, (count, 3)).astype(np.uint8),
        front=front.astype(np.float32),
    )
