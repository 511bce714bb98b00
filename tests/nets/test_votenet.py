import pytest
import torch
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.pointnet2 import (
    AbstractionConfig,
    BackboneConfig,
    SetAbstraction,
)
from sceneglot.nets.votenet import VoteNet, VoteNetConfig, decode_heading, decode_size
from sceneglot.ops.dispatch import reference_ops
from sceneglot.ops.grouping import gather, group
from sceneglot.ops.neighbors import ball_query
from sceneglot.ops.sampling import farthest_points


def size(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.fixture(scope="module")
def cloud() -> torch.Tensor:
    return torch.rand(3, 900, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([4.0, 3.0, 2.0])


@pytest.fixture(scope="module")
def net() -> VoteNet:
    torch.manual_seed(0)
    return VoteNet(VoteNetConfig.tiny())


@pytest.mark.parametrize(
    ("channels", "width", "backbone", "vote", "proposal", "total"),
    [
        (0, 256, 641_856, 199_171, 112_737, 953_764),
        (0, 512, 1_430_336, 791_555, 145_505, 2_367_396),
        (1, 256, 641_920, 199_171, 112_737, 953_828),
        (132, 256, 650_304, 199_171, 112_737, 962_212),
        (135, 256, 650_496, 199_171, 112_737, 962_404),
    ],
)
def test_published_sizes(channels: int, width: int, backbone: int, vote: int, proposal: int, total: int) -> None:
    net = VoteNet(VoteNetConfig.paper(extra_channels=channels, seed_width=width))
    assert (size(net.backbone), size(net.vote), size(net.proposal), size(net)) == (backbone, vote, proposal, total)


def test_output_shapes(net: VoteNet, cloud: torch.Tensor) -> None:
    out = net(cloud)
    assert out.seeds.xyz.shape == (3, 192, 3)
    assert out.seeds.features.shape == (3, 192, 128)
    assert out.vote_xyz.shape == (3, 192, 3)
    assert out.features.shape == (3, 128, 128)
    assert out.size_residual.shape == (3, 128, 18, 3)
    assert out.center.shape == out.size.shape == out.anchor.shape == (3, 128, 3)
    assert out.semantic.shape == out.size_logits.shape == (3, 128, 18)
    assert out.heading.shape == out.is_object.shape == (3, 128)
    assert (out.heading_logits.shape, out.objectness.shape) == ((3, 128, 1), (3, 128, 2))


def test_seeds_are_rows_of_the_input_and_the_first_of_its_farthest_points(net: VoteNet, cloud: torch.Tensor) -> None:
    seeds = net.backbone(cloud)
    assert torch.equal(gather(cloud, seeds.index), seeds.xyz)
    assert torch.equal(seeds.index, farthest_points(cloud, 512)[:, :192])


def test_running_the_first_layer_before_grouping_changes_nothing(cloud: torch.Tensor) -> None:
    layer = SetAbstraction(AbstractionConfig(50, 0.5, 8, (16, 24)), 4)
    features = torch.rand(3, 900, 4)
    centers, pooled, sample = layer(cloud, features)
    index = ball_query(cloud, centers, 0.5, 8)
    grouped = group(cloud, gather(cloud, sample), index, features, radius=0.5)
    torch.testing.assert_close(pooled, layer.mlp(grouped).amax(2), atol=1e-5, rtol=1e-5)


def test_bfloat16_knows_where_points_lie_in_a_ball_however_large_the_scene() -> None:
    """The difference of two products of the size of the scene has to be taken before rounding."""
    torch.manual_seed(0)
    layer = SetAbstraction(AbstractionConfig(64, 0.2, 16, (16, 24)), 2).eval()
    ball = torch.rand(1, 3000, 3) * 0.5
    cloud = torch.cat([ball, ball + torch.tensor([60.0, 40.0, 2.0])], 1)
    features = torch.rand(1, 6000, 2)
    with torch.no_grad():
        _, exact, sample = layer(cloud, features)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            _, rounded, _ = layer(cloud, features.bfloat16(), sample=sample)
    assert rounded.dtype == torch.bfloat16
    assert (rounded.float() - exact).norm() < 0.01 * exact.norm()  # bfloat16 itself rounds by up to 0.4 %


def test_boxes_and_scores_are_float32_under_autocast(net: VoteNet, cloud: torch.Tensor) -> None:
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        found = net(cloud)
    for values in (found.objectness, found.center, found.size, found.heading, found.semantic, found.size_residual):
        assert values.dtype == torch.float32


def test_compiled_and_reference_operations_give_the_same_net(net: VoteNet, cloud: torch.Tensor) -> None:
    net.eval()
    with torch.no_grad():
        fast = net(cloud)
        with reference_ops():
            slow = net(cloud)
    torch.testing.assert_close(fast.center, slow.center)
    torch.testing.assert_close(fast.features, slow.features)


def test_a_cloud_does_not_depend_on_its_batch_mates(net: VoteNet, cloud: torch.Tensor) -> None:
    net.eval()
    with torch.no_grad():
        together, alone = net(cloud), net(cloud[1:2])
    torch.testing.assert_close(together.center[1:2], alone.center, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(together.semantic[1:2], alone.semantic, atol=1e-5, rtol=1e-5)


def test_moving_the_scene_moves_the_boxes(net: VoteNet, cloud: torch.Tensor) -> None:
    net.eval()
    shift = torch.tensor([2.0, -4.0, 0.5])  # powers of two: the sampled points stay the same
    with torch.no_grad():
        torch.testing.assert_close(net(cloud + shift).center, net(cloud).center + shift, atol=1e-3, rtol=1e-3)


def test_same_input_same_bits(net: VoteNet, cloud: torch.Tensor) -> None:
    net.eval()
    with torch.no_grad():
        assert torch.equal(net(cloud).size, net(cloud).size)


def test_a_zero_vote_feature_is_no_nan(net: VoteNet) -> None:
    vote = VoteNet(VoteNetConfig.tiny()).vote.eval()
    nn.init.zeros_(vote.linear3.weight)
    nn.init.zeros_(vote.linear3.bias)
    features = torch.zeros(1, 4, 128, requires_grad=True)
    _, voted = vote(torch.zeros(1, 4, 3), features)
    voted.sum().backward()
    assert features.grad is not None
    assert voted.isfinite().all() and features.grad.isfinite().all()


def test_seed_sampling_takes_the_votes_of_the_first_seeds(cloud: torch.Tensor) -> None:
    config = VoteNetConfig(
        backbone=VoteNetConfig.tiny().backbone,
        proposals=AbstractionConfig(20, 0.3, 16, (128, 128, 128)),
        sampling="seed_fps",
    )
    out = VoteNet(config).eval()(cloud)
    assert torch.equal(out.anchor, out.vote_xyz[:, :20])


@pytest.mark.parametrize("points", [1, 5, 300])
def test_clouds_smaller_than_the_net_work(net: VoteNet, points: int) -> None:
    net.eval()
    with torch.no_grad():
        assert net(torch.rand(2, points, 3)).center.isfinite().all()


def test_wrong_channels_are_named(net: VoteNet, cloud: torch.Tensor) -> None:
    with pytest.raises(SceneglotError, match="0 extra channels configured, 3 given"):
        net(cloud, torch.rand(3, 900, 3))


def test_bad_configurations_are_refused() -> None:
    with pytest.raises(SceneglotError, match="shrinking"):
        BackboneConfig(abstractions=BackboneConfig().abstractions[::-1])
    with pytest.raises(SceneglotError, match="mean_sizes is empty"):
        VoteNet(VoteNetConfig(mean_sizes=()))


def test_decoding() -> None:
    means = torch.tensor([[1.0, 1, 1], [2, 4, 6]])
    residual = torch.tensor([[0.0, 0, 0], [0.5, 0.0, -2.0]])
    decoded = decode_size(torch.tensor([0.0, 1.0]), residual, means)
    torch.testing.assert_close(decoded, torch.tensor([3.0, 4.0, 1e-3]))  # a negative size is held at 1 mm
    assert decode_heading(torch.tensor([0.0]), torch.tensor([0.0])).item() == 0
    assert decode_heading(torch.tensor([0.0, 1, 0, 0]), torch.tensor([0.0, 1, 0, 0])).item() == pytest.approx(
        3.14159265 * 3 / 4
    )
