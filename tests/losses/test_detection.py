import math
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.losses.detection import (
    DetectionTargets,
    DetectionWeights,
    assign,
    detection_loss,
    encode_heading,
    vote_loss,
)
from sceneglot.nets.pointnet2 import AbstractionConfig, BackboneConfig, SeedOutput
from sceneglot.nets.votenet import VoteNet, VoteNetConfig, VoteNetOutput, decode_heading
from sceneglot.ops.boxes import pairwise_iou

MEANS = torch.tensor([[1.0, 1.0, 1.0], [2.0, 1.0, 0.5]])


def output(center: Tensor, label: Tensor, residual: Tensor | None = None, seeds: int = 2) -> VoteNetOutput:
    """A certain and self-consistent prediction of boxes (B, P, 3) with classes (B, P)."""
    batch, count = label.shape
    logits = torch.nn.functional.one_hot(label, 2).float() * 40 - 20
    zeros = torch.zeros(batch, count, 1)
    return VoteNetOutput(
        seeds=SeedOutput(
            torch.zeros(batch, seeds, 3), torch.zeros(batch, seeds, 4), torch.arange(seeds).expand(batch, -1)
        ),
        vote_xyz=torch.zeros(batch, seeds, 3),
        anchor=center.clone(),
        features=torch.zeros(batch, count, 4),
        objectness=torch.tensor([-20.0, 20.0]).expand(batch, count, 2),
        center=center,
        heading_logits=zeros,
        heading_residual=zeros,
        size_logits=logits,
        size_residual=torch.zeros(batch, count, 2, 3) if residual is None else residual,
        semantic=logits,
        size=MEANS[label],
        heading=zeros[..., 0],
    )


def targets(center: Tensor, label: Tensor, valid: Tensor | None = None, points: int = 2) -> DetectionTargets:
    valid = torch.ones_like(label, dtype=torch.bool) if valid is None else valid
    return DetectionTargets(center, MEANS[label], label, valid, torch.zeros(len(label), points, dtype=torch.long))


CENTER = torch.tensor([[[0.0, 0, 0], [3.0, 0, 0]]])
LABEL = torch.tensor([[0, 1]])


def test_a_perfect_prediction_costs_only_its_votes() -> None:
    loss = detection_loss(output(CENTER, LABEL), targets(CENTER, LABEL), MEANS)
    assert loss.total.item() == pytest.approx(0, abs=1e-6)
    assert loss.positive_share.item() == 1


def test_vote_is_the_mean_l1_over_seeds_on_objects() -> None:
    truth = targets(torch.tensor([[[1.0, -2.0, 0.5]]]), torch.tensor([[0]]))
    out = output(CENTER, LABEL)
    assert vote_loss(out, truth).item() == pytest.approx(3.5, rel=1e-5)
    off = replace(truth, point_object=torch.tensor([[0, -1]]))
    out = replace(out, vote_xyz=torch.tensor([[[1.0, -2.0, 1.5], [90.0, 0, 0]]]))
    assert vote_loss(out, off).item() == pytest.approx(1.0, rel=1e-5)


def test_centre_is_a_two_way_chamfer_of_squared_distances() -> None:
    truth = targets(torch.tensor([[[0.1, 0, 0], [3.0, 0, 4.0]]]), LABEL)
    loss = detection_loss(output(CENTER, LABEL), truth, MEANS)
    # only the first proposal is positive: .01; boxes to predictions: (.01 + 16) / 2
    assert loss.center.item() == pytest.approx(0.01 + 8.005, rel=1e-4)


def test_size_is_a_huber_on_the_normalised_residual_of_the_true_cluster() -> None:
    residual = torch.zeros(1, 2, 2, 3)
    residual[0, 0, 0] = torch.tensor([0.5, 0.0, 2.0])
    residual[0, 0, 1] = 9.0  # the other cluster does not count
    loss = detection_loss(output(CENTER, LABEL, residual), targets(CENTER, LABEL), MEANS)
    assert loss.size_residual.item() == pytest.approx((0.125 + 1.5) / 3 / 2, rel=1e-5)


