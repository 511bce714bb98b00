"""VoteNet on sparse features: shapes, independence of clouds, gradients down to the backbone, and that it learns."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sceneglot.losses.detection import DetectionTargets, detection_loss
from sceneglot.nets.mean_sizes import SCANNET_SCANREFER
from sceneglot.nets.sparse_unet import SparseBackboneConfig
from sceneglot.nets.sparse_unet_presets import res16unet34c, unet7
from sceneglot.nets.sparse_votenet import SparseVoteConfig, SparseVoteNet

TINY = SparseVoteConfig.tiny(SparseBackboneConfig(unet7(2, width=8, levels=3), 0.1), SCANNET_SCANREFER)


def clouds(count: int = 2, points: int = 600) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return torch.rand(count, points, 3) * 3, torch.rand(count, points, 2)


def test_shapes_and_seeds_are_points():
    xyz, features = clouds()
    out = SparseVoteNet(TINY).eval()(xyz, features)
    assert out.seeds.xyz.shape == (2, 600, 3) and out.center.shape == (2, 256, 3)
    assert torch.equal(out.seeds.xyz[1], xyz[1, out.seeds.index[1]])
    assert out.semantic.shape == (2, 256, 18) and (out.size > 0).all()


def test_published_sizes():
    config = SparseVoteConfig.paper(SparseBackboneConfig(res16unet34c(3), 0.025), SCANNET_SCANREFER)
    assert (config.seeds, config.seed_width, config.votes.proposals.points) == (1024, 256, 256)
    assert config.votes.proposals.radius == 0.3


def test_a_cloud_does_not_see_its_neighbours():
    xyz, features = clouds()
    net = SparseVoteNet(TINY).eval()
    together, alone = net(xyz, features), net(xyz[1:], features[1:])
    torch.testing.assert_close(together.center[1:], alone.center, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(together.objectness[1:], alone.objectness, rtol=1e-4, atol=1e-4)


def test_without_features():
    config = replace(TINY, backbone=SparseBackboneConfig(unet7(0, width=8, levels=3), 0.1))
    with pytest.raises(Exception, match="expected"):
        SparseVoteNet(TINY)(clouds()[0])
    assert SparseVoteNet(config).eval()(clouds()[0]).center.shape == (2, 256, 3)


def test_gradients_reach_the_backbone_and_a_box_is_learned():
    torch.manual_seed(1)
    xyz = torch.rand(1, 800, 3) * torch.tensor([3.0, 3.0, 0.05])
    xyz[:, :200] = torch.rand(1, 200, 3) * 0.6 + torch.tensor([1.0, 1.2, 0.0])
    features = torch.zeros(1, 800, 2)
    features[:, :200, 0] = 1
    owner = torch.full((1, 800), -1)
    owner[:, :200] = 0
    center, size = torch.tensor([[[1.3, 1.5, 0.3]]]), torch.full((1, 1, 3), 0.6)
    targets = DetectionTargets(center, size, torch.tensor([[2]]), torch.tensor([[True]]), owner)
    net = SparseVoteNet(TINY)
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    means = torch.tensor(SCANNET_SCANREFER)
    for step in range(40):
        loss = detection_loss(net(xyz, features), targets, means).total
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            first = loss.item()
            assert all(p.grad is not None and p.grad.isfinite().all() for p in net.backbone.parameters())
            assert net.backbone.net.stem.weight.grad.abs().sum() > 0
        optimizer.step()
    assert loss.item() < 0.5 * first
