"""Plans: shape, walls, openings that fit, and shells that leave them open."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from sceneglot.synth import materials as m
from sceneglot.synth.collide import Boxes
from sceneglot.synth.plans import Plan, draw_plan, shell


def plan_of(seed: int, l_shaped: float) -> Plan:
    return draw_plan(np.random.default_rng(seed), (4, 5), (5, 7), l_shaped=l_shaped)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("l_shaped", [0.0, 1.0])
def test_corners_are_counter_clockwise_and_axis_parallel(seed: int, l_shaped: float) -> None:
    plan = plan_of(seed, l_shaped)
    c = plan.corners
    assert len(c) == (6 if l_shaped else 4)
    step = np.roll(c, -1, 0) - c
    assert (np.isclose(step, 0).sum(1) == 1).all()
    assert (c[:, 0] * np.roll(c[:, 1], -1) - c[:, 1] * np.roll(c[:, 0], -1)).sum() > 0
    assert c.min() == 0


@pytest.mark.parametrize("seed", range(8))
def test_openings_lie_within_their_walls_and_apart(seed: int) -> None:
    plan = plan_of(seed, 0.5)
    assert any(o.kind == "door" for o in plan.openings)
    for o in plan.openings:
        assert o.at - o.width / 2 > 0.1 and o.at + o.width / 2 < plan.walls[o.wall].length - 0.1
        assert o.top < plan.height
        assert (o.bottom == 0) == (o.kind == "door")
        for p in plan.openings:
            if p is not o and p.wall == o.wall:
                assert abs(o.at - p.at) > (o.width + p.width) / 2 + 0.4


@pytest.mark.parametrize("seed", range(6))
def test_shell_is_solid_but_for_the_openings(seed: int) -> None:
    plan = plan_of(seed, 0.5)
    rng = np.random.default_rng(seed)
    items = shell(plan, m.pick(rng, m.FLOOR_WOOD), m.pick(rng, m.PAINT), rng)
    assert [i.label for i in items] == ["floor", *["wall"] * len(plan.walls), "ceiling"]
    meshes = [trimesh.Trimesh(p.vertices, p.faces, process=False) for i in items for p in i.parts]
    assert all(mesh.is_watertight and mesh.volume > 0 for mesh in meshes)
    everything = trimesh.util.concatenate(meshes)
    for k, wall in enumerate(plan.walls):
        # rays outwards at breast and foot height, every 10 cm
        s = np.arange(0.05, wall.length, 0.1)
        for z in (0.3, 1.5):
            start = wall.start + wall.along * s[:, None] + wall.inward * 0.05
            origins = np.column_stack([start, np.full(len(s), z)])
            out = np.tile([*(-wall.inward), 0.0], (len(s), 1))
            hit = everything.ray.intersects_any(origins, out)
            holes = np.zeros(len(s), bool)
            edge = np.zeros(len(s), bool)
            for o in plan.openings:
                if o.wall == k and o.bottom < z < o.top:
                    holes |= np.abs(s - o.at) < o.width / 2
                    edge |= np.abs(np.abs(s - o.at) - o.width / 2) < 0.01
            assert (hit == ~holes)[~edge].all()


def test_contains_knows_the_notch() -> None:
    corners = np.array([(0, 0), (4, 0), (4, 2), (2, 2), (2, 4), (0, 4)], float)
    plan = Plan(corners, 2.5)
    point = lambda x, y: Boxes(np.array([[x, y, 1.0]]), np.full((1, 3), 0.1), np.zeros(1))  # noqa: E731
    assert plan.contains(point(1, 3), 0.0)
    assert plan.contains(point(3, 1), 0.0)
    assert not plan.contains(point(3, 3), 0.0)
    assert not plan.contains(point(-0.05, 1), 0.0)
    assert not plan.contains(point(2.05, 3), 0.01)


def test_wall_yaw_turns_fronts_inward() -> None:
    for wall in plan_of(0, 1.0).walls:
        front = (np.sin(wall.yaw), -np.cos(wall.yaw))
        np.testing.assert_allclose(front, wall.inward, atol=1e-12)