def test_objectness_weights_and_the_ignored_ring() -> None:
    anchors = torch.tensor([[[0.1, 0, 0], [0.45, 0, 0], [2.0, 0, 0]]])
    out = replace(output(anchors, torch.zeros(1, 3, dtype=torch.long)), objectness=torch.zeros(1, 3, 2))
    truth = targets(torch.zeros(1, 1, 3), torch.zeros(1, 1, dtype=torch.long))
    found = assign(out.anchor, truth, DetectionWeights())
    assert found.positive.tolist() == [[True, False, False]]
    assert found.counted.tolist() == [[True, False, True]]
    loss = detection_loss(out, truth, MEANS)
    assert loss.objectness.item() == pytest.approx((0.8 + 0.2) * math.log(2) / 2, rel=1e-5)


def test_padding_attracts_proposals_only_in_parity_mode() -> None:
    truth = targets(torch.tensor([[[5.0, 0, 0], [9.0, 9, 9]]]), torch.tensor([[1, 1]]), torch.tensor([[True, False]]))
    out = output(CENTER, LABEL)  # its first proposal sits at the origin
    assert detection_loss(out, truth, MEANS).positive_share.item() == 0
    parity = detection_loss(out, truth, MEANS, DetectionWeights(padding="origin"))
    assert parity.positive_share.item() == 0.5
    assert parity.semantic.item() == pytest.approx(0, abs=1e-6)  # the phantom box has class 0


def test_padded_values_never_matter() -> None:
    valid = torch.tensor([[True, True, False]])
    center = torch.cat([CENTER, torch.full((1, 1, 3), torch.nan)], dim=1)
    padded = replace(targets(CENTER, LABEL), center=center, valid=valid)
    padded = replace(padded, size=torch.full((1, 3, 3), torch.inf), label=torch.tensor([[0, 1, 99]]))
    padded = replace(padded, size=torch.cat([MEANS[LABEL], torch.full((1, 1, 3), torch.inf)], dim=1))
    plain = detection_loss(output(CENTER, LABEL), targets(CENTER, LABEL), MEANS)
    assert torch.equal(detection_loss(output(CENTER, LABEL), padded, MEANS).total, plain.total)


@pytest.mark.parametrize("slots", [0, 2])
@pytest.mark.parametrize("padding", ["far", "origin"])
def test_a_scene_without_boxes_gives_a_finite_loss_and_gradient(slots: int, padding: str) -> None:
    torch.manual_seed(0)
    net = small_net()
    xyz = torch.rand(2, 400, 3) + 5
    empty = DetectionTargets(
        center=torch.zeros(2, slots, 3),
        size=torch.zeros(2, slots, 3),
        label=torch.zeros(2, slots, dtype=torch.long),
        valid=torch.zeros(2, slots, dtype=torch.bool),
        point_object=torch.full((2, 400), -1),
    )
    weights = DetectionWeights(padding=padding)  # type: ignore[arg-type]
    loss = detection_loss(net(xyz), empty, net.proposal.mean_sizes, weights)
    loss.total.backward()
    assert loss.total.item() > 0  # objectness: everything is background
    assert loss.vote.item() == loss.center.item() == loss.semantic.item() == 0
    assert all(p.grad is None or p.grad.isfinite().all() for p in net.parameters())


@pytest.mark.parametrize("bins", [1, 4, 12])
def test_heading_round_trip(bins: int) -> None:
    angle = torch.linspace(-3.1, 3.1, 41)
    index, residual = encode_heading(angle, bins)
    assert (residual.abs() <= 1 + 1e-5).all()
    logits = torch.nn.functional.one_hot(index, bins).float()
    decoded = decode_heading(logits, residual[:, None].expand(-1, bins))
    difference = (decoded - angle + math.pi) % (2 * math.pi) - math.pi
    torch.testing.assert_close(difference, torch.zeros(41), atol=1e-5, rtol=0)


