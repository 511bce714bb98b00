"""The point transformer's attention against plain arithmetic, its neighbours, and what it must not depend on."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.nets.point_backbone import PointBatch
from sceneglot.nets.point_transformer import (
    Neighbourhood,
    PointTransformer,
    PointTransformerConfig,
    VectorAttention,
    neighbourhood,
)

SMALL = PointTransformerConfig(
    2, 0.4, widths=(8, 16, 24), encoder_blocks=(1, 1, 1), decoder_blocks=(1, 1), neighbors=6, group_width=4
)


def cloud(seed: int, sizes: tuple[int, ...], channels: int = 2) -> PointBatch:
    generator = torch.Generator().manual_seed(seed)
    draw = lambda n, c: torch.rand(n, c, generator=generator)  # noqa: E731
    return PointBatch.of_scenes([(draw(n, 3) * 2 - 1, draw(n, channels)) for n in sizes])


def trained(config: PointTransformerConfig = SMALL) -> PointTransformer:
    """Fixed weights, running statistics away from their start, evaluation mode."""
    torch.manual_seed(0)
    net = PointTransformer(config)
    net(cloud(9, (300,), config.in_channels))
    return net.eval()


def plain_attention(net: VectorAttention, rows: Tensor, near: Neighbourhood) -> Tensor:
    """The formula of the class, one pair at a time, each channel with the weight of its group."""
    query, key = F.relu(net.query_norm(net.query(rows))), F.relu(net.key_norm(net.key(rows)))
    value, out = net.value(rows), []
    for i in range(len(rows)):
        scores, values = [], []
        for j, real, offset in zip(near.index[i].tolist(), near.real[i].tolist(), near.offset[i]):
            if real:
                place = net.place_out(F.relu(net.place(offset)))
                scores.append(net.weigh_out(F.relu(net.weigh(query[i] - key[j] + place))))
                values.append(value[j] + place)
        weight = torch.stack(scores).softmax(0).repeat_interleave(rows.shape[1] // net.groups, dim=1)
        out.append((weight * torch.stack(values)).sum(0))
    return torch.stack(out)


def test_attention_of_two_points_by_hand() -> None:
    net = VectorAttention(1, 1).eval()  # the running statistics are 0 and 1: norms divide by sqrt(1 + 1e-5)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(1.0)
        for part in (net.place, net.weigh):
            part.bias.zero_()
        for norm in (net.query_norm, net.key_norm):
            norm.bias.zero_()
        net.place_out.weight.fill_(1 / 16)
    xyz = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    near = neighbourhood(xyz, torch.zeros(2, dtype=torch.int64), 1, 2, 1.0)
    found = net(torch.tensor([[2.0], [5.0]]), near)[:, 0]
    # Offsets in x, after the ReLU: 0 to itself, 0 for point 0 (0 - 1 < 0), 1 for point 1.
    s = (1 + 1e-5) ** -0.5
    first = torch.tensor([0.0, max(2 * s - 5 * s, 0.0)]).softmax(0) @ torch.tensor([2.0, 5.0])
    second = torch.tensor([0.0, 5 * s - 2 * s + 1]).softmax(0) @ torch.tensor([5.0, 2.0 + 1])
    torch.testing.assert_close(found, torch.stack([first, second]))


@pytest.mark.parametrize("groups", [1, 2, 8])
def test_attention_equals_its_plain_twin(groups: int) -> None:
    torch.manual_seed(groups)
    net, batch = VectorAttention(8, groups).double(), cloud(1, (20, 3))
    near = neighbourhood(batch.xyz, batch.item, 2, 5, 0.3)
    near = Neighbourhood(near.index, near.real, near.offset.double())
    rows = torch.randn(23, 8, dtype=torch.float64, requires_grad=True)
    twins = [attend(rows, near) for attend in (net, lambda *given: plain_attention(net, *given))]
    torch.testing.assert_close(*twins)
    weight = torch.randn_like(rows)
    gradients = [torch.autograd.grad((y * weight).sum(), [rows, *net.parameters()]) for y in twins]
    for fast, plain in zip(*gradients):
        torch.testing.assert_close(fast, plain)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(1, 6))
@settings(max_examples=15, deadline=None)
def test_neighbours_are_the_nearest_of_the_own_scene(sizes: list[int], count: int) -> None:
    batch = cloud(3, tuple(sizes))
    shuffle = torch.randperm(len(batch.item), generator=torch.Generator().manual_seed(0))
    xyz, item = batch.xyz[shuffle], batch.item[shuffle]
    near = neighbourhood(xyz, item, len(sizes), count, 2.0)
    for i in range(len(xyz)):
        others = (item == item[i]).nonzero()[:, 0]
        expected = others[(xyz[others] - xyz[i]).norm(dim=1).argsort()][:count]
        assert near.index[i][near.real[i]].tolist() == expected.tolist()
        assert (near.index[i][~near.real[i]] == i).all()
    torch.testing.assert_close(near.offset, (xyz[:, None] - xyz[near.index]) / 2.0)


@pytest.mark.parametrize("training", [False, True])
def test_the_order_of_points_does_not_matter(training: bool) -> None:
    net, batch = trained().train(training), cloud(0, (120, 60))
    shuffle = torch.randperm(180)
    mixed = net(PointBatch(batch.xyz[shuffle], batch.features[shuffle], batch.item[shuffle], 2))
    straight = net(batch)
    torch.testing.assert_close(mixed.points, straight.points[shuffle], atol=1e-4, rtol=1e-4)
    for ours, theirs in zip((*mixed.encoder, *mixed.decoder), (*straight.encoder, *straight.decoder)):
        torch.testing.assert_close(ours.at_points(), theirs.at_points()[shuffle], atol=1e-4, rtol=1e-4)


def test_moving_by_whole_coarsest_cells_changes_nothing() -> None:
    net, batch = trained(), cloud(0, (100,))
    xyz = (batch.xyz * 64).round() / 64  # moves without rounding
    config = PointTransformerConfig(**{**vars(SMALL), "cell": 0.5})
    net.config = config
    still = net(PointBatch(xyz, batch.features, batch.item, 1)).points
    moved = net(PointBatch(xyz + torch.tensor([-8.0, 16.0, 1.0]), batch.features, batch.item, 1)).points
    torch.testing.assert_close(moved, still, atol=1e-5, rtol=1e-4)


def test_levels_are_cells_and_the_decoder_ends_at_the_points() -> None:
    batch = cloud(0, (100, 0, 40))
    output = trained()(batch)
    assert [stage.features.shape[1] for stage in output.decoder] == [16, 8]
    assert torch.equal(output.decoder[-1].row, torch.arange(140)) and output.decoder[-1].features is output.points
    for level, stage in enumerate(output.encoder[1:]):
        cell = torch.cat([batch.item[:, None], torch.floor(batch.xyz.double() / (0.4 * 2**level)).long()], 1)
        _, expected = torch.unique(cell, dim=0, return_inverse=True)
        pairs = torch.unique(torch.stack([expected, stage.row], 1), dim=0)
        assert len(pairs) == len(stage.features) == int(expected.max()) + 1  # the same partition
    assert torch.equal(output.encoder[1].row, output.decoder[0].row)


@pytest.mark.parametrize("sizes", [(1,), (1, 1), (0, 3), (0,)])
def test_next_to_nothing_trains(sizes: tuple[int, ...]) -> None:
    net = trained().train()
    output = net(cloud(0, sizes)).points
    output.square().sum().backward()
    assert output.shape == (sum(sizes), 8) and output.isfinite().all()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_without_channels() -> None:
    config = PointTransformerConfig(0, 0.4, (8, 16), (1, 1), (1,), 6)
    output = trained(config)(cloud(0, (50,), 0)).points
    assert output.shape == (50, 8) and output.std(0).max() > 0  # shape alone tells points apart


def test_number_of_parameters() -> None:
    def block(c: int) -> int:
        g = c // 8
        attention = 3 * c * c + 2 * 2 * c + (3 * 16 + 16) + 16 * c + (c * g + g) + g * g
        return attention + 2 * c * c + 3 * 2 * c

    dense = lambda a, b: a * b + 2 * b  # noqa: E731
    widths = (32, 64, 96, 128)
    blocks = sum(n * block(c) for n, c in zip((1, 2, 2, 2, 1, 1, 1), (*widths, *widths[-2::-1])))
    steps = sum(dense(a, b) + dense(b, a) + dense(a, a) for a, b in pairwise(widths))
    net = PointTransformer(PointTransformerConfig(5))
    assert sum(p.numel() for p in net.parameters()) == dense(8, 32) + blocks + steps == 462_772


def test_bad_shapes_are_named() -> None:
    with pytest.raises(SceneglotError, match="5 channels per point, expected 2"):
        trained()(cloud(0, (4,), 5))
    with pytest.raises(SceneglotError, match="expected L >= 2"):
        PointTransformerConfig(2, encoder_blocks=(1, 1))
    with pytest.raises(SceneglotError, match="whole groups"):
        PointTransformerConfig(2, group_width=7)
