"""Left, right, in front and behind: where somebody stands who says so.

People judge sides by standing somewhere and looking at the thing they name, and rarely say where. Several viewers are
offered; a grounder answers once for each of them and lets the sentence decide whom to believe (`map_grounder`).

Shapes: S scenes, N objects, V viewers. Row i is the candidate, column j the anchor that the viewer looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from sceneglot.nets.gps.map_geometry import SMALL, MapObjects, rank_of_kind, same_kind, unit

NUM_SIDES = 8
NUM_ORDER = 4


@dataclass(frozen=True, eq=False)
class Gaze:
    """Where one viewer looks.

    Attributes:
        at_anchor: (S, N, N, 2) unit vectors, looking at j (while i is judged); zeros where this viewer cannot stand.
        at_kind: (S, N, 2) unit vectors, looking at the middle of all objects of i's kind.
        sure: (S, N) 0..1, how well-founded this viewer is for anchor j.
    """

    at_anchor: Tensor
    at_kind: Tensor
    sure: Tensor


def in_the_room(objects: MapObjects) -> Gaze:
    """Stands in the middle of the room."""
    return _from(objects, objects.room[..., :2].mean(1), torch.ones_like(objects.mask, dtype=torch.float32))


def towards_both(objects: MapObjects) -> Gaze:
    """Stands in the middle of the room and looks between candidate and anchor."""
    middle = objects.room[..., :2].mean(1)[:, None]
    center = objects.center[..., :2]
    both = (center[:, :, None] + center[:, None]) / 2
    return Gaze(unit(both - middle[:, None]), unit(_middle_of_kind(objects) - middle), _ones(objects))


def before_the_front(objects: MapObjects) -> Gaze:
    """Stands before the anchor's own front and looks at it; nobody stands there where the front is unknown."""
    share = _share_of_kind(objects)
    known = objects.front.square().sum(-1)
    return Gaze(_for_all(-objects.front), unit(-(share @ objects.front)), known)


def against_the_wall(objects: MapObjects) -> Gaze:
    """Looks at the anchor with the nearest wall behind it: how furniture along walls is met."""
    gaze, gap = _nearest_wall(objects, objects.center[..., :2], objects.size[..., :2] / 2)
    group, _ = _nearest_wall(objects, _middle_of_kind(objects), torch.zeros_like(objects.size[..., :2]))
    return Gaze(_for_all(gaze), group, (1 - gap).clamp(0.0, 1.0))


def in_the_door(objects: MapObjects) -> Gaze:
    """Has just come in: stands in the largest door; in the middle of the room where there is none."""
    is_door = objects.door & objects.mask
    area = (objects.size[..., 2] * objects.size[..., :2].amax(-1)).masked_fill(~is_door, -1.0)
    rows = torch.arange(len(area), device=area.device)
    found = is_door.any(1)
    place = torch.where(found[:, None], objects.center[rows, area.argmax(1), :2], objects.room[..., :2].mean(1))
    return _from(objects, place, found[:, None].float().expand_as(area))


VIEWERS: Mapping[str, Callable[[MapObjects], Gaze]] = {
    "room": in_the_room,
    "both": towards_both,
    "front": before_the_front,
    "wall": against_the_wall,
    "door": in_the_door,
}


@dataclass(frozen=True, eq=False)
class Views:
    """What V viewers see.

    Attributes:
        sides: (S, V, N, N, 8) where i is, seen by somebody who looks at j.
        order: (S, V, N, 4) where i is among its kind, seen by somebody who looks at all of them.
        sure: (S, V, N) see `Gaze`.
    """

    sides: Tensor
    order: Tensor
    sure: Tensor


