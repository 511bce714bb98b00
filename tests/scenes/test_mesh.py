from __future__ import annotations

import numpy as np
import trimesh

from sceneglot.scenes.mesh import sample_surface, triangle_vectors, vertex_normals


def test_vertex_normals_are_weighted_by_area():
    # A ridge: one face of area 2 facing up, one of area 0.5 facing +y; the shared edge leans 4 : 1.
    xyz = np.array([[0, 0, 0], [1, 0, 0], [0, -4, 0], [0, 0, -1]], np.float32)
    normals = vertex_normals(xyz, np.array([[0, 2, 1], [0, 1, 3]]))
    np.testing.assert_allclose(normals[2], [0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(normals[3], [0, 1, 0], atol=1e-6)
    np.testing.assert_allclose(normals[0], np.array([0, 1, 4]) / np.sqrt(17), atol=1e-6)


def test_vertex_normals_of_a_sphere_agree_with_trimesh_and_geometry():
    ball = trimesh.creation.icosphere(subdivisions=3)
    normals = vertex_normals(ball.vertices, ball.faces)
    np.testing.assert_allclose(normals, ball.vertices, atol=0.02)
    total = np.zeros((len(ball.vertices), 3))
    for face, normal, area in zip(ball.faces, ball.face_normals, ball.area_faces):
        total[face] += normal * area
    np.testing.assert_allclose(normals, total / np.linalg.norm(total, axis=1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(triangle_vectors(ball.vertices, ball.faces), axis=1) / 2, ball.area_faces)


def test_lonely_and_degenerate_vertices_point_up():
    normals = vertex_normals(np.zeros((4, 3)), np.array([[0, 1, 2]]))
    np.testing.assert_array_equal(normals, [[0, 0, 1]] * 4)


def test_points_are_spread_evenly_by_area():
    xyz = np.array([[0, 0, 0], [3, 0, 0], [0, 2, 0], [0, 0, 9], [1, 0, 9], [0, 2, 9]])
    faces = np.array([[0, 1, 2], [3, 4, 5]])  # areas 3 and 1
    face, weights = sample_surface(xyz, faces, 4000, seed=1)
    assert abs((face == 0).mean() - 0.75) < 0.001  # stratified
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(1), 1)
    np.testing.assert_allclose(weights[face == 0].mean(0), [1 / 3] * 3, atol=0.02)  # the centroid
    again = sample_surface(xyz, faces, 4000, seed=1)
    np.testing.assert_array_equal(again[1], weights)
    assert not np.array_equal(sample_surface(xyz, faces, 4000, seed=2)[1], weights)
