"""What boxes say about each object of an object map, and about each pair: invariant to turning the scene about z.

Shapes: S scenes, N objects, U features of one object, F of a pair. Row i is the query (the candidate), column j the key
(the anchor). Lengths are metres, z is up. Everything is masked: padding never changes a number of a real object.
Left, right, front and behind need a viewer and are in `map_viewers`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

NUM_UNARY = 29
NUM_PAIR = 30
SMALL = 1e-6
FAR = 1e4
"""Stands for "no such object" in minima; never reaches a feature."""


@dataclass(frozen=True, eq=False)
class MapObjects:
    """The boxes of S object maps.

    Attributes:
        center, size: (S, N, 3) float32.
        color: (S, N, 3) float32 mean RGB, 0..1.
        front: (S, N, 2) float32 horizontal unit vector out of the front, zeros where it is unknown.
        kind: (S, N) int64, equal numbers for equal labels.
        mask: (S, N) bool, True for real objects.
        room: (S, 2, 3) float32, lower and upper corner of everything there is, floor and walls included.
        door: (S, N) bool, objects through which one enters.
    """

    center: Tensor
    size: Tensor
    color: Tensor
    front: Tensor
    kind: Tensor
    mask: Tensor
    room: Tensor
    door: Tensor

    def to(self, device: torch.device | str, non_blocking: bool = False) -> MapObjects:
        """Copy on another device."""
        moved = (t.to(device, non_blocking=non_blocking) for t in vars(self).values())
        return MapObjects(*moved)


def same_kind(objects: MapObjects) -> Tensor:
    """(S, N, N) bool: both real and of one label."""
    both = objects.mask[:, :, None] & objects.mask[:, None]
    return both & (objects.kind[:, :, None] == objects.kind[:, None])


def unary_features(objects: MapObjects) -> Tensor:
    """(S, N, 29): size, height, place in the room and colour of each object, and its rank in each among its kind."""
    size, center = objects.size, objects.center
    low, high = (objects.room[:, None, k] for k in (0, 1))
    bottom = center[..., 2] - size[..., 2] / 2 - low[..., 2]
    wide, narrow = size[..., :2].amax(-1), size[..., :2].amin(-1)
    to_wall = torch.minimum(center - size / 2 - low, high - center - size / 2)[..., :2].clamp_min(0.0)
    nearest_wall, other_wall = to_wall.amin(-1), to_wall.amax(-1)
    middle = (low + high)[..., :2] / 2
    off_middle = (center[..., :2] - middle).norm(dim=-1)
    lightness, green_red, blue_yellow = opponent_colors(objects.color).unbind(-1)
    vivid = objects.color.amax(-1) - objects.color.amin(-1)
    volume = (size + 0.02).log().sum(-1)
    same = same_kind(objects)
    alone = _nearest_of_kind(objects, same)
    plain = [
        wide, narrow, size[..., 2], bottom, bottom + size[..., 2], volume / 3,
        (wide + SMALL).log() - (narrow + 0.02).log(),
        nearest_wall, other_wall, off_middle, alone.clamp_max(5.0), lightness, green_red, blue_yellow, vivid,
        (same.sum(-1).float() / 6).clamp_max(2.0), objects.front.square().sum(-1),
    ]  # fmt: skip
    ranked = [volume, size[..., 2], wide, narrow, bottom, off_middle, other_wall, lightness, alone]
    ranks = [rank_of_kind(value, same) for value in ranked]
    features = torch.cat([torch.stack([*plain, *ranks], -1), objects.color], -1)
    return features.masked_fill(~objects.mask[..., None], 0.0)


def opponent_colors(rgb: Tensor) -> Tensor:
    """(..., 3) RGB 0..1 -> (..., 3) lightness, red against green, yellow against blue, each divided by its brightness.

    Dividing takes out most of the light of the scan: a brown in the shade has the hue of a brown in the sun.
    """
    red, green, blue = rgb.unbind(-1)
    light = rgb.mean(-1)
    scale = light + 0.1
    return torch.stack([light, (red - green) / scale, ((red + green) / 2 - blue) / scale], -1)


def rank_of_kind(value: Tensor, same: Tensor) -> Tensor:
    """(S, N) -> (S, N) place of each value among those of its kind: -1 smallest, 1 largest, 0 for the only one."""
    below = (value[:, :, None] > value[:, None] + SMALL) & same
    above = (value[:, :, None] < value[:, None] - SMALL) & same
    others = (same.sum(-1) - 1).clamp_min(1)
    return (below.sum(-1) - above.sum(-1)) / others


def pair_features(objects: MapObjects) -> Tensor:
    """(S, N, N, 30): distances, heights, overlaps, leads over rivals, comparisons, who faces whom."""
    center, size = objects.center, objects.size
    low, high = center - size / 2, center + size / 2
    both = objects.mask[:, :, None] & objects.mask[:, None]
    delta = center[:, :, None] - center[:, None]
    overlap = torch.minimum(high[:, :, None], high[:, None]) - torch.maximum(low[:, :, None], low[:, None])
    apart = (-overlap).clamp_min(0.0)
    distance, flat = delta.norm(dim=-1), delta[..., :2].norm(dim=-1)
    gap, flat_gap = apart.norm(dim=-1), apart[..., :2].norm(dim=-1)
    heights = [
        delta[..., 2],
        low[:, :, None, 2] - high[:, None, :, 2],
        low[:, None, :, 2] - high[:, :, None, 2],
        low[:, :, None, 2] - low[:, None, :, 2],
        high[:, :, None, 2] - high[:, None, :, 2],
    ]
    shared = overlap[..., :2].clamp_min(0.0).prod(-1)
    area = size[..., :2].prod(-1) + SMALL
    covers = [shared / area[:, :, None], shared / area[:, None], overlap[..., 2].clamp(-1.0, 1.0)]
    same = same_kind(objects)
    rival = same & ~torch.eye(same.shape[1], dtype=torch.bool, device=same.device)
    leads = [lead_of_kind(v, rival) for v in (-gap, gap, -distance, distance, -flat_gap, covers[0] + covers[1])]
    sizes = [(size + 0.02).log().sum(-1), (size[..., 2] + 0.02).log(), (size[..., :2].amax(-1) + 0.02).log()]
    ratios = [(v[:, :, None] - v[:, None]).clamp(-3.0, 3.0) for v in sizes]
    tone = (objects.color[:, :, None] - objects.color[:, None]).norm(dim=-1)
    towards = -(delta[..., :2] * objects.front[:, :, None]).sum(-1) / (flat + 0.05)
    known = objects.front.square().sum(-1)
    features = [
        distance / 3, gap / 3, flat / 3, flat_gap / 3, (gap + 0.1).log(), (distance + 0.1).log(),
        *heights, *covers, *leads, same.float(), *ratios, tone, towards, towards.transpose(1, 2),
        known[:, :, None].expand_as(flat), known[:, None].expand_as(flat), (overlap[..., :2].amin(-1)).clamp(-1.0, 1.0),
    ]  # fmt: skip
    return torch.stack(features, -1).masked_fill(~both[..., None], 0.0)


def lead_of_kind(score: Tensor, rival: Tensor) -> Tensor:
    """(S, N, N) by how much i beats the best other object of its kind at anchor j, metres, clipped to 3; 0 if alone.

    With score = -distance this is what "closest" means, with score = distance "farthest".

    Args:
        score: (S, N, N) of i at anchor j.
        rival: (S, N, N) bool, another object of i's kind.
    """
    best = score[:, None].expand(-1, rival.shape[1], -1, -1).masked_fill(~rival[..., None], -FAR).amax(2)
    return torch.where(rival.any(-1)[..., None], (score - best).clamp(-3.0, 3.0), 0.0)


def _nearest_of_kind(objects: MapObjects, same: Tensor) -> Tensor:
    """(S, N) distance to the nearest other object of the same label, metres; 5 where there is none."""
    other = same & ~torch.eye(same.shape[1], dtype=torch.bool, device=same.device)
    distance = (objects.center[:, :, None] - objects.center[:, None]).norm(dim=-1)
    nearest = distance.masked_fill(~other, FAR).amin(-1)
    return torch.where(other.any(-1), nearest, 5.0)


def unit(vectors: Tensor) -> Tensor:
    """(..., 2) to length one; a vector of no length stays one."""
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp_min(SMALL)
