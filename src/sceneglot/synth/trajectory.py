"""The walk: where a person carries the camera through a room, and what it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from sceneglot.scenes.view import Camera
from sceneglot.synth.raycast import Caster, RoomMesh
from sceneglot.synth.room import Room
from sceneglot.synth.scan_config import ScanConfig

_GRID = 0.1  # metres: cells of the floor grid
_BODY = (0.25, 1.75)  # metres: heights where furniture is in a walker's way
_YAWS = 16
_PITCHES = (-48.0, -26.0, -9.0, 7.0)  # degrees: down at seats, down at tables, ahead, up at walls
_ITEM_TARGETS = 8  # points per item that the walker wants to see
_SEEN = 0.35  # what another sight of a target is worth, as a share of the last one
_SHELL_TARGETS = 400

_SHELL_WORTH = {"floor": 0.6, "wall": 0.3, "ceiling": 0.05}  # people scan things, and hardly ever the ceiling


@dataclass(frozen=True, eq=False)
class Walk:
    """F frames of a walk.

    Attributes:
        poses: (F, 4, 4) float64 camera-to-world, OpenCV axes.
        is_view: (F,) bool, frames kept as photographs.
    """

    poses: np.ndarray
    is_view: np.ndarray


def intrinsics(size: tuple[int, int], fov: float, pose: np.ndarray) -> Camera:
    """A camera of `size` (rows, columns) with square pixels and a horizontal field of view in degrees."""
    height, width = size
    focal = width / 2 / np.tan(np.radians(fov) / 2)
    return Camera(focal, focal, width / 2, height / 2, width, height, pose)


def plan_walk(room: Room, mesh: RoomMesh, caster: Caster, config: ScanConfig, rng: np.random.Generator) -> Walk:
    """Walk through the free floor and choose, frame by frame, the gaze that shows most of what is yet unseen."""
    free = free_floor(room, mesh, config.clearance)
    area = float(polygon_area(room.plan))
    frames = int(np.clip(round(area * config.frames_per_m2), *config.frames))
    eyes = _path(free, room, frames, config, rng)
    points, weight, owner = _targets(mesh, rng)
    visible = _visible(eyes, points, owner, mesh, caster, config.depth_range)
    return _choose_gazes(eyes, points, weight, visible, config, rng)


def polygon_area(plan: np.ndarray) -> float:
    """Area of a counter-clockwise (P, 2) polygon, square metres."""
    x, y = np.asarray(plan, float).T
    return 0.5 * float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


def inside_plan(plan: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """(N,) bool: which of the (N, 2) points lie inside the polygon (even-odd rule)."""
    a, b = np.asarray(plan, float), np.roll(np.asarray(plan, float), -1, 0)
    x, y = xy[:, :1], xy[:, 1:]
    straddles = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(a[:, 1] == b[:, 1], 1.0, b[:, 1] - a[:, 1])
    crossing = a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / rise
    return (straddles & (x < crossing)).sum(1) % 2 == 1


def free_floor(room: Room, mesh: RoomMesh, clearance: float) -> np.ndarray:
    """(M, 2) int: grid cells of the largest connected free floor, `_GRID` wide, counted from the plan's lower corner.

    In a cramped room the clearance shrinks; if there is no free cell at all, the one nearest to free is returned.
    """
    low, high = room.plan.min(0), room.plan.max(0)
    shape = np.maximum(np.ceil((high - low) / _GRID).astype(int), 1)
    centers = low + (np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1).reshape(-1, 2) + 0.5) * _GRID
    free = inside_plan(room.plan, centers).reshape(shape)
    for item in mesh.owners[: mesh.num_items]:
        for part in item.parts:
            v = item.place(part.vertices)
            if v[:, 2].max() < _BODY[0] or v[:, 2].min() > _BODY[1]:
                continue
            first = np.clip(np.floor((v[:, :2].min(0) - low) / _GRID).astype(int), 0, shape)
            last = np.clip(np.ceil((v[:, :2].max(0) - low) / _GRID).astype(int), 0, shape)
            free[first[0] : last[0], first[1] : last[1]] = False
    room_to_move = np.asarray(ndimage.distance_transform_edt(np.pad(free, 1)))[1:-1, 1:-1] * _GRID
    for needed in (clearance, clearance / 2, 0.0):
        parts = np.empty(shape, np.int32)
        if ndimage.label(room_to_move > needed, structure=np.ones((3, 3)), output=parts):
            sizes = np.bincount(parts.ravel())[1:]
            if sizes.max() * _GRID**2 >= 0.3 or needed == 0.0:
                return np.argwhere(parts == 1 + sizes.argmax())
    return np.argwhere(room_to_move == room_to_move.max())[:1]


def _path(free: np.ndarray, room: Room, frames: int, config: ScanConfig, rng: np.random.Generator) -> np.ndarray:
    """(frames, 3) eye positions evenly along a tour of far-apart free cells."""
    stops = [int(rng.integers(len(free)))]
    gap = np.full(len(free), np.inf)
    while len(stops) < 7:
        gap = np.minimum(gap, np.linalg.norm(free - free[stops[-1]], axis=1))
        if gap.max() * _GRID < 0.6:
            break
        stops.append(int(gap.argmax()))
    distance, before = _geodesics(free, stops)
    tour, rest = [0], set(range(1, len(stops)))
    while rest:
        tour.append(min(rest, key=lambda s: (distance[tour[-1], stops[s]], s)))
        rest.discard(tour[-1])
    cells = [stops[0]]
    for a, b in pairwise(tour):
        leg, at = [], stops[b]
        while at != stops[a] and at >= 0:
            leg.append(at)
            at = before[a, at]
        cells.extend(reversed(leg))
    xy = room.plan.min(0) + (free[cells] + 0.5) * _GRID
    if len(xy) > 5:  # a person does not turn at grid corners; the filter stays within the clearance
        xy = ndimage.uniform_filter1d(xy, 3, axis=0, mode="nearest")
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1))])
    at = np.linspace(0, along[-1], frames)
    low, high = config.eye_height
    sway = 0.5 + 0.5 * np.sin(rng.uniform(0, 2 * np.pi) + np.linspace(0, rng.uniform(2, 4) * np.pi, frames))
    height = np.minimum(low + (high - low) * sway, room.height - 0.3)
    return np.stack([np.interp(at, along, xy[:, 0]), np.interp(at, along, xy[:, 1]), height], 1)


def _geodesics(free: np.ndarray, sources: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Shortest paths over 8-connected cells from each source: (S, M) distances and (S, M) predecessors."""
    index = np.full(free.max(0) + 3, -1)
    index[free[:, 0] + 1, free[:, 1] + 1] = np.arange(len(free))
    rows, columns, lengths = [], [], []
    for step in ((0, 1), (1, 0), (1, 1), (1, -1)):
        to = index[free[:, 0] + 1 + step[0], free[:, 1] + 1 + step[1]]
        rows.append(np.flatnonzero(to >= 0))
        columns.append(to[to >= 0])
        lengths.append(np.full(int((to >= 0).sum()), np.hypot(*step)))
    graph = coo_matrix(
        (np.concatenate(lengths), (np.concatenate(rows), np.concatenate(columns))), (len(free), len(free))
    )
    return dijkstra(graph.tocsr(), directed=False, indices=sources, return_predecessors=True)


