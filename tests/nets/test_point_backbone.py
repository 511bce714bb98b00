"""What every backbone behind the common interface must do."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.nets.point_backbone import PointBackbone, PointBatch
from sceneglot.nets.point_transformer import PointTransformer, PointTransformerConfig
from sceneglot.nets.pointnet2 import AbstractionConfig, BackboneConfig
from sceneglot.nets.pointnet2_points import PointNet2Backbone, PointNet2Config, pad_scenes
from sceneglot.nets.sparse_unet import SparseBackbone, SparseBackboneConfig
from sceneglot.nets.sparse_unet_presets import unet7

SMALL_POINTNET = BackboneConfig(
    extra_channels=3,
    abstractions=(
        AbstractionConfig(64, 0.5, 8, (8, 16)),
        AbstractionConfig(32, 1.0, 8, (16, 32)),
        AbstractionConfig(16, 2.0, 4, (16, 32)),
        AbstractionConfig(8, 3.0, 4, (16, 32)),
    ),
    seed_width=32,
)


def sparse() -> PointBackbone:
    return SparseBackbone(SparseBackboneConfig(unet7(3, width=4, levels=3), voxel=0.2))


def pointnet() -> PointBackbone:
    return PointNet2Backbone(PointNet2Config(SMALL_POINTNET, width=12))


def transformer() -> PointBackbone:
    return PointTransformer(PointTransformerConfig(3, 0.4, (8, 16, 24), (1, 1, 1), (1, 1), neighbors=8))


BACKBONES = pytest.mark.parametrize("build", [sparse, pointnet, transformer])
Build = Callable[[], PointBackbone]


def scene(seed: int, points: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(points, 3, generator=generator) * 3 - 1.5, torch.rand(points, 3, generator=generator)


def trained(build: Build) -> PointBackbone:
    """Weights fixed, running statistics away from their start, evaluation mode."""
    torch.manual_seed(0)
    net = build()
    net(PointBatch.of_scenes([scene(9, 400)]))
    return net.eval()


@BACKBONES
def test_every_point_gets_features(build: Build) -> None:
    net = build()
    batch = PointBatch.of_scenes([scene(0, 300), scene(1, 170)])
    output = net(batch)
    assert output.points.shape == (470, net.width)
    assert tuple(s.features.shape[1] for s in output.encoder) == net.encoder_widths
    assert tuple(s.features.shape[1] for s in output.decoder) == net.decoder_widths
    for stage in (*output.encoder, *output.decoder):
        assert stage.row.shape == (470,) and stage.at_points().shape == (470, stage.features.shape[1])


@BACKBONES
def test_scenes_do_not_see_each_other(build: Build) -> None:
    net = trained(build)
    scenes = [scene(0, 300), scene(1, 170), scene(2, 5)]
    together = net(PointBatch.of_scenes(scenes)).points.split([300, 170, 5])
    for alone, shared in zip(scenes, together):
        torch.testing.assert_close(net(PointBatch.of_scenes([alone])).points, shared, atol=1e-5, rtol=1e-4)


@BACKBONES
def test_an_empty_scene_in_a_batch(build: Build) -> None:
    net = trained(build)
    scenes = [scene(0, 200), scene(0, 0), scene(1, 100)]
    output = net(PointBatch.of_scenes(scenes)).points
    expected = net(PointBatch.of_scenes([scenes[0], scenes[2]])).points
    torch.testing.assert_close(output, expected, atol=1e-5, rtol=1e-4)


@BACKBONES
def test_one_point(build: Build) -> None:
    output = trained(build)(PointBatch.of_scenes([scene(0, 1)])).points
    assert output.shape[0] == 1 and torch.isfinite(output).all()


@BACKBONES
def test_gradients_reach_every_parameter_and_the_input(build: Build) -> None:
    net = build()
    batch = PointBatch.of_scenes([scene(0, 300), scene(1, 170)])
    batch.features.requires_grad_()
    output = net(batch)
    (output.points * torch.randn_like(output.points)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in net.parameters())
    assert batch.features.grad is not None and (batch.features.grad.abs().sum(1) > 0).float().mean() > 0.9


def test_the_order_of_points_does_not_matter_to_voxels() -> None:
    net = trained(sparse)
    batch = PointBatch.of_scenes([scene(0, 300), scene(1, 170)])
    shuffle = torch.randperm(470)
    mixed = PointBatch(batch.xyz[shuffle], batch.features[shuffle], batch.item[shuffle], 2)
    torch.testing.assert_close(net(mixed).points, net(batch).points[shuffle], atol=1e-5, rtol=1e-4)


def test_moving_by_whole_coarsest_voxels_changes_nothing() -> None:
    net = trained(sparse)
    xyz, features = scene(0, 300)
    xyz = (xyz / 0.2).floor() * 0.2 + 0.1  # cell centres: no point changes its cell by rounding
    moved = net(PointBatch.of_scenes([(xyz + torch.tensor([-8.0, 16.0, 0.8]), features)])).points
    torch.testing.assert_close(moved, net(PointBatch.of_scenes([(xyz, features)])).points, atol=1e-5, rtol=1e-4)


def test_stages_of_voxels_are_their_cells() -> None:
    net = trained(sparse)
    output = net(PointBatch.of_scenes([scene(0, 300), scene(1, 170)]))
    assert output.voxels is not None
    grid = output.voxels.grid
    finest = grid.coords[output.voxels.row]
    for level, stage in enumerate(output.encoder):
        cells = torch.cat([finest[:, :1], finest[:, 1:] >> level], 1)
        assert torch.equal(grid.coords[stage.row], cells)
        grid = grid.coarser().grid


@BACKBONES
def test_a_scene_is_learnt_by_heart(build: Build) -> None:
    torch.manual_seed(0)
    xyz = torch.rand(400, 3) * torch.tensor([3.0, 3.0, 0.01])
    xyz[200:] = xyz[200:] * torch.tensor([0.3, 0.3, 60.0]) + torch.tensor([1.0, 1.0, 0.2])  # a box above a floor
    batch = PointBatch.of_scenes([(xyz, torch.rand(400, 3))])  # features say nothing: only shape helps
    label = (torch.arange(400) >= 200).long()
    net = build()
    head = torch.nn.Linear(net.width, 2)
    optimizer = torch.optim.Adam([*net.parameters(), *head.parameters()], 0.01)
    for _ in range(25):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(head(net(batch).points), label)
        loss.backward()
        optimizer.step()
    assert (head(net(batch).points).argmax(1) == label).float().mean() > 0.95


@pytest.mark.realdata
def test_a_lidar_frame_and_a_room_share_a_batch(real_data: Path) -> None:
    frames = sorted((real_data / "scans" / "semantickitti").rglob("velodyne/*.bin"))
    rooms = sorted((real_data / "scans" / "scannet_points").glob("*.npz"))
    if not frames or not rooms:
        pytest.skip("no LiDAR frame or no room there")
    street = torch.from_numpy(np.fromfile(frames[0], np.float32).reshape(-1, 4)[:, :3].copy())
    room = torch.from_numpy(np.load(rooms[0])["xyz"].astype(np.float32))
    net = sparse().eval()
    with torch.no_grad():
        points = net(PointBatch.of_scenes([(street, torch.zeros(len(street), 3)), (room, room)])).points
        alone = net(PointBatch.of_scenes([(room, room)])).points
    assert len(points) == len(street) + len(room) and torch.isfinite(points).all()
    torch.testing.assert_close(points[len(street) :], alone, atol=1e-4, rtol=1e-3)


def test_scenes_are_padded_with_their_own_points() -> None:
    index, place = pad_scenes(torch.tensor([2, 0, 2, 0, 0]), 4)
    assert index.tolist() == [[1, 3, 4], [5, 5, 5], [0, 2, 0], [5, 5, 5]]
    assert index.flatten()[place].tolist() == [0, 1, 2, 3, 4]


def test_a_batch_moves_whole() -> None:
    moved = PointBatch.of_scenes([scene(0, 3), scene(1, 2)]).to("meta")
    assert {t.device.type for t in (moved.xyz, moved.features, moved.item)} == {"meta"} and moved.batch_size == 2


def test_bad_batches_are_named() -> None:
    with pytest.raises(SceneglotError, match="expected"):
        PointBatch(torch.zeros(3, 3), torch.zeros(2, 1), torch.zeros(3, dtype=torch.int64), 1)
    with pytest.raises(SceneglotError, match="expected"):
        sparse()(PointBatch.of_scenes([(torch.zeros(3, 3), torch.zeros(3, 5))]))
