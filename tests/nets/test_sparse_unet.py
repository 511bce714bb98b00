import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.nets.sparse_layers import ResidualBlock, SparseConv, VoxelNorm
from sceneglot.nets.sparse_unet import LevelConfig, SparseUNet, SparseUNetConfig
from sceneglot.nets.sparse_unet_presets import res16unet34c, spunet_v1m1, unet7
from sceneglot.ops.dispatch import reference_ops
from sceneglot.ops.sparse import VoxelGrid

TINY = SparseUNetConfig(3, 4, 3, (LevelConfig(6, 1), LevelConfig(8, 1)), (LevelConfig(6, 1), LevelConfig(5, 1)))
TINY_LATE = SparseUNetConfig(3, 4, 5, TINY.encoder, TINY.decoder, widen_early=False)
TINY_PRE = unet7(3, width=4, levels=3)
SHAPES = pytest.mark.parametrize("config", [TINY, TINY_LATE, TINY_PRE], ids=["early", "late", "preactivation"])


def build(config: SparseUNetConfig, *, training: bool = False) -> SparseUNet:
    """The network in double precision with norms that do something."""
    torch.manual_seed(0)
    net = SparseUNet(config).double()
    for part in net.modules():
        if isinstance(part, nn.BatchNorm1d):
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.uniform_(part.bias, -0.5, 0.5)
            part.get_buffer("running_mean").uniform_(-0.5, 0.5)
            part.get_buffer("running_var").uniform_(0.5, 1.5)
    return net.train(training)


def blob(seed: int = 0, batch: int = 2) -> tuple[VoxelGrid, Tensor]:
    """A random half-full block of voxels around the origin and its features."""
    generator = torch.Generator().manual_seed(seed)
    occupied = torch.rand(batch, 7, 6, 9, generator=generator) < 0.5
    grid, _ = VoxelGrid.from_coords(occupied.nonzero() - torch.tensor([0, 3, 3, 4]), batch)
    return grid, torch.randn(len(grid), 3, generator=generator).double()


def parameters(part: nn.Module) -> int:
    return sum(p.numel() for p in part.parameters())


@pytest.mark.parametrize(
    ("config", "count", "millions"),
    [
        (res16unet34c(), 37_846_644, 37.85),
        (res16unet34c(stem_size=5), 37_856_052, 37.86),
        (spunet_v1m1(), 39_157_844, 39.16),
        (unet7(width=32), 30_106_964, 30.11),
        (unet7(width=16), 7_532_468, 7.53),
    ],
    ids=["res16unet34c", "res16unet34c-k5", "spunet", "unet7-32", "unet7-16"],
)
def test_parameter_counts_with_a_head_of_20_classes(config: SparseUNetConfig, count: int, millions: float) -> None:
    with torch.device("meta"):
        net, head = SparseUNet(config), nn.Linear(config.width, 20)
    assert parameters(net) + parameters(head) == count
    assert round(count / 1e6, 2) == millions


def test_parameters_lie_where_the_published_table_has_them() -> None:
    with torch.device("meta"):
        net = SparseUNet(res16unet34c())
    assert parameters(net.stem) + parameters(net.stem_norm or nn.Identity()) == 27 * 3 * 32 + 64
    down = [parameters(a) + parameters(b) for a, b in zip(net.downs, net.encoders)]
    up = [parameters(a) + parameters(b) for a, b in zip(net.ups, net.decoders)]
    assert [n / 1e6 for n in down] == [pytest.approx(n, abs=0.005) for n in (0.12, 0.62, 3.36, 20.52)]
    assert [n / 1e6 for n in up] == [pytest.approx(n, abs=0.005) for n in (8.59, 2.28, 1.19, 1.17)]