def _targets(mesh: RoomMesh, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points worth seeing: (T, 3) positions, (T,) weights, (T,) owner rows."""
    chosen, weights = [], []
    order = np.argsort(mesh.owner, kind="stable")
    start = np.searchsorted(mesh.owner[order], np.arange(mesh.num_items + 1))
    for item in range(mesh.num_items):
        faces = order[start[item] : start[item + 1]]
        if len(faces):
            share = np.cumsum(mesh.area[faces], dtype=np.float64)
            chosen.append(faces[np.searchsorted(share, rng.random(_ITEM_TARGETS) * share[-1], side="right")])
            weights.append(np.ones(_ITEM_TARGETS))
    shell = order[start[-1] :]
    if len(shell):
        share = np.cumsum(mesh.area[shell], dtype=np.float64)
        faces = shell[np.searchsorted(share, rng.random(_SHELL_TARGETS) * share[-1], side="right")]
        chosen.append(faces)
        worth = np.array([_SHELL_WORTH.get(item.label, 1.0) for item in mesh.owners])
        weights.append(worth[mesh.owner[faces]])
    face, weight = np.concatenate(chosen), np.concatenate(weights)
    u, v = rng.random((2, len(face), 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    a, b, c = np.swapaxes(mesh.vertices[mesh.faces[face]], 0, 1)
    return a + u * (b - a) + v * (c - a), weight, mesh.owner[face]


def _visible(
    eyes: np.ndarray,
    points: np.ndarray,
    owner: np.ndarray,
    mesh: RoomMesh,
    caster: Caster,
    depth_range: tuple[float, float],
) -> np.ndarray:
    """(F, T) float: 0 where a target is hidden or out of range, else a preference for near ones."""
    to = points[None] - eyes[:, None]
    distance = np.linalg.norm(to, axis=2)
    hits = caster.cast(np.repeat(eyes, len(points), 0), (to / distance[..., None]).reshape(-1, 3))
    reached = (np.abs(hits.distance - distance.ravel()) < 0.03) & (hits.face >= 0)
    reached &= mesh.owner[hits.face] == np.tile(owner, len(eyes))
    in_range = (distance > depth_range[0] + 0.1) & (distance < depth_range[1] - 0.2)
    return reached.reshape(distance.shape) * in_range / (1 + (distance / 2.5) ** 2)


def _choose_gazes(
    eyes: np.ndarray,
    points: np.ndarray,
    weight: np.ndarray,
    visible: np.ndarray,
    config: ScanConfig,
    rng: np.random.Generator,
) -> Walk:
    """Greedy next-best view: every sight of a target lowers what another sight of it is worth."""
    yaw = np.repeat(np.arange(_YAWS) * 2 * np.pi / _YAWS, len(_PITCHES))
    pitch = np.radians(np.tile(_PITCHES, _YAWS))
    poses, covers = [], []
    worth = weight.copy()
    for eye, seen in zip(eyes, visible):
        gazes = _rotations(yaw + rng.uniform(-0.15, 0.15), pitch + rng.uniform(-0.08, 0.08))
        framed = _framed(points - eye, gazes, config)
        best = int((framed @ (seen * worth)).argmax())
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = gazes[best] @ _roll(rng.normal(0, 0.05)), eye
        poses.append(pose)
        covers.append(seen * framed[best])
        worth = worth * np.where(covers[-1] > 0, _SEEN, 1.0)
    return Walk(np.stack(poses), _choose_views(np.stack(covers) * weight, config.views))


def _rotations(yaw: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """(C, 3, 3) camera-to-world, columns right, down, forward: yaw about z from +x, pitch upwards; radians."""
    c, s, level, rise = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    right = np.stack([s, -c, np.zeros_like(c)], 1)
    forward = np.stack([c * level, s * level, rise], 1)
    return np.stack([right, np.cross(forward, right), forward], 2)


def _roll(angle: float) -> np.ndarray:
    """(3, 3) rotation about the viewing axis."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def _framed(offsets: np.ndarray, rotations: np.ndarray, config: ScanConfig) -> np.ndarray:
    """(C, T) bool: which targets, (T, 3) from the eye, fall into the picture of each rotation."""
    local = (offsets @ np.concatenate(list(rotations), 1)).reshape(len(offsets), -1, 3)
    x, y, z = local.transpose(2, 1, 0)
    tan_x = np.tan(np.radians(config.fov) / 2)
    tan_y = tan_x * config.frame_size[0] / config.frame_size[1]
    return (np.abs(x) < tan_x * z) & (np.abs(y) < tan_y * z)


def _choose_views(covers: np.ndarray, views: int) -> np.ndarray:
    """(F,) bool: the `views` frames that together show most targets."""
    is_view = np.zeros(len(covers), bool)
    worth = np.ones(covers.shape[1])
    for _ in range(views):
        gain = np.where(is_view, -1.0, (covers * worth).sum(1))
        best = int(gain.argmax())
        is_view[best] = True
        worth = worth * np.where(covers[best] > 0, 0.4, 1.0)
    return is_view
