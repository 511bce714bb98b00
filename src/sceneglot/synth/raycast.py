"""RoomMesh and Caster: a room as one triangle soup, and rays against it (Embree through embreex)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

from sceneglot.errors import SceneglotError
from sceneglot.synth.room import Item, Material, Room


@dataclass(frozen=True, eq=False)
class RoomMesh:
    """All triangles of a room. Owners are the items first (their index in `Room.items`), then the shell.

    Attributes:
        vertices: (V, 3) float32, room frame, metres; faces: (F, 3) int32.
        normal: (F, 3) float32 unit face normals as the winding gives them.
        area: (F,) float32, square metres.
        owner: (F,) int32, row into `owners`.
        material: (F,) int32, row into `materials`.
        owners: items followed by shell items; num_items: how many of them are items.
        materials: distinct materials.
    """

    vertices: np.ndarray
    faces: np.ndarray
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
        offset = 0
        for index, item in enumerate(owners):
            for part in item.parts:
                vertices.append(item.place(part.vertices))
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
        cos, sin = np.cos(yaw)[owner], np.sin(yaw)[owner]
        if not vectors:
            xyz = xyz - np.array([item.position for item in self.owners], np.float32)[owner]
        return np.stack([cos * xyz[:, 0] + sin * xyz[:, 1], cos * xyz[:, 1] - sin * xyz[:, 0], xyz[:, 2]], 1)


@dataclass(frozen=True, eq=False)
class Hits:
    """First surface along each of R rays: face (R,) int32, -1 for none; distance (R,) float32, metres along the ray."""

    face: np.ndarray
    distance: np.ndarray


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


def _rows(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, np.float32)
