"""OBJ, GLB, glTF, STL and OFF through trimesh: geometry of all nodes in place, vertex colours or texture."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.scenes.mesh import sample_surface, triangle_vectors, vertex_normals
from sceneglot.scenes.readers.beside import ObjNeighbours
from sceneglot.scenes.readers.cloud import Cloud
from sceneglot.scenes.readers.gltf import checked_gltf

SPARSE_PER_SQUARE_METRE = 150.0
"""Fewer vertices than this (8 cm apart) do not show the surface: points are sampled on the faces instead."""
SAMPLES_PER_SQUARE_METRE = 2500.0
"""Density of sampled points (2 cm apart)."""
MIN_SAMPLES, MAX_SAMPLES = 2_000, 200_000

_Y_UP_TO_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def read_mesh(path: Path) -> Cloud:
    """Read a mesh file with trimesh and return its points.

    Dense meshes give their vertices, coarse ones evenly sampled points (always the same ones). glTF is y-up by its
    specification and is turned to z-up; the other formats are taken as they are.

    Raises:
        BadFileError: not readable, or without any surface or point.
    """
    gltf = path.suffix.lower() in (".glb", ".gltf")
    parts = _load(path)
    if not parts:
        raise BadFileError(path, "holds no triangle and no point")
    notes: tuple[str, ...] = ()
    if gltf:
        notes = ("glTF is y-up: turned to z-up",)
    cloud = points_of_meshes(parts, notes)
    if gltf:
        normal = None if cloud.normal is None else cloud.normal @ _Y_UP_TO_Z_UP.T
        cloud = Cloud(cloud.xyz @ _Y_UP_TO_Z_UP.T, cloud.rgb, normal, notes=cloud.notes, dense=True)
    return cloud


def read_vertices(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """All vertices of a mesh file, (V, 3) in file units, and their colours (V, 3) uint8 from texture or vertices.

    Raises:
        BadFileError: not readable, or without any vertex.
    """
    parts = _load(path)
    if not parts:
        raise BadFileError(path, "holds no vertex")
    colors = _join([part.vertex_colors() for part in parts], [len(part.vertices) for part in parts])
    return np.concatenate([part.vertices for part in parts]), colors


@dataclass(frozen=True, eq=False)
class SurfaceSample:
    """Points drawn on a surface: (N, 3) float64 positions and unit normals, (N, 3) uint8 colours or None."""

    xyz: np.ndarray
    normal: np.ndarray
    rgb: np.ndarray | None


def sample_mesh(path: Path, density: float, most: int) -> SurfaceSample:
    """Points drawn evenly on the faces of a mesh file, in its own frame; always the same ones.

    Args:
        density: points per square unit.
        most: upper limit of their number.

    Raises:
        BadFileError: not readable, or without any surface.
    """
    parts = [part for part in _load(path) if len(part.faces)]
    areas = np.array([np.linalg.norm(triangle_vectors(p.vertices, p.faces), axis=1).sum() / 2 for p in parts])
    area = float(areas.sum())
    if not (np.isfinite(area) and area > 0):
        raise BadFileError(path, "holds no surface")
    return _sample(parts, areas, int(np.clip(area * density, 1, most)))


def _sample(parts: list[Part], areas: np.ndarray, count: int) -> SurfaceSample:
    xyz, normal, rgb, sizes = [], [], [], []
    for number, (part, share) in enumerate(zip(parts, areas / areas.sum())):
        if share <= 0:
            continue
        size = max(1, round(count * float(share)))
        face, weights = sample_surface(part.vertices, part.faces, size, seed=number)
        vectors = triangle_vectors(part.vertices, part.faces[face])
        xyz.append(np.einsum("pc,pcd->pd", weights, part.vertices[part.faces[face]]))
        normal.append(vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-20))
        rgb.append(part.colors(face, weights))
        sizes.append(size)
    return SurfaceSample(np.concatenate(xyz), np.concatenate(normal), _join(rgb, sizes))


class Part:
    """A mesh of one look: vertices (V, 3), faces (F, 3) and how to colour a point on it."""

    def __init__(self, vertices: np.ndarray, faces: np.ndarray, visual: Any = None) -> None:
        self.vertices = np.asarray(vertices, np.float64)
        self.faces = np.asarray(faces, np.int64).reshape(-1, 3)
        self._visual = visual

    @property
    def texture_shape(self) -> tuple[int, ...]:
        """Shape of the texture coordinates, () without any."""
        uv = getattr(self._visual, "uv", None)
        return () if uv is None else np.shape(uv)

    def colors(self, face: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
        """(P, 3) uint8 colours at points given by face and barycentric weights, None if the file has none."""
        return _look_up(self._visual, self.faces[face], weights)

    def vertex_colors(self) -> np.ndarray | None:
        """(V, 3) uint8 or None."""
        every = np.arange(len(self.vertices))[:, None].repeat(3, 1)
        return _look_up(self._visual, every, np.broadcast_to((1.0, 0.0, 0.0), every.shape))


def points_of_meshes(parts: list[Part], notes: tuple[str, ...] = ()) -> Cloud:
    """Vertices of the parts if they are dense enough to show the surface, else points sampled on the faces."""
    areas = np.array([np.linalg.norm(triangle_vectors(p.vertices, p.faces), axis=1).sum() / 2 for p in parts])
    area, vertices = float(areas.sum()), sum(len(p.vertices) for p in parts)
    if not np.isfinite(area) or area <= 0 or vertices >= min(SPARSE_PER_SQUARE_METRE * area, MAX_SAMPLES):
        normal = [vertex_normals(p.vertices, p.faces) for p in parts] if any(len(p.faces) for p in parts) else None
        return Cloud(
            np.concatenate([p.vertices for p in parts]),
            _join([p.vertex_colors() for p in parts], [len(p.vertices) for p in parts]),
            None if normal is None else np.concatenate(normal),
            notes=notes,
            dense=True,
        )
    count = int(np.clip(area * SAMPLES_PER_SQUARE_METRE, MIN_SAMPLES, MAX_SAMPLES))
    sample = _sample(parts, areas, count)
    found = f"{vertices:,} vertices on {area:,.4g} square units"
    note = f"coarse mesh ({found}): {len(sample.xyz):,} points sampled on its faces"
    return Cloud(sample.xyz, sample.rgb, sample.normal, notes=(*notes, note), dense=True)


def _join(colors: list[np.ndarray | None], sizes: list[int]) -> np.ndarray | None:
    if all(color is None for color in colors):
        return None
    grey = [np.full((size, 3), 128, np.uint8) if color is None else color for color, size in zip(colors, sizes)]
    return np.concatenate(grey)


def _look_up(visual: Any, corners: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
    """Colours at barycentric points of a trimesh visual: texture, vertex colours, face-less material colour."""
    kind = getattr(visual, "kind", None)
    if kind == "texture":
        material, uv, image = visual.material, getattr(visual, "uv", None), _texture(visual)
        if image is not None and uv is not None and len(uv):
            from trimesh.visual.color import uv_to_color

            at = np.einsum("pc,pcd->pd", weights, np.nan_to_num(np.asarray(uv, np.float64))[corners][..., :2])
            color = uv_to_color(at, image)
            if color is not None:
                return np.asarray(color, np.uint8)[:, :3]
        return np.broadcast_to(np.asarray(material.main_color, np.uint8)[:3], (len(corners), 3))
    if kind == "vertex":
        mixed = np.einsum("pc,pcd->pd", weights, np.asarray(visual.vertex_colors, np.float64)[corners][..., :3])
        return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return None


def _texture(visual: Any) -> Any:
    """The picture of a textured visual, None where there is none."""
    material = getattr(visual, "material", None)
    return getattr(material, "baseColorTexture", None) or getattr(material, "image", None)


def _load(path: Path) -> list[Part]:
    import trimesh

    kind = path.suffix.lower()[1:]
    data: Path | BytesIO = path
    neighbours = ObjNeighbours(path)
    beside: Any = neighbours
    if kind in ("glb", "gltf"):
        text, beside = checked_gltf(path)
        data, kind = BytesIO(text), "gltf"
    try:
        parts = _parts(trimesh.load_scene(data, file_type=kind, resolver=beside, process=False))
    except Exception as error:  # trimesh parsers raise whatever numpy or json raise on damaged files
        raise BadFileError(path, f"cannot be read as {kind.upper()} ({str(error)[:100]!r})") from error
    if neighbours.refused is not None:
        raise neighbours.refused
    _check_parts(path, parts)
    return [part for part in parts if len(part.vertices)]


def _parts(scene: Any) -> list[Part]:
    """The geometries of a trimesh scene in their places."""
    import trimesh

    parts = []
    for geometry in scene.dump():
        if isinstance(geometry, trimesh.Trimesh):
            visual: Any = geometry.visual
            if getattr(visual, "kind", None) == "face":
                visual = _faces_to_vertices(geometry)
            elif (image := _texture(visual)) is not None:
                image.load()  # here, where its damage is expected
            parts.append(Part(geometry.vertices, geometry.faces, visual))
        elif isinstance(geometry, trimesh.PointCloud) and len(geometry.vertices):
            parts.append(Part(geometry.vertices, np.zeros((0, 3), np.int64)))
    return parts


def _check_parts(path: Path, parts: list[Part]) -> None:
    """Refuse what cannot be used with BadFileError."""
    for part in parts:
        if part.vertices.ndim != 2 or part.vertices.shape[1] != 3:
            raise BadFileError(path, f"vertices have shape {part.vertices.shape}, expected three coordinates each")
        if part.faces.size and not 0 <= part.faces.min() <= part.faces.max() < len(part.vertices):
            raise BadFileError(path, f"faces point outside the {len(part.vertices):,} vertices of their mesh")
        shape = part.texture_shape
        if shape not in ((), (0,)) and (len(shape) != 2 or shape[0] < len(part.vertices) or shape[1] < 2):
            expected = f"two for each of the {len(part.vertices):,} vertices"
            raise BadFileError(path, f"texture coordinates have shape {shape}, expected {expected}")


def _faces_to_vertices(geometry: Any) -> Any:
    from trimesh.visual.color import ColorVisuals, face_to_vertex_color

    colors = face_to_vertex_color(geometry, geometry.visual.face_colors)
    return ColorVisuals(mesh=geometry, vertex_colors=colors)
