"""The virtual scan: a furnished room in, the scene that a hand-held RGB-D camera would have made of it out."""

from __future__ import annotations

import numpy as np

import sceneglot
from sceneglot.scenes.scene import NO_INSTANCE, Scene, Source
from sceneglot.scenes.view import View
from sceneglot.synth.annotate import list_objects, semantics
from sceneglot.synth.light import GLOW, Lights, highlights, light_grid, room_lights, shade
from sceneglot.synth.raycast import Caster, RoomMesh, Surface, surface
from sceneglot.synth.room import Room
from sceneglot.synth.scan_config import ScanConfig
from sceneglot.synth.sensor import Frames, depth_sigma, measure, record
from sceneglot.synth.texture import Palette, albedo
from sceneglot.synth.trajectory import plan_walk
from sceneglot.synth.voxel_fusion import choose, fuse

LICENCE = "CC0-1.0"
"""Generated rooms belong to nobody."""

_OUTSIDE = np.array([206, 222, 238], np.float32)  # what a camera sees through a hole in the shell


def scan(room: Room, config: ScanConfig | None = None) -> Scene:
    """Walk a virtual depth camera through a room and fuse what it sees.

    Everything random follows from `room.seed`; equal rooms give equal bytes.

    Args:
        room: the furnished room.
        config: sensor, walk and fusion settings.

    Returns:
        A scene with points (xyz, rgb, normal, instance = index into `room.items`, NYU40 semantic), the objects that
        were seen well enough and posed photographs with sensor depth (0 where the sensor returned nothing).

    Raises:
        SceneglotError: the room has no geometry.
    """
    config = config or ScanConfig()
    walking, seeing, lighting, choosing = (np.random.default_rng([room.seed, 0x5CA7, k]) for k in range(4))
    mesh = RoomMesh.of(room)
    caster = Caster(mesh)
    frames = record(plan_walk(room, mesh, caster, config, walking), config, seeing)
    hits = caster.cast(frames.origin, frames.direction)
    hit = surface(mesh, hits, frames.origin, frames.direction)
    palette = Palette.of(mesh.materials)
    lights = room_lights(room, lighting)
    color = _photograph(mesh, palette, hit, frames, lights, caster, config, lighting)
    depth = np.zeros(len(frames.frame), np.float32)
    depth[hit.ray] = measure(
        hits.distance[hit.ray] * frames.per_distance[hit.ray],
        hit.cosine,
        palette.shine[hit.material],
        palette.dropout[hit.material],
        hit.xyz,
        config,
        seeing,
    )
    return _assemble(room, mesh, frames, hit, color, depth, config, choosing)


def _photograph(
    mesh: RoomMesh,
    palette: Palette,
    hit: Surface,
    frames: Frames,
    lights: Lights,
    caster: Caster,
    config: ScanConfig,
    rng: np.random.Generator,
) -> np.ndarray:
    """(R, 3) float32 colour of every ray, 0..255: texture, light, highlights, exposure and image noise."""
    local = mesh.to_local(hit.xyz, hit.owner)
    local_normal = mesh.to_local(hit.normal, hit.owner, vectors=True)
    base = albedo(local, local_normal, hit.material, hit.owner, palette)
    grid = light_grid(hit.xyz, hit.normal, mesh.bounds, lights, caster, config.light_cell, rng)
    gain = grid.lookup(hit.xyz, hit.normal)
    if lights.glowing:
        gain[np.isin(hit.owner, lights.glowing)] = GLOW
    shine = palette.shine[hit.material]
    spark = highlights(hit.xyz, hit.normal, -frames.direction[hit.ray], shine, lights)
    exposure = np.exp(rng.normal(0, config.exposure, len(frames.cameras))).astype(np.float32)
    color = np.tile(_OUTSIDE, (len(frames.frame), 1))
    color[hit.ray] = shade(base, gain, spark, exposure[frames.frame[hit.ray]])
    color += rng.standard_normal(color.shape, dtype=np.float32) * np.float32(config.color_noise)
    return np.clip(color, 0, 255, out=color)


def _assemble(
    room: Room,
    mesh: RoomMesh,
    frames: Frames,
    hit: Surface,
    color: np.ndarray,
    depth: np.ndarray,
    config: ScanConfig,
    rng: np.random.Generator,
) -> Scene:
    """Fuse the readings, pick the points, list the objects, keep the photographs."""
    got = depth[hit.ray] > 0
    ray, reading = hit.ray[got], depth[hit.ray[got]]
    fused = fuse(
        frames.unproject(ray, reading),
        color[ray],
        hit.normal[got],
        hit.owner[got],
        (depth_sigma(reading, config) ** -2).astype(np.float32),
        config.voxel,
    )
    objects = list_objects(room, mesh, fused, config)
    points = choose(
        fused,
        config.points,
        keep=config.keep_points,
        num_items=mesh.num_items,
        shell_share=config.shell_share,
        rng=rng,
    )
    owner = fused.owner[points]
    instance_of = np.full(len(mesh.owners), NO_INSTANCE, np.int32)
    instance_of[objects.id] = objects.id
    return Scene(
        id=room.id,
        xyz=fused.xyz[points],
        rgb=fused.rgb[points],
        normal=_tilted(fused.normal[points], config.normal_noise, rng),
        instance=instance_of[owner],
        semantic=semantics(mesh.owners)[owner],
        objects=objects,
        room_type=room.room_type,
        views=_views(frames, color, depth),
        source=Source(
            origin="rooms",
            licence=LICENCE,
            generator=f"sceneglot-rooms {sceneglot.__version__}",
            seed=room.seed,
        ),
    )


def _tilted(normal: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """(N, 3) unit normals, each turned a little at random, as normals estimated from noisy depth are."""
    turned = normal + np.float32(sigma) * rng.standard_normal(normal.shape, dtype=np.float32)
    return turned / np.sqrt(np.einsum("ij,ij->i", turned, turned))[:, None]


def _views(frames: Frames, color: np.ndarray, depth: np.ndarray) -> tuple[View, ...]:
    """The photographs among the frames, in the order of the walk."""
    views = []
    for number in np.flatnonzero(frames.is_view):
        camera = frames.cameras[number]
        mine = slice(frames.start[number], frames.start[number + 1])
        shape = (camera.height, camera.width)
        views.append(
            View(
                name=f"frame-{number:02d}",
                camera=camera,
                rgb=np.rint(color[mine]).astype(np.uint8).reshape(*shape, 3),
                depth=depth[mine].reshape(shape),
            )
        )
    return tuple(views)
