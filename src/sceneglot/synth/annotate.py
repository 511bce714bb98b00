"""The object table of a scan: which items were seen well enough, and the boxes of what was seen of them."""

from __future__ import annotations

import numpy as np

from sceneglot.scenes.objects import NO_PARENT, Objects
from sceneglot.synth.raycast import RoomMesh
from sceneglot.synth.room import Item, Room
from sceneglot.synth.scan_config import ScanConfig
from sceneglot.synth.voxel_fusion import Fused

SHELL_CLASSES = {"wall": 1, "floor": 2, "ceiling": 22}
"""NYU40 ids of the shell's labels."""


def list_objects(room: Room, mesh: RoomMesh, fused: Fused, config: ScanConfig) -> Objects:
    """Items with enough points, as rows; ids are indices into `Room.items`.

    As in real data the box encloses the points that were seen, so a cupboard against a wall is as deep as it looked.
    The generator knows the true extent, so noise beyond it is cut off instead of trimmed by a quantile, which would
    also cut off thin legs.
    """
    count = np.bincount(fused.owner, minlength=len(room.items))
    low, high, color = _extents(fused, len(room.items))
    rows: list[int] = []
    boxes: list[tuple[np.ndarray, np.ndarray]] = []
    for index in range(len(room.items)):
        true_low, true_high = mesh.low[index], mesh.high[index]
        small = float((true_high - true_low).max()) < config.small
        if count[index] < (config.min_points_small if small else config.min_points):
            continue
        a, b = np.clip(low[index], true_low, true_high), np.clip(high[index], true_low, true_high)
        rows.append(index)
        boxes.append(((a + b) / 2, b - a))
    items = [room.items[r] for r in rows]
    materials = [item.material for item in items]
    row_of = {index: row for row, index in enumerate(rows)}
    return Objects(
        id=np.array(rows, np.int32),
        label=tuple(item.label for item in items),
        center=np.array([box[0] for box in boxes], np.float32).reshape(-1, 3),
        size=np.array([box[1] for box in boxes], np.float32).reshape(-1, 3),
        color=color[rows],
        front=np.array([item.front for item in items], np.float32).reshape(-1, 3),
        parent=np.array([row_of.get(item.parent, NO_PARENT) for item in items], np.int32),
        material=tuple(material.name for material in materials),
        shape=tuple(item.shape for item in items),
        color_name=tuple(material.color_name for material in materials),
        state=tuple(item.state for item in items),
    )


def semantics(owners: tuple[Item, ...]) -> np.ndarray:
    """(len(owners),) int16 NYU40 class of every owner."""
    return np.array([SHELL_CLASSES.get(item.label, item.nyu40) for item in owners], np.int16)


def _extents(fused: Fused, num_items: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per item: (K, 3) lowest and highest seen coordinates and (K, 3) uint8 mean colour."""
    mine = fused.owner < num_items
    owner, xyz = fused.owner[mine], fused.xyz[mine]
    low, high = np.full((num_items, 3), np.inf, np.float32), np.full((num_items, 3), -np.inf, np.float32)
    np.minimum.at(low, owner, xyz)
    np.maximum.at(high, owner, xyz)
    count = np.maximum(np.bincount(owner, minlength=num_items), 1)
    rgb = fused.rgb[mine]
    mean = np.stack([np.bincount(owner, rgb[:, c], num_items) for c in range(3)], 1) / count[:, None]
    return low, high, np.rint(mean).astype(np.uint8)
