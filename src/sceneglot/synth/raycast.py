"""RoomMesh and Caster: a room as one triangle soup, and rays against it (Embree through embreex)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numba import njit

from sceneglot.errors import SceneglotError
from sceneglot.synth.room import Item, Material, Room


@dataclass(frozen=True, eq=False)
class RoomMesh:
    """All triangles of a room. Owners are the items first (their index in `Room.items`), then the shell.

    Attributes:
        vertices: (V, 3) float32, room frame, metres; faces: (F, 3) int32.
        low, high: (len(owners), 3) float32 extent of every owner, metres.
        normal: (F, 3) float32 unit face normals as the winding gives them.
        area: (F,) float32, square metres.
        owner: (F,) int32, row into `owners`.
        material: (F,) int32, row into `materials`.
        owners: items followed by shell items; num_items: how many of them are items.
        materials: distinct materials.
    """

    vertices: np.ndarray
    faces: np.ndarray
    low: np.ndarray
    high: np.ndarray
    normal: np.ndarray
    area: np.ndarray
    owner: np.ndarray
    material: np.ndarray
    owners: tuple[Item, ...]
    num_items: int
    materials: tuple[Material, ...]

    @classmethod
    def of(cls, room: Room) -> RoomMesh:
        """Flatten a room; degenerate triangles are dropped.

        Raises:
            SceneglotError: the room has no triangle at all.
        """
        owners = (*room.items, *room.shell)
        vertices, faces, owner, material, rows = [], [], [], [], {}
        low = np.full((len(owners), 3), np.inf, np.float32)
        high = np.full((len(owners), 3), -np.inf, np.float32)
        offset = 0
        for index, item in enumerate(owners):
            for part in item.parts:
                placed = item.place(part.vertices)
                low[index] = np.minimum(low[index], placed.min(0))
                high[index] = np.maximum(high[index], placed.max(0))
                vertices.append(placed)
                faces.append(part.faces.astype(np.int32) + offset)
                offset += len(part.vertices)
                owner.append(np.full(len(part.faces), index, np.int32))
                row = rows.setdefault(part.material, len(rows))
                material.append(np.full(len(part.faces), row, np.int32))
        if not faces:
            raise SceneglotError(f"room {room.id}: has no geometry to scan")
        v, f = np.concatenate(vertices), np.concatenate(faces)
        cross = np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]])
        length = np.linalg.norm(cross, axis=1)
        good = length > 1e-10
        return cls(
            vertices=np.ascontiguousarray(v, np.float32),
            faces=np.ascontiguousarray(f[good]),
            low=low,
            high=high,
            normal=(cross[good] / length[good, None]).astype(np.float32),
            area=(0.5 * length[good]).astype(np.float32),
            owner=np.concatenate(owner)[good],
            material=np.concatenate(material)[good],
            owners=owners,
            num_items=len(room.items),
            materials=tuple(rows),
        )

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """((3,), (3,)) float32 lowest and highest coordinates of the whole room, shell included."""
        return self.vertices.min(0), self.vertices.max(0)

    def to_local(self, xyz: np.ndarray, owner: np.ndarray, *, vectors: bool = False) -> np.ndarray:
        """(N, 3) room-frame points (or directions) -> (N, 3) float32 in the frames of their (N,) owners."""
        yaw = np.array([item.yaw for item in self.owners], np.float32)
        at = np.array([(0.0, 0.0, 0.0) if vectors else item.position for item in self.owners], np.float32)
        return _to_local(xyz, owner, np.cos(yaw), np.sin(yaw), at)


@dataclass(frozen=True, eq=False)
class Hits:
    """First surface along each of R rays: face (R,) int32, -1 for none; distance (R,) float32, metres along the ray."""

    face: np.ndarray
    distance: np.ndarray


@dataclass(frozen=True, eq=False)
class Surface:
    """What H rays hit.

    Attributes:
        ray: (H,) int64 indices of the rays that hit something.
        xyz: (H, 3) float32 points, room frame, metres.
        normal: (H, 3) float32 face normals turned against the ray.
        cosine: (H,) float32 of the incidence angle, 0 grazing .. 1 frontal.
        owner, material: (H,) int32.
    """

    ray: np.ndarray
    xyz: np.ndarray
    normal: np.ndarray
    cosine: np.ndarray
    owner: np.ndarray
    material: np.ndarray


def surface(mesh: RoomMesh, hits: Hits, origins: np.ndarray, directions: np.ndarray) -> Surface:
    """Points, normals and owners where rays (R, 3) ended."""
    ray = np.flatnonzero(hits.face >= 0)
    face = hits.face[ray]
    xyz, normal, cosine = _surface(ray, face, hits.distance, origins, directions, mesh.normal)
    return Surface(ray, xyz, normal, cosine, mesh.owner[face], mesh.material[face])


def surface_reference(mesh: RoomMesh, hits: Hits, origins: np.ndarray, directions: np.ndarray) -> Surface:
    """`surface` in plain numpy, the oracle of the tests."""
    ray = np.flatnonzero(hits.face >= 0)
    face, along = hits.face[ray], directions[ray]
    towards = (mesh.normal[face] * along).sum(1)
    return Surface(
        ray=ray,
        xyz=origins[ray] + along * hits.distance[ray, None],
        normal=mesh.normal[face] * np.where(towards > 0, -1, 1)[:, None],
        cosine=np.abs(towards),
        owner=mesh.owner[face],
        material=mesh.material[face],
    )


class Caster:
    """Rays against one mesh. The tree is built once; queries are single-threaded and repeatable."""

    def __init__(self, mesh: RoomMesh) -> None:
        self._scene = EmbreeScene()
        # The scene keeps no reference to the Python object that owns the buffers.
        self._triangles = TriangleMesh(self._scene, mesh.vertices, mesh.faces)

    def cast(self, origins: np.ndarray, directions: np.ndarray) -> Hits:
        """First hits of rays: origins (R, 3), unit directions (R, 3)."""
        out = self._scene.run(_rows(origins), _rows(directions), output=1)
        return Hits(face=out["primID"].astype(np.int32, copy=False), distance=out["tfar"])

    def blocked(self, origins: np.ndarray, directions: np.ndarray, reach: np.ndarray) -> np.ndarray:
        """(R,) bool: whether anything lies closer than `reach` (R,) metres along each ray."""
        out = self._scene.run(_rows(origins), _rows(directions), np.ascontiguousarray(reach, np.float32), "OCCLUDED")
        return out == 0


@njit(cache=True)
def _surface(ray, face, distance, origins, directions, normals):
    xyz, normal = np.empty((len(ray), 3), np.float32), np.empty((len(ray), 3), np.float32)
    cosine = np.empty(len(ray), np.float32)
    for n in range(len(ray)):
        r, f = ray[n], face[n]
        towards = np.float32(0)
        for c in range(3):
            xyz[n, c] = origins[r, c] + directions[r, c] * distance[r]
            towards += normals[f, c] * directions[r, c]
        sign = np.float32(-1) if towards > 0 else np.float32(1)
        for c in range(3):
            normal[n, c] = sign * normals[f, c]
        cosine[n] = abs(towards)
    return xyz, normal, cosine


@njit(cache=True)
def _to_local(xyz, owner, cos, sin, position):
    out = np.empty((len(xyz), 3), np.float32)
    for n in range(len(xyz)):
        o = owner[n]
        x, y = xyz[n, 0] - position[o, 0], xyz[n, 1] - position[o, 1]
        out[n, 0] = cos[o] * x + sin[o] * y
        out[n, 1] = cos[o] * y - sin[o] * x
        out[n, 2] = xyz[n, 2] - position[o, 2]
    return out


def _rows(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, np.float32)
