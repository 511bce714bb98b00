"""The survey finds floor, ceiling and footprint of rooms whose measures are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from boxroom import CEILING, SIZE, boxroom, empty, object_map

from sceneglot.rendering.survey import survey
from sceneglot.scenes import Scene


@pytest.mark.parametrize("labels", [True, False])
def test_closed_room(labels):
    plan = survey(boxroom(labels=labels))
    np.testing.assert_allclose(plan.low, 0, atol=1e-6)
    np.testing.assert_allclose(plan.high, SIZE, atol=0.05)
    assert plan.floor == pytest.approx(0) and plan.ceiling == pytest.approx(SIZE[2] - 0.1, abs=0.05)
    assert plan.inside.sum() * plan.cell**2 == pytest.approx(20, rel=0.1)
    assert plan.holds(np.array([[2.5, 2.0], [-0.5, 2.0], [2.5, 4.5], [1e6, 0]])).tolist() == [True, False, False, False]


def test_open_room_has_no_ceiling():
    assert survey(boxroom(ceiling=False, labels=False)).ceiling == np.inf


def test_tall_cupboard_is_no_ceiling():
    room = boxroom(ceiling=False, labels=False)
    top = np.stack(np.meshgrid(np.arange(1, 2.5, 0.04), np.arange(1, 1.6, 0.04), [2.2]), -1).reshape(-1, 3)
    front = np.stack(np.meshgrid(np.arange(1, 2.5, 0.04), np.arange(1, 1.6, 0.04), np.arange(0, 2.2, 0.1)), -1)
    xyz = np.concatenate([room.xyz, top, front.reshape(-1, 3)]).astype(np.float32)
    tall = Scene(id="tall", xyz=xyz, rgb=np.zeros_like(xyz, np.uint8), source=room.source)
    assert survey(tall).ceiling == np.inf


def test_strays_do_not_stretch_the_room(room):
    xyz = room.xyz.copy()
    xyz[:20] = [40, 40, 9]
    plan = survey(replace(room, xyz=xyz))
    assert plan.high[0] < 6 and plan.high[1] < 5 and plan.top == 9


def test_l_shape_keeps_its_notch(room):
    notch = (room.xyz[:, 0] > 2.9) & (room.xyz[:, 1] > 2.4)
    index = np.flatnonzero(~notch)
    xyz = room.xyz[index]
    plan = survey(Scene(id="l", xyz=xyz, rgb=room.rgb[index], source=room.source))
    assert not plan.holds(np.array([[4.2, 3.5]]))[0] and plan.holds(np.array([[4.2, 1.0], [1.0, 3.5]])).all()


def test_way_inside_is_the_chord():
    plan = survey(boxroom())
    way = plan.entered(np.array([-3.0, 2.05]))  # straight along x
    i, j = plan.cells(np.array([[1.05, 2.05]]))[0]
    assert way[i, j] == pytest.approx(1.05, abs=0.15)
    i, j = plan.cells(np.array([[4.55, 2.05]]))[0]
    assert way[i, j] == pytest.approx(4.55, abs=0.15)
    short = plan.entered(np.array([-3.0, 2.05]), limit=1.2)
    np.testing.assert_array_equal(short[way <= 1.2], way[way <= 1.2])
    assert (short[way > 1.2] > 1.2).all()


def test_scenes_without_points():
    plan = survey(object_map())
    np.testing.assert_allclose(plan.low, [-1, -0.75, 0], atol=1e-6)
    assert plan.ceiling == np.inf and plan.inside.all()
    plan = survey(empty())
    assert np.isfinite(plan.center).all() and (plan.high > plan.low).all()


def test_labels_decide_before_geometry():
    room = boxroom()
    semantic = room.semantic.copy()
    semantic[semantic == CEILING] = 0
    assert survey(replace(room, semantic=semantic)).ceiling == pytest.approx(SIZE[2] - 0.1, abs=0.05)
    semantic[room.xyz[:, 2] > 1.9] = CEILING
    assert survey(replace(room, semantic=semantic)).ceiling < 2.5


def test_way_inside_matches_a_plain_march():
    rng = np.random.default_rng(4)
    plan = replace(survey(boxroom()), inside=rng.random((9, 12)) < 0.6, origin=np.zeros(2), cell=0.5)
    eye = np.array([-1.3, 7.7])
    way = plan.entered(eye)
    for i, j in np.ndindex(9, 12):
        target = (np.array([i, j]) + 0.5) * 0.5
        length = np.linalg.norm(target - eye)
        steps = int(2 * length / 0.5)
        places = eye + (np.arange(steps)[:, None] + 0.5) / steps * (target - eye)
        assert way[i, j] == pytest.approx(plan.holds(places).sum() * length / steps, rel=1e-5)