def views(objects: MapObjects, names: tuple[str, ...]) -> Views:
    """What the named viewers see; padding is zero."""
    gazes = [VIEWERS[name](objects) for name in names]
    both = (objects.mask[:, :, None] & objects.mask[:, None])[:, None, ..., None]
    sides = torch.stack([_sides(objects, gaze.at_anchor) for gaze in gazes], 1)
    order = torch.stack([_order(objects, gaze.at_kind) for gaze in gazes], 1)
    sure = torch.stack([gaze.sure for gaze in gazes], 1)
    real = objects.mask[:, None]
    return Views(sides * both, order * real[..., None], sure * real)


def _sides(objects: MapObjects, gaze: Tensor) -> Tensor:
    """(S, N, N, 8): right and behind as direction, in metres, beyond the anchor's edge; closeness; is there a gaze."""
    delta = objects.center[:, :, None, :2] - objects.center[:, None, :, :2]
    flat = delta.norm(dim=-1)
    right, behind = seen(gaze, delta)
    half = objects.size[:, None, :, :2] / 2
    across = (half[..., 0] * gaze[..., 1].abs() + half[..., 1] * gaze[..., 0].abs()).expand_as(flat)
    along = (half * gaze.abs()).sum(-1).expand_as(flat)
    features = [
        right / (flat + 0.05), behind / (flat + 0.05), right / 2, behind / 2,
        (right / (across + 0.1)).clamp(-4.0, 4.0) / 2, (behind / (along + 0.1)).clamp(-4.0, 4.0) / 2,
        (flat / 2).neg().exp(), gaze.square().sum(-1).expand_as(flat),
    ]  # fmt: skip
    return torch.stack(features, -1)


def _order(objects: MapObjects, gaze: Tensor) -> Tensor:
    """(S, N, 4): metres to the right of and behind the middle of the kind, and the ranks of both within it."""
    right, behind = seen(gaze, objects.center[..., :2] - _middle_of_kind(objects))
    same = same_kind(objects)
    return torch.stack([right / 2, behind / 2, rank_of_kind(right, same), rank_of_kind(behind, same)], -1)


def seen(gaze: Tensor, offset: Tensor) -> tuple[Tensor, Tensor]:
    """Metres to the right and behind for a viewer with this gaze; (..., 2) each in, (...,) each out."""
    return offset[..., 0] * gaze[..., 1] - offset[..., 1] * gaze[..., 0], (offset * gaze).sum(-1)


def _from(objects: MapObjects, place: Tensor, sure: Tensor) -> Gaze:
    """Somebody who stands at one place (S, 2) of each scene."""
    return Gaze(
        _for_all(unit(objects.center[..., :2] - place[:, None])), unit(_middle_of_kind(objects) - place[:, None]), sure
    )


def _for_all(gaze: Tensor) -> Tensor:
    """(S, N, 2) at the anchors -> (S, N, N, 2) the same for every candidate."""
    return gaze[:, None].expand(-1, gaze.shape[1], -1, -1)


def _nearest_wall(objects: MapObjects, place: Tensor, half: Tensor) -> tuple[Tensor, Tensor]:
    """Direction (S, N, 2) to the nearest side of the room's extent, and the gap to it (S, N), metres."""
    low, high = (objects.room[:, None, k, :2] for k in (0, 1))
    gaps = torch.cat([place - half - low, high - place - half], -1).clamp_min(0.0)  # -x, -y, +x, +y
    directions = gaps.new_tensor([[-1.0, 0.0], [0.0, -1.0], [1.0, 0.0], [0.0, 1.0]])
    gap, side = gaps.min(-1)
    return directions[side], gap


def _share_of_kind(objects: MapObjects) -> Tensor:
    """(S, N, N) rows that average over all objects of i's kind."""
    same = same_kind(objects).float()
    return same / same.sum(-1, keepdim=True).clamp_min(SMALL)


def _middle_of_kind(objects: MapObjects) -> Tensor:
    return _share_of_kind(objects) @ objects.center[..., :2]


def _ones(objects: MapObjects) -> Tensor:
    return torch.ones_like(objects.mask, dtype=torch.float32)