class Dense:
    """The same network by dense convolutions, for blocks of voxels without holes."""

    def __init__(self, net: SparseUNet) -> None:
        self.net = net

    def conv(self, layer: SparseConv, x: Tensor, *, stride: int = 1) -> Tensor:
        offsets, i, o = layer.weight.shape
        size = round(offsets ** (1 / 3))
        kernel = layer.weight.view(size, size, size, i, o).permute(4, 3, 0, 1, 2)
        return F.conv3d(x, kernel, stride=stride, padding=size // 2 if stride == 1 else 0)

    def per_voxel(self, layer: nn.Module, x: Tensor) -> Tensor:
        b, c, *edges = x.shape
        return layer(x.movedim(1, -1).reshape(-1, c)).view(b, *edges, -1).movedim(-1, 1)

    def blocks(self, level: nn.Module, x: Tensor) -> Tensor:
        for block in level.get_submodule("blocks"):  # type: ignore[union-attr]
            short = self.per_voxel(block.shortcut, x)
            if isinstance(block, ResidualBlock):
                inner = F.relu(self.per_voxel(block.norm1, self.conv(block.conv1, x)))
                x = F.relu(self.per_voxel(block.norm2, self.conv(block.conv2, inner)) + short)
            else:
                inner = self.conv(block.conv1, F.relu(self.per_voxel(block.norm1, x)))
                x = self.conv(block.conv2, F.relu(self.per_voxel(block.norm2, inner))) + short
        return x

    def resample(self, layer: nn.Module, x: Tensor, *, up: bool) -> Tensor:
        weight = layer.conv.weight
        kernel = weight.view(2, 2, 2, *weight.shape[1:])

        def conv(y: Tensor) -> Tensor:
            if up:
                return F.conv_transpose3d(y, kernel.permute(3, 4, 0, 1, 2), stride=2)
            return F.conv3d(y, kernel.permute(4, 3, 0, 1, 2), stride=2)

        if layer.preactivation:
            return conv(F.relu(self.per_voxel(layer.norm, x)))
        return F.relu(self.per_voxel(layer.norm, conv(x)))

    def __call__(self, x: Tensor) -> Tensor:
        net = self.net
        x = self.conv(net.stem, x)
        x = F.relu(self.per_voxel(net.stem_norm, x)) if net.stem_norm is not None else x
        x = self.blocks(net.stem_blocks, x)
        skips = [x]
        for down, blocks in zip(net.downs, net.encoders):
            x = self.blocks(blocks, self.resample(down, x, up=False))
            skips.append(x)
        for up, blocks, skip in zip(net.ups, net.decoders, skips[-2::-1]):
            x = self.blocks(blocks, torch.cat([self.resample(up, x, up=True), skip], 1))
        return F.relu(self.per_voxel(net.last_norm, x)) if net.last_norm is not None else x


@SHAPES
def test_a_full_block_of_voxels_gives_the_dense_network(config: SparseUNetConfig) -> None:
    net = build(config)
    volume = torch.randn(2, 3, 8, 4, 8).double()
    coords = torch.ones(2, 8, 4, 8).nonzero()
    grid, _ = VoxelGrid.from_coords(coords - torch.tensor([0, 8, 4, 8]), 2)  # even steps: cells of parents stay aligned
    rows = volume.movedim(1, -1).reshape(-1, 3)
    found = net(grid, rows).decoder[-1].view(2, 8, 4, 8, -1).movedim(-1, 1)
    torch.testing.assert_close(found, Dense(net)(volume))


@SHAPES
def test_levels_have_their_widths_and_grids(config: SparseUNetConfig) -> None:
    grid, rows = blob()
    output = build(config)(grid, rows)
    assert [g.stride for g in output.grids] == [1, 2, 4]
    assert [r.shape for r in output.encoder] == [(len(g), w) for g, w in zip(output.grids, config.encoder_widths)]
    sizes = [len(g) for g in output.grids[-2::-1]]
    assert [tuple(r.shape) for r in output.decoder] == list(zip(sizes, config.decoder_widths))


@SHAPES
def test_every_parameter_learns(config: SparseUNetConfig) -> None:
    net = build(config, training=True)
    grid, rows = blob()
    output = net(grid, rows)
    torch.stack([(part * torch.randn_like(part)).sum() for part in (*output.encoder, *output.decoder)]).sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in net.parameters())


def test_compiled_and_plain_paths_agree() -> None:
    grid, rows = blob(3)
    net = build(TINY)
    with reference_ops():
        expected = net(VoxelGrid.from_coords(grid.coords, 2)[0], rows).decoder[-1]
    torch.testing.assert_close(net(grid, rows).decoder[-1], expected)


@SHAPES
def test_one_voxel_trains(config: SparseUNetConfig) -> None:
    net = build(config, training=True)
    grid, _ = VoxelGrid.from_coords(torch.tensor([[0, -5, 2, 7]]))
    output = net(grid, torch.randn(1, 3).double())
    output.decoder[-1].sum().backward()
    assert torch.isfinite(output.decoder[-1]).all()


def test_no_voxel_at_all_is_no_error() -> None:
    grid, _ = VoxelGrid.from_coords(torch.zeros(0, 4, dtype=torch.int64), 2)
    output = build(TINY, training=True)(grid, torch.zeros(0, 3).double())
    assert output.decoder[-1].shape == (0, TINY.width)


def test_a_norm_of_one_row_uses_running_statistics() -> None:
    norm = VoxelNorm(2)
    row = torch.tensor([[3.0, -1.0]])
    torch.testing.assert_close(norm.train()(row), norm.eval()(row))
    assert norm.num_batches_tracked == 0


def test_initial_deviation() -> None:
    net = SparseUNet(SparseUNetConfig(3, 16, 3, (LevelConfig(32, 1),), (LevelConfig(16, 1),), initial_std=0.02))
    weight = net.encoders[0].get_parameter("blocks.0.conv2.weight")
    assert weight.abs().max() <= 0.04 and 0.015 < weight.std() < 0.02


def test_bad_shapes_are_named() -> None:
    with pytest.raises(SceneglotError, match="2 levels down and 1 up"):
        SparseUNetConfig(3, 4, 3, TINY.encoder, TINY.decoder[:1])
    grid, rows = blob()
    with pytest.raises(SceneglotError, match="expected"):
        build(TINY)(grid, rows[:, :2])
