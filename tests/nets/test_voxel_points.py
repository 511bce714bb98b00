"""Point networks on voxels: rows are voxels, positions are means, and the order of voxels is fair."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.nets.point_backbone import PointBatch
from sceneglot.nets.point_transformer import PointTransformerConfig
from sceneglot.nets.pointnet2 import AbstractionConfig, BackboneConfig
from sceneglot.nets.pointnet2_points import PointNet2Config
from sceneglot.nets.sparse_unet import SparseBackbone, SparseBackboneConfig
from sceneglot.nets.sparse_unet_presets import unet7
from sceneglot.nets.voxel_points import VoxelPoints, VoxelPointsConfig, mixed_order, voxel_backbone
from sceneglot.ops.sparse import voxelise

SMALL = {
    "pointnet2": PointNet2Config(
        BackboneConfig(
            2, tuple(AbstractionConfig(n, r, 6, (8, 16)) for n, r in ((48, 0.4), (24, 0.8), (12, 1.6), (6, 2)))
        ),
        width=12,
    ),
    "point-transformer": PointTransformerConfig(2, 0.4, (8, 16, 24), (1, 1, 1), (1, 1), 6),
}
NETS = pytest.mark.parametrize("name", SMALL)


def trained(name: str) -> VoxelPoints:
    torch.manual_seed(0)
    net = VoxelPoints(VoxelPointsConfig(SMALL[name], 0.2))
    net(PointBatch.of_scenes([scene(9, 300)]))
    return net.eval()


def scene(seed: int, points: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(points, 3, generator=generator) * 2 - 1, torch.rand(points, 2, generator=generator)


@NETS
def test_points_of_a_voxel_share_its_row_and_the_net_sees_means(name: str) -> None:
    net, batch = trained(name), PointBatch.of_scenes([scene(0, 300), scene(1, 150)])
    output = net(batch)
    voxels = voxelise(batch.xyz, 0.2, batch.item, 2)
    assert output.voxels is not None and torch.equal(output.voxels.grid.keys, voxels.grid.keys)
    assert output.decoder[-1].features.shape == (len(voxels.grid), net.width)
    assert torch.equal(output.decoder[-1].row, voxels.row)
    order = mixed_order(voxels.grid)
    means = PointBatch(
        voxels.mean(batch.xyz)[order], voxels.mean(batch.features)[order], voxels.grid.item[order], batch.batch_size
    )
    expected, back = net.net(means), torch.argsort(order)
    torch.testing.assert_close(output.points, expected.points[back][voxels.row])
    for ours, theirs in zip((*output.encoder, *output.decoder), (*expected.encoder, *expected.decoder)):
        torch.testing.assert_close(ours.at_points(), theirs.at_points()[back][voxels.row])


@NETS
def test_neither_the_order_of_points_nor_other_scenes_matter(name: str) -> None:
    net, scenes = trained(name), [scene(0, 200), scene(1, 0), scene(2, 90), scene(3, 1)]
    batch = PointBatch.of_scenes(scenes)
    output, shuffle = net(batch).points, torch.randperm(291)
    mixed = PointBatch(batch.xyz[shuffle], batch.features[shuffle], batch.item[shuffle], 4)
    torch.testing.assert_close(net(mixed).points, output[shuffle], atol=1e-5, rtol=1e-4)
    for alone, shared in zip(scenes, output.split([200, 0, 90, 1])):
        torch.testing.assert_close(net(PointBatch.of_scenes([alone])).points, shared, atol=1e-5, rtol=1e-4)


@NETS
@pytest.mark.parametrize("sizes", [(1,), (0, 1), (0,)])
def test_next_to_nothing_trains(name: str, sizes: tuple[int, ...]) -> None:
    net = trained(name).train()
    output = net(PointBatch.of_scenes([scene(0, size) for size in sizes]))
    output.points.sum().backward()
    assert len(output.points) == sum(sizes) and output.points.isfinite().all()


@NETS
def test_gradients_reach_every_parameter(name: str) -> None:
    net, batch = trained(name).train(), PointBatch.of_scenes([scene(0, 200), scene(1, 100)])
    output = net(batch).points
    (output * torch.randn_like(output)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in net.parameters())


def test_the_mixed_order_favours_no_direction() -> None:
    steps = torch.arange(12)
    xyz = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), -1).view(-1, 3) - 5.5
    voxels = voxelise(xyz.float(), 1.0)
    order = mixed_order(voxels.grid)
    assert torch.equal(order.sort().values, torch.arange(12**3))
    first = voxels.mean(xyz.float())[order[: 12**3 // 4]]
    assert first.mean(0).abs().max() < 0.5  # the whole cube's is 0, sorted it would be -4.5 in x
    again = mixed_order(voxelise(xyz.float(), 1.0, torch.full((12**3,), 3), 4).grid)
    assert torch.equal(order, again)  # a scene's number in its batch says nothing


def test_every_configuration_has_its_network() -> None:
    assert isinstance(voxel_backbone(SparseBackboneConfig(unet7(2, width=4, levels=2), 0.2)), SparseBackbone)
    net = voxel_backbone(VoxelPointsConfig(SMALL["point-transformer"], 0.2))
    assert isinstance(net, VoxelPoints) and net.decoder_widths == (16, 8)
    with pytest.raises(SceneglotError, match="channels"):
        net(PointBatch.of_scenes([(torch.rand(4, 3), torch.rand(4, 7))]))
