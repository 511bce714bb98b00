"""Voxel coordinates packed into one integer, so that sorting, searching and comparing voxels are integer operations.

A key holds batch item (12 bits), x, y and z (17 bits each), from the highest bits down: keys sort by item, then x, y,
z, and the key of a neighbour is the key plus a constant. Coordinates may be negative; they are stored with a bias.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sceneglot.errors import SceneglotError

AXIS_BITS = 17
BATCH_BITS = 12
MAX_BATCH = 1 << BATCH_BITS
BIAS = 1 << (AXIS_BITS - 1)
REACH = 16
"""Largest coordinate difference that may be added to a key: the guard at both ends of the range."""
MAX_COORDINATE = BIAS - 1 - REACH
"""Largest absolute voxel coordinate: 65,519, or 1.3 km of 2 cm voxels on either side of the origin."""


def pack(coords: Tensor) -> Tensor:
    """(V, 4) integers (item, x, y, z) -> (V,) int64 keys >= 0.

    Raises:
        SceneglotError: wrong shape, an item outside 0..4095 or a coordinate beyond `MAX_COORDINATE`.
    """
    if coords.dim() != 2 or coords.shape[1] != 4 or coords.dtype.is_floating_point:
        raise SceneglotError(
            f"voxel coordinates are {tuple(coords.shape)} {coords.dtype}, expected (V, 4) integers: item, x, y, z"
        )
    coords = coords.to(torch.int64)
    if len(coords):
        item, xyz = coords[:, 0], coords[:, 1:]
        if item.amin() < 0 or item.amax() >= MAX_BATCH:
            raise SceneglotError(f"batch items run from {item.amin()} to {item.amax()}, expected 0 to {MAX_BATCH - 1}")
        if xyz.amin() < -MAX_COORDINATE or xyz.amax() > MAX_COORDINATE:
            raise SceneglotError(
                f"voxel coordinates reach from {xyz.amin()} to {xyz.amax()}, expected at most {MAX_COORDINATE} on "
                "either side of the origin: centre the cloud or enlarge the voxels"
            )
    item, x, y, z = coords.unbind(1)
    return (item << 3 * AXIS_BITS) + key_offset(x + BIAS, y + BIAS, z + BIAS)


def unpack(keys: Tensor) -> Tensor:
    """(V,) keys -> (V, 4) int64 (item, x, y, z)."""
    mask = (1 << AXIS_BITS) - 1
    axes = [((keys >> shift * AXIS_BITS) & mask) - BIAS for shift in (2, 1, 0)]
    return torch.stack([keys >> 3 * AXIS_BITS, *axes], dim=1)


def key_offset(dx, dy, dz):
    """What to add to a key to move by (dx, dy, dz) voxels, integers or integer tensors, each at most `REACH`."""
    return (dx << 2 * AXIS_BITS) + (dy << AXIS_BITS) + dz


def parent_keys(keys: Tensor) -> tuple[Tensor, Tensor]:
    """Keys of the voxels twice as large that hold these, and which of the eight children each is.

    Coordinates are halved towards minus infinity, so cells of a negative coordinate are as large as all others.

    Returns:
        (V,) int64 keys and (V,) int64 octants, 4 (x & 1) + 2 (y & 1) + (z & 1).
    """
    item, x, y, z = unpack(keys).unbind(1)
    octant = 4 * (x & 1) + 2 * (y & 1) + (z & 1)
    return pack(torch.stack([item, x >> 1, y >> 1, z >> 1], dim=1)), octant
