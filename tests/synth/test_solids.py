"""Solids are closed, outward, and as large as asked."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.synth import solids
from sceneglot.synth.solids import Solid

EVERYTHING = {
    "box": solids.box(1, 2, 3, (4, 5, 6)),
    "cylinder": solids.cylinder(0.5, 2, n=9),
    "cone": solids.cylinder(0.5, 2, top=0),
    "sphere": solids.ellipsoid(1, 1, 1, n=24, rings=11),
    "vessel": solids.lathe([(0, 0), (0.5, 0), (0.6, 1), (0.55, 1), (0.45, 0.1), (0, 0.1)]),
    "cushion": solids.cushion(1, 0.6, 0.2, soft=1.0),
    "rod": solids.rod((0, 0, 0), (1, 2, 3), 0.1),
    "upright rod": solids.rod((0, 0, 0), (0, 0, 3), 0.1),
    "torus": solids.torus(1, 0.2, n=24, sides=12),
    "basin": solids.basin(1, 0.6, 0.4, 0.05, taper=0.2),
    "L slab": solids.slab(np.array([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)], float), 0, 0.5),
    "turned": solids.turned(solids.box(1, 2, 3), "x", 0.7),
}


@pytest.mark.parametrize("name", EVERYTHING)
def test_closed_and_outward(name: str) -> None:
    mesh = trimesh.Trimesh(*EVERYTHING[name], process=False)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 0  # outward normals


@pytest.mark.parametrize(
    ("name", "volume", "within"),
    [
        ("box", 6.0, 1e-9),
        ("turned", 6.0, 1e-9),
        ("L slab", 1.5, 1e-9),
        ("sphere", 4 / 3 * np.pi, 0.08),
        ("torus", 2 * np.pi**2 * 0.04, 0.1),
        ("basin", None, 0.0),
    ],
)
def test_volume_matches_the_formula(name: str, volume: float | None, within: float) -> None:
    measured = trimesh.Trimesh(*EVERYTHING[name], process=False).volume
    if volume is None:  # hollow: far less than its bounding box
        assert measured < 0.5 * 1 * 0.6 * 0.4
    else:
        assert measured == pytest.approx(volume, rel=within)


def test_box_stands_on_its_place() -> None:
    low, high = EVERYTHING["box"].vertices.min(0), EVERYTHING["box"].vertices.max(0)
    np.testing.assert_allclose(low, (3.5, 4, 6))
    np.testing.assert_allclose(high, (4.5, 6, 9))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.3, 2.0), min_size=5, max_size=12), st.integers(0, 2**31))
def test_triangulation_covers_star_polygons(radii: list[float], seed: int) -> None:
    jitter = np.random.default_rng(seed).uniform(-0.3, 0.3, len(radii))
    angle = (np.arange(len(radii)) + 0.5 + jitter) * 2 * np.pi / len(radii)
    polygon = np.stack([np.cos(angle), np.sin(angle)], 1) * np.array(radii)[:, None]
    triangles = polygon[np.array(solids.triangulate(polygon))]
    u, v = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    areas = (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2
    nxt = np.roll(polygon, -1, 0)
    whole = (polygon[:, 0] * nxt[:, 1] - polygon[:, 1] * nxt[:, 0]).sum() / 2
    assert len(areas) == len(radii) - 2
    assert (areas > -1e-12).all()
    assert areas.sum() == pytest.approx(whole)


def test_clockwise_polygon_is_refused() -> None:
    with pytest.raises(ValueError, match="counter-clockwise"):
        solids.triangulate(np.array([(0, 0), (0, 1), (1, 1), (1, 0)], float))


def test_roughened_keeps_the_mesh_closed() -> None:
    ball = solids.ellipsoid(1, 1, 1)
    rough: Solid = solids.roughened(ball, np.random.default_rng(0), 0.2)
    assert trimesh.Trimesh(*rough, process=False).is_watertight
    assert not np.allclose(rough.vertices, ball.vertices)
