"""The room as triangles, and rays against them."""

from __future__ import annotations

import boxrooms
import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.synth.raycast import Caster, RoomMesh, surface, surface_reference
from sceneglot.synth.room import Item, Part, Room


def test_distances_and_owners_are_exact() -> None:
    room = boxrooms.room(boxrooms.block(1.0, 0.0, (0.6, 0.5, 0.5)))
    mesh = RoomMesh.of(room)
    directions = np.array([(1, 0, 0), (-1, 0, 0), (0, 0, -1), (0, 0, 1), (0, 1, 0)], float)
    hits = Caster(mesh).cast(np.tile([0, 0, 0.25], (5, 1)), directions)
    np.testing.assert_allclose(hits.distance, [0.7, 2.0, 0.25, 2.35, 2.5], atol=1e-5)
    labels = [mesh.owners[o].label for o in mesh.owner[hits.face]]
    assert labels == ["box", "wall", "floor", "ceiling", "wall"]
    np.testing.assert_allclose((mesh.normal[hits.face] * directions).sum(1), -1, atol=1e-6)


def test_blocked_looks_only_as_far_as_asked() -> None:
    caster = Caster(RoomMesh.of(boxrooms.room()))
    start, along = np.tile([0, 0, 1.0], (2, 1)), np.tile([1.0, 0, 0], (2, 1))
    np.testing.assert_array_equal(caster.blocked(start, along, np.array([1.9, 2.1])), [False, True])


def test_compiled_surface_equals_plain() -> None:
    mesh = RoomMesh.of(boxrooms.dining_room())
    rng = np.random.default_rng(0)
    origins = np.tile(np.float32([1.5, 1.8, 1.5]), (3_000, 1))
    directions = rng.standard_normal((3_000, 3)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    hits = Caster(mesh).cast(origins, directions)
    hits.face[::7] = -1  # some that hit nothing
    fast, slow = (f(mesh, hits, origins, directions) for f in (surface, surface_reference))
    for name in ("ray", "xyz", "normal", "cosine", "owner", "material"):
        np.testing.assert_allclose(getattr(fast, name), getattr(slow, name), atol=1e-5)
    assert ((fast.normal * directions[fast.ray]).sum(1) <= 0).all()


def test_extents_of_owners() -> None:
    mesh = RoomMesh.of(boxrooms.dining_room())
    for row, item in enumerate(mesh.owners):
        np.testing.assert_allclose(mesh.low[row], item.world_vertices().min(0))
        np.testing.assert_allclose(mesh.high[row], item.world_vertices().max(0))


def test_rays_that_leave_hit_nothing() -> None:
    room = boxrooms.room()
    open_room = Room(room.id, "", room.plan, room.height, room.shell[:-1], (), 0)
    hits = Caster(RoomMesh.of(open_room)).cast(np.array([[0, 0, 1.0]]), np.array([[0, 0, 1.0]]))
    assert hits.face[0] == -1


def test_local_frame_undoes_placing() -> None:
    chair = boxrooms.chair(0.7, -0.4, 0.8)
    mesh = RoomMesh.of(boxrooms.room(boxrooms.table(), chair))
    local = np.random.default_rng(0).uniform(-1, 1, (50, 3)).astype(np.float32)
    owner = np.full(50, 1, np.int32)
    np.testing.assert_allclose(mesh.to_local(chair.place(local), owner), local, atol=1e-5)
    turned = chair.place(local) - np.float32(chair.position)
    np.testing.assert_allclose(mesh.to_local(turned, owner, vectors=True), local, atol=1e-5)


def test_areas_add_up_and_degenerate_triangles_go() -> None:
    block = boxrooms.block(size=(0.6, 0.5, 0.4))
    part = block.parts[0]
    sliver = Part(part.vertices, np.concatenate([part.faces, [[0, 0, 1]]]).astype(np.int32), part.material)
    mesh = RoomMesh.of(boxrooms.room(Item("box", 29, (sliver,), (0, 0, 0), 0.0)))
    mine = mesh.owner == 0
    assert mine.sum() == 12
    assert mesh.area[mine].sum() == pytest.approx(2 * (0.6 * 0.5 + 0.6 * 0.4 + 0.5 * 0.4), rel=1e-5)


def test_a_room_without_geometry_is_refused() -> None:
    with pytest.raises(SceneglotError, match="no geometry"):
        RoomMesh.of(Room("empty", "", np.zeros((4, 2)), 2.5, (), (), 0))