def toy_batch() -> tuple[Tensor, DetectionTargets]:
    """Two rooms with two boxes of points each."""
    generator = torch.Generator().manual_seed(1)
    center = torch.tensor([[[1.0, 1, 0.5], [3, 2, 0.5]], [[2.0, 0.5, 0.5], [0.5, 2.5, 0.5]]])
    label = torch.tensor([[0, 1], [1, 0]])
    size = torch.tensor([[0.6, 0.6, 1.0], [1.2, 0.8, 0.7]])[label]
    points = torch.rand(2, 3, 400, 3, generator=generator) - 0.5
    floor = points[:, 2] * torch.tensor([4.0, 3, 0]) + torch.tensor([2.0, 1.5, 0])
    objects = points[:, :2] * size[:, :, None] + center[:, :, None]
    xyz = torch.cat([objects.flatten(1, 2), floor], dim=1)
    slot = torch.tensor([0] * 400 + [1] * 400 + [-1] * 400).expand(2, -1)
    order = torch.randperm(1200, generator=generator)
    valid = torch.ones(2, 2, dtype=torch.bool)
    return xyz[:, order], DetectionTargets(center, size, label, valid, slot[:, order])


def small_net() -> VoteNet:
    """A detector of two classes that takes milliseconds."""
    layers = (
        AbstractionConfig(128, 0.4, 8, (16, 32)),
        AbstractionConfig(64, 0.6, 8, (32, 32)),
        AbstractionConfig(32, 1.0, 8, (32, 32)),
        AbstractionConfig(16, 2.0, 8, (32, 32)),
    )
    means = ((0.6, 0.6, 1.0), (1.2, 0.8, 0.7))
    backbone = BackboneConfig(abstractions=layers, seed_width=64)
    proposals = AbstractionConfig(16, 0.4, 8, (64, 64))
    return VoteNet(
        VoteNetConfig(backbone=backbone, proposals=proposals, sampling="seed_fps", mean_sizes=means, num_classes=2)
    )


REACHES = {
    "vote": ("backbone", "vote"),
    "objectness": ("backbone", "vote", "proposal"),
    "center": ("backbone", "vote", "proposal"),
    "size_class": ("backbone", "vote", "proposal"),
    "size_residual": ("backbone", "vote", "proposal"),
    "semantic": ("backbone", "vote", "proposal"),
}


@pytest.mark.parametrize("term", REACHES)
def test_every_term_reaches_every_parameter_it_should(term: str) -> None:
    torch.manual_seed(0)
    net = small_net()
    xyz, truth = toy_batch()
    # a wide "near" makes proposals of an untrained net positive, so that the box terms are not empty
    loss = detection_loss(net(xyz), truth, net.proposal.mean_sizes, DetectionWeights(near=3.0, far=3.0))
    getattr(loss, term).backward()
    for name, parameter in net.named_parameters():
        part, leaf = name.split(".")[0], name.split(".")[-2]
        reached = parameter.grad is not None and bool(parameter.grad.abs().sum() > 0)
        expected = part in REACHES[term]
        if term == "vote" and name == "vote.linear3.weight":
            assert parameter.grad is not None and parameter.grad[:3].abs().sum() > 0
        dead = name.startswith("vote.linear") and leaf in ("linear1", "linear2") and name.endswith("bias")
        dead |= name.startswith("proposal.linear") and leaf in ("linear1", "linear2") and name.endswith("bias")
        if not dead:  # a bias right before a batch norm has no gradient but rounding
            assert reached == expected, name


def test_it_overfits_a_toy_batch() -> None:
    torch.manual_seed(0)
    net = small_net()
    xyz, truth = toy_batch()
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    first = detection_loss(net(xyz), truth, net.proposal.mean_sizes).total.item()
    for _ in range(250):
        loss = detection_loss(net(xyz), truth, net.proposal.mean_sizes)
        optimizer.zero_grad()
        loss.total.backward()
        optimizer.step()
    assert loss.total.item() < 0.25 * first
    found = net(xyz)
    overlap = pairwise_iou(truth.center, truth.size, found.center, found.size)
    assert (overlap.masked_fill(~found.is_object[:, None], 0).amax(2) > 0.5).all()


def test_mismatches_are_named() -> None:
    out = output(CENTER, LABEL)
    with pytest.raises(SceneglotError, match="3 classes"):
        detection_loss(replace(out, semantic=torch.zeros(1, 2, 3)), targets(CENTER, LABEL), MEANS)
    double = DetectionTargets(
        **{
            f.name: None if f.name == "heading" else getattr(targets(CENTER, LABEL), f.name).repeat_interleave(2, 0)
            for f in fields(DetectionTargets)
        }
    )
    with pytest.raises(SceneglotError, match="targets of 2 clouds for 1"):
        detection_loss(out, double, MEANS)
