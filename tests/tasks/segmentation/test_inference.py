"""Whole scenes: every point, any size, tiles without seams, looks that agree on what does not depend on them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tasks.fakes import toy_scene
from tests.tasks.segmentation.conftest import cube_cloud

from sceneglot.errors import SceneglotError
from sceneglot.nets.open_vocabulary import TextBank
from sceneglot.nets.point_backbone import PointBatch
from sceneglot.ops.sparse import voxelise
from sceneglot.tasks.segmentation.data import point_features
from sceneglot.tasks.segmentation.inference import InferenceConfig, _voxel_features, predict, tiles
from sceneglot.tasks.segmentation.net import SegmentationNet
from sceneglot.tasks.segmentation.segmenter import Segmenter
from sceneglot.tasks.segmentation.spec import Inputs, SegmentationSpec


def network(**changes: object) -> SegmentationNet:
    torch.manual_seed(0)
    return SegmentationNet(SegmentationSpec("scannet20", ("a", "b", "c"), voxel=0.2, **changes)).eval()  # type: ignore[arg-type]


def features(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (count, Inputs().channels)).astype(np.float32)


@pytest.mark.parametrize("count", [0, 1, 2, 700])
def test_every_point_gets_a_distribution(count: int) -> None:
    net = network(instances=True)
    found = predict(net, cube_cloud(count, 2.0), features(count), InferenceConfig(2, True, 2))
    assert found.probability.shape == (count, 3) and found.label.shape == found.confidence.shape == (count,)
    assert np.allclose(found.probability.sum(1), 1, atol=1e-5)
    assert found.offset is not None and found.offset.shape == (count, 3) and np.isfinite(found.offset).all()


def test_tiles_with_enough_margin_change_nothing() -> None:
    # Four levels of stride 2 and two blocks each reach about 60 voxels of .05: 3 m cover all of this 1.5 m cloud.
    net = network()
    xyz, columns = cube_cloud(3000, 1.5), features(3000)
    whole = predict(net, xyz, columns)
    parts = predict(net, xyz, columns, InferenceConfig(max_voxels=100, margin=3.0))
    assert np.allclose(whole.probability, parts.probability, atol=1e-5)
    bare = predict(net, xyz, columns, InferenceConfig(max_voxels=100, margin=0.0))
    assert not np.allclose(whole.probability, bare.probability, atol=1e-3)  # the margin is what does it


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 60), st.integers(1, 300))
def test_tiles_are_a_partition_within_the_limit(seed: int, limit: int, count: int) -> None:
    found = list(tiles(torch.from_numpy(cube_cloud(count, 3.0, seed)), limit))
    assert torch.equal(torch.cat(found).sort().values, torch.arange(count))
    assert all(len(rows) <= limit and torch.equal(rows, rows.sort().values) for rows in found)


def test_networks_see_the_mean_points_of_voxels_as_in_training() -> None:
    net, xyz, columns, seen = network(size="point-transformer"), cube_cloud(300, 1.5), features(300), []
    net.backbone.net.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    centred = torch.from_numpy(xyz - xyz.mean(0, dtype=np.float64)).float()
    with torch.no_grad():
        straight = net(PointBatch.of_scenes([(centred, torch.from_numpy(columns))]))
    found = predict(net, xyz, columns)
    in_training, in_inference = seen
    torch.testing.assert_close(in_inference.xyz, in_training.xyz, atol=0.002 * 0.2, rtol=0)
    expected = straight.voxels.to_points(straight.logits.softmax(1)).numpy()
    assert np.allclose(found.probability, expected, atol=1e-3)


def test_points_of_one_place_split_too() -> None:
    assert [len(rows) for rows in tiles(torch.zeros(10, 3), 4)] == [2, 3, 2, 3]


def test_looks_are_averaged_and_reproducible() -> None:
    net, xyz, columns = network(), cube_cloud(500, 1.0), features(500)
    one = predict(net, xyz, columns, InferenceConfig(turns=4, flips=True, fragments=2))
    again = predict(net, xyz, columns, InferenceConfig(turns=4, flips=True, fragments=2))
    assert np.array_equal(one.probability, again.probability)
    assert not np.allclose(one.probability, predict(net, xyz, columns).probability, atol=1e-4)


def test_fragments_take_the_points_of_a_voxel_in_turn() -> None:
    xyz = torch.tensor([[0.1, 0, 0], [1.1, 0, 0], [0.2, 0, 0], [0.3, 0, 0]])
    voxels, rows = voxelise(xyz, 1.0), torch.tensor([[1.0], [2.0], [3.0], [5.0]])
    assert [_voxel_features(voxels, rows, k)[:, 0].tolist() for k in range(4)] == [[1, 2], [3, 2], [5, 2], [1, 2]]
    assert _voxel_features(voxels, rows, -1)[:, 0].tolist() == [3, 2]


def test_words_need_a_teacher_and_rank_by_direction() -> None:
    xyz, columns = cube_cloud(50, 1.0), features(50)
    bank = TextBank(("x", "y"), torch.eye(4)[:2])
    with pytest.raises(SceneglotError, match="without a teacher"):
        predict(network(), xyz, columns, bank=bank)
    found = predict(network(embedding=4, teacher="fake"), xyz, columns, bank=bank)
    assert found.probability.shape == (50, 2)
    swapped = TextBank(("y", "x"), torch.eye(4)[[1, 0]])
    other = predict(network(embedding=4, teacher="fake"), xyz, columns, bank=swapped)
    assert np.allclose(found.probability, other.probability[:, ::-1], atol=1e-6)


@pytest.mark.parametrize("wrong", [{"turns": 0}, {"fragments": 0}, {"max_voxels": 0}, {"margin": -1.0}])
def test_impossible_looks_are_refused(wrong: dict) -> None:
    with pytest.raises(SceneglotError, match=r"at least 1|0 or more"):
        InferenceConfig(**wrong)


def test_the_segmenter_names_every_point() -> None:
    net = network()
    scene = toy_scene()
    found = Segmenter(net.spec, net.state_dict()).segment(scene)
    assert found.names == ("a", "b", "c") and sum(found.counts.values()) == len(scene)
    expected = predict(net, np.array(scene.xyz), point_features(scene, net.spec.inputs))
    assert np.array_equal(found.label, expected.label)
    with pytest.raises(SceneglotError, match="does not fit its own description"):
        Segmenter(net.spec, {"step": torch.zeros((), dtype=torch.int64)})
    with pytest.raises(SceneglotError, match="without a teacher"):
        Segmenter(net.spec, net.state_dict()).segment(scene, ["chair"])
