"""Few labels: which scenes, which points, and that none of them is lost on the way to the loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.losses.ws3d.pseudo import region_labels
from sceneglot.ops.sparse import voxelise
from sceneglot.tasks.segmentation.annotations import Annotation, labelled_scenes, only, pick_points

SCENES = tuple(f"scene-{i:04d}" for i in range(1201))


def test_counts_are_those_of_the_benchmark() -> None:
    assert [len(labelled_scenes(SCENES, Annotation(p))) for p in (1, 5, 10, 20, 100)] == [12, 60, 120, 240, 1201]
    assert len(labelled_scenes(SCENES[:7], Annotation(1))) == 1


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 100), st.floats(0.1, 100))
def test_smaller_shares_are_nested(seed: int, a: float, b: float) -> None:
    few, many = (set(labelled_scenes(SCENES[:90], Annotation(p, seed=seed))) for p in sorted((a, b)))
    assert few <= many


def test_a_published_list_is_taken_as_it_is() -> None:
    assert labelled_scenes(SCENES, Annotation(scenes=SCENES[3:5])) == SCENES[3:5]
    with pytest.raises(SceneglotError, match="not in the training split"):
        labelled_scenes(SCENES, Annotation(scenes=("elsewhere",)))
    with pytest.raises(SceneglotError, match="expected 0 to 100"):
        labelled_scenes(SCENES, Annotation(percent=101))
    assert labelled_scenes(SCENES, Annotation(percent=0)) == () and not Annotation(percent=0).any


def test_picked_points_lie_in_every_cluster() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0, 0], [5, 0, 0], [0, 5, 0], [5, 5, 0]], np.float32)
    xyz = np.repeat(centres, 50, 0) + rng.normal(0, 0.05, (200, 3)).astype(np.float32)
    rgb, label = np.full((200, 3), 128, np.uint8), np.zeros(200, np.int64)
    hits = [len({int(i) // 50 for i in pick_points(xyz, rgb, label, 4, seed)}) for seed in range(5)]
    assert max(hits) == 4 and min(hits) >= 2  # k-means from random starts may join two of them
    label[:50] = -1
    chosen = pick_points(xyz, rgb, label, 20, 1)
    assert len(chosen) == 20 and chosen.min() >= 50
    assert np.array_equal(chosen, pick_points(xyz, rgb, label, 20, 1))
    assert pick_points(xyz, rgb, np.where(np.arange(200) < 5, 1, -1), 20, 0).tolist() == [0, 1, 2, 3, 4]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0.05, 0.3, 2.0]))
def test_labelled_points_survive_voxelisation(seed: int, voxel: float) -> None:
    rng = np.random.default_rng(seed)
    xyz = rng.uniform(0, 1, (300, 3)).astype(np.float32)
    label = only(rng.integers(0, 4, 300), rng.choice(300, 12, replace=False))
    voxels = voxelise(torch.from_numpy(xyz), voxel)
    found = region_labels(torch.from_numpy(label), voxels.row, len(voxels.grid), 4)
    for point in np.flatnonzero(label >= 0):
        inside = label[(voxels.row == voxels.row[point]).numpy()]
        assert found[voxels.row[point]] == np.bincount(inside[inside >= 0]).argmax()
    assert int((found >= 0).sum()) == len(voxels.row[torch.from_numpy(label >= 0)].unique())
