import pytest
import torch
from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.nets.instance_proposals import ProposalConfig, propose_instances
from sceneglot.nets.open_vocabulary import TextAdapter, TextBank, prompts, text_logits
from sceneglot.nets.parsing_heads import BaseNovelHead, BoundaryHead, OffsetHead, StageFusion, calibrate_novel
from sceneglot.nets.point_backbone import PointBatch, PointFeatures, Stage
from sceneglot.nets.sparse_unet import SparseBackbone, SparseBackboneConfig
from sceneglot.nets.sparse_unet_presets import unet7

WIDTHS = (4, 6, 8)


def features(points: int = 30) -> PointFeatures:
    """Random features with three stages of 30, 15 and 7 rows."""
    torch.manual_seed(0)
    rows = [torch.arange(points) // 2**level for level in range(3)]
    stages = tuple(
        Stage(torch.randn(int(row[-1]) + 1, width).requires_grad_(), row) for row, width in zip(rows, WIDTHS)
    )
    return PointFeatures(torch.randn(points, 5).requires_grad_(), stages, ())


def gradient(tensor: Tensor) -> float:
    return 0.0 if tensor.grad is None else float(tensor.grad.abs().max())


def test_fusion_is_linear_at_the_points() -> None:
    fusion = StageFusion(WIDTHS, 3).eval()
    given = features()
    expected = sum((layer(s.at_points()) for layer, s in zip(fusion.narrow, given.encoder)), torch.zeros(30, 3))
    torch.testing.assert_close(fusion(given.encoder), expected.relu() / (1 + 1e-5) ** 0.5)
    with pytest.raises(SceneglotError, match="no stages"):
        StageFusion((), 3)


def test_the_base_novel_head_does_not_teach_the_backbone() -> None:
    head, given = BaseNovelHead(5, WIDTHS), features()
    logits = head(given)
    logits.square().sum().backward()
    assert logits.shape == (30,)
    assert all(gradient(p) > 0 for p in head.parameters())
    assert gradient(given.points) == 0 and all(gradient(s.features) == 0 for s in given.encoder)


def test_calibration_shares_out_the_probability_of_the_groups() -> None:
    logits, is_base = torch.randn(6, 5), torch.tensor([True, False, True, True, False])
    decision = torch.tensor([-100.0, -1.0, 0.0, 0.3, 2.0, 100.0])
    p = calibrate_novel(logits, decision, is_base)
    torch.testing.assert_close(p.sum(1), torch.ones(6))
    torch.testing.assert_close(p[:, is_base].sum(1), decision.sigmoid())
    torch.testing.assert_close(p[2, is_base] / p[2, is_base].sum(), logits[2, is_base].softmax(0))
    torch.testing.assert_close(calibrate_novel(logits, decision, torch.ones(5, dtype=torch.bool)), logits.softmax(1))


def test_the_boundary_head_teaches_every_stage() -> None:
    head, given = BoundaryHead(5, WIDTHS, 7, fine_stages=2), features()
    output = head(given)
    assert output.boundary.shape == (30,) and output.classes.shape == (30, 7)
    assert [tuple(s.shape) for s in output.side_boundary] == [(30,), (30,)]
    assert [tuple(s.shape) for s in output.side_semantic] == [(30, 7)]
    parts = (output.boundary, output.classes, *output.side_boundary, *output.side_semantic)
    torch.stack([part.square().sum() for part in parts]).sum().backward()
    assert all(gradient(p) > 0 for p in head.parameters())
    assert gradient(given.points) > 0 and all(gradient(s.features) > 0 for s in given.encoder)


def test_heads_fit_a_sparse_network() -> None:
    net = SparseBackbone(SparseBackboneConfig(unet7(2, width=4, levels=3), voxel=0.3))
    xyz = torch.rand(80, 3)
    found = net(PointBatch.of_scenes([(xyz, torch.rand(80, 2))]))
    assert BoundaryHead(net.width, net.encoder_widths, 4)(found).classes.shape == (80, 4)
    assert BaseNovelHead(net.width, net.encoder_widths)(found).shape == (80,)
    assert OffsetHead(net.width)(found.points).shape == (80, 3)


def test_a_bank_is_the_mean_of_normalised_prompts() -> None:
    embeddings = torch.tensor([[[3.0, 0.0], [0.0, 0.5]], [[0.0, -2.0], [0.0, -1.0]]])
    bank = TextBank.of_prompts(("chair", "sofa"), embeddings)
    torch.testing.assert_close(bank.embedding, torch.tensor([[0.5**0.5, 0.5**0.5], [0.0, -1.0]]))
    points = torch.tensor([[2.0, 2.0]])
    torch.testing.assert_close(text_logits(points, bank, scale=10.0, cosine=True)[0, 0], torch.tensor(10.0))
    torch.testing.assert_close(text_logits(points, bank)[0], torch.tensor([8**0.5, -2.0]))
    assert prompts("desk", ("a {}", "{}")) == ("a desk", "desk")


def test_the_adapter_reaches_the_text_space() -> None:
    adapter = TextAdapter(5, 16)
    out = adapter(torch.randn(9, 5))
    out.square().sum().backward()
    assert out.shape == (9, 16) and out.min() < 0
    assert all(gradient(p) > 0 for p in list(adapter.parameters())[:1])


def test_bad_banks_are_named() -> None:
    with pytest.raises(SceneglotError, match="2 names"):
        TextBank.of_prompts(("a", "b"), torch.zeros(1, 1, 4))
    with pytest.raises(SceneglotError, match="cancel out"):
        TextBank.of_prompts(("a",), torch.tensor([[[1.0, 0], [-1.0, 0]]]))


def two_chairs() -> tuple[Tensor, Tensor, Tensor]:
    """Chairs 0.5 m wide whose centres are 1 m apart, and the offset of each point to its centre."""
    generator = torch.Generator().manual_seed(0)
    around = torch.rand(200, 3, generator=generator) * 0.5 - 0.25
    centre = torch.tensor([[0.0, 0, 0]] * 120 + [[1.0, 0, 0]] * 80)
    return centre + around, -around, centre[:, 0].long()


def test_instances_are_found_from_true_offsets() -> None:
    xyz, offset, truth = two_chairs()
    probability = torch.tensor([0.1, 0.1, 0.8]).repeat(200, 1)
    found = propose_instances(xyz, torch.zeros(200, dtype=torch.int64), probability, offset)
    assert torch.equal(found.instance, truth)
    assert found.label.tolist() == [2, 2] and found.size.tolist() == [120, 80]
    torch.testing.assert_close(found.score, torch.tensor([0.8, 0.8]))


def test_scenes_classes_background_and_small_clusters_are_kept_apart() -> None:
    xyz, offset, _ = two_chairs()
    probability = torch.eye(4)[torch.tensor([2] * 60 + [3] * 60 + [1] * 70 + [2] * 10)]
    item = torch.zeros(200, dtype=torch.int64)
    found = propose_instances(xyz, item, probability, offset)
    assert found.label.tolist() == [2, 3] and found.size.tolist() == [60, 60]
    assert (found.instance[120:] == -1).all()
    apart = propose_instances(xyz, torch.arange(200) % 2, probability, offset, ProposalConfig(min_points=20))
    assert sorted(zip(apart.item.tolist(), apart.label.tolist())) == [(0, 2), (0, 3), (1, 2), (1, 3)]


def test_no_points_no_instances() -> None:
    empty = torch.zeros(0, 3)
    found = propose_instances(empty, torch.zeros(0, dtype=torch.int64), torch.zeros(0, 5), empty)
    assert len(found.instance) == len(found.score) == len(found.label) == 0
