import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from sceneglot.losses.detection import DetectionTargets, DetectionWeights, detection_loss
from sceneglot.losses.vqa import (
    VQATargets,
    VQAWeights,
    answer_loss,
    blind_loss,
    object_class_loss,
    reference_labels,
    reference_loss,
    soft_answer_score,
    vqa_loss,
)
from sceneglot.nets.blind import Blind, BlindConfig
from sceneglot.nets.fusion import Fusion, FusionConfig
from sceneglot.nets.heads import VQAOutput
from sceneglot.nets.mcan import McanConfig, ScanQA
from sceneglot.nets.pointnet2 import AbstractionConfig, BackboneConfig
from sceneglot.nets.scanrefer import ScanReferMcan
from sceneglot.nets.scene_encoder import SceneEncoder, SceneEncoderConfig
from sceneglot.nets.votenet import VoteNet, VoteNetConfig, VoteNetOutput


def cubes(*places: float) -> tuple[Tensor, Tensor]:
    """One row of unit cubes at these places along x."""
    center = torch.zeros(1, len(places), 3)
    center[0, :, 0] = torch.tensor(places)
    return center, torch.ones(1, len(places), 3)


def test_answer_loss_sums_over_answers_and_averages_over_questions() -> None:
    assert answer_loss(torch.zeros(4, 7), torch.zeros(4, 7)).item() == pytest.approx(7 * math.log(2))
    confident = torch.tensor([[20.0, -20.0]])
    assert answer_loss(confident, torch.tensor([[1.0, 0.0]])).item() == pytest.approx(0, abs=1e-6)


def test_soft_scores_follow_the_counts() -> None:
    assert [soft_answer_score(n) for n in (0, 1, 2, 3, 4, 50)] == [0, 0.3, 0.6, 0.9, 1.0, 1.0]


def test_soft_labels_share_between_all_good_boxes_of_all_objects() -> None:
    truth = cubes(0.0, 5.0)
    labels = reference_labels(*cubes(0.1, 0.3, 0.9, 5.2), *truth, torch.ones(1, 2, dtype=torch.bool))
    torch.testing.assert_close(labels, torch.tensor([[1 / 3, 1 / 3, 0.0, 1 / 3]]))


def test_the_best_box_stands_in_where_none_is_good() -> None:
    valid = torch.ones(1, 1, dtype=torch.bool)
    assert reference_labels(*cubes(0.9, 0.8, 7.0), *cubes(0.0), valid).tolist() == [[0, 1, 0]]
    assert reference_labels(*cubes(6.0, 7.0), *cubes(0.0), valid).tolist() == [[0, 0]]


def test_parity_labels_take_the_best_of_the_first_box_even_without_overlap() -> None:
    valid = torch.tensor([[True, True]])
    assert reference_labels(*cubes(5.0, 0.2), *cubes(0.0, 5.0), valid, mode="argmax").tolist() == [[0, 1]]
    assert reference_labels(*cubes(6.0, 7.0), *cubes(0.0, 1.0), valid, mode="argmax").tolist() == [[1, 0]]
    nothing = torch.zeros(1, 2, dtype=torch.bool)
    assert reference_labels(*cubes(6.0, 7.0), *cubes(0.0, 1.0), nothing, mode="argmax").sum() == 0


def test_parity_labels_and_the_blind_guess_follow_the_box_named_first() -> None:
    true, valid, second = cubes(0.0, 5.0), torch.tensor([[True, True]]), torch.tensor([1])
    assert reference_labels(*cubes(0.2, 5.0), *true, valid, mode="argmax", first=second).tolist() == [[0, 1]]
    one = torch.ones(1, 1)
    guess = VQAOutput(one, torch.ones(1, 18), one, one > 0, *cubes(5.0))
    targets = VQATargets(one, torch.tensor([3]), *true, valid, second)
    assert blind_loss(guess, targets, torch.ones(1, 3)).reference.item() == 0
    assert blind_loss(guess, targets.to("cpu"), torch.ones(1, 3)).reference.item() == 0
    assert blind_loss(guess, replace(targets, first=None), torch.ones(1, 3)).reference.item() > 1


@pytest.mark.parametrize("mode", ["soft", "argmax"])
def test_a_question_about_nothing_has_no_label(mode: str) -> None:
    empty = torch.zeros(1, 0, 3)
    labels = reference_labels(*cubes(0.0), empty, empty, torch.zeros(1, 0, dtype=torch.bool), mode=mode)  # type: ignore[arg-type]
    assert labels.tolist() == [[0]]
    assert reference_loss(torch.zeros(1, 1), labels).item() == 0


def test_reference_loss_is_a_cross_entropy_over_the_allowed_boxes() -> None:
    labels = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    logits = torch.zeros(2, 3, requires_grad=True)
    assert reference_loss(logits, labels).item() == pytest.approx(math.log(3))
    mask = torch.tensor([[True, True, False]]).expand(2, -1)
    loss = reference_loss(logits, labels, mask)
    loss.backward()
    assert loss.item() == pytest.approx(math.log(2))
    assert logits.grad is not None and logits.grad[0, 2] == 0 and (logits.grad[1] == 0).all()


def test_class_loss_ignores_questions_without_a_class() -> None:
    logits = torch.zeros(2, 18)
    assert object_class_loss(logits, torch.tensor([3, -1])).item() == pytest.approx(math.log(18))
    assert object_class_loss(logits, torch.tensor([-1, -1])).item() == 0


TEXT, ANSWERS = 24, 6
DETECTOR = VoteNetConfig(
    backbone=BackboneConfig(
        abstractions=(
            AbstractionConfig(64, 0.5, 8, (8, 16)),
            AbstractionConfig(32, 1.0, 8, (16, 32)),
            AbstractionConfig(16, 2.0, 4, (16, 32)),
            AbstractionConfig(8, 3.0, 4, (16, 32)),
        ),
        seed_width=32,
    ),
    proposals=AbstractionConfig(12, 0.6, 8, (32, 32)),
)
MCAN = McanConfig(ANSWERS, TEXT, proposal_width=32, width=32, heads=4, hidden=64, flat_hidden=16, flat_width=32)


class Seen(NamedTuple):
    """What a network that sees says."""

    detected: VoteNetOutput
    answer: VQAOutput


class Whole(nn.Module):
    """A detector, an optional scene encoder and a reader behind one forward pass."""

    def __init__(self, detector: VoteNet, encoder: SceneEncoder | None, reader: nn.Module) -> None:
        super().__init__()
        self.detector, self.encoder, self.reader = detector, encoder, reader

    def forward(self, xyz: Tensor, tokens: Tensor, mask: Tensor) -> Seen:
        """One question about every cloud."""
        detected = self.detector(xyz)
        if self.encoder is None:
            return Seen(detected, self.reader(tokens, mask, detected))
        return Seen(detected, self.reader(tokens, mask, self.encoder(detected), detected))


def ours(pointing: bool = True) -> Whole:
    encoder = SceneEncoderConfig(proposal_width=32, width=32, heads=4, hidden=64, embedding=24)
    fusion = FusionConfig(ANSWERS, text_width=TEXT, scene_width=32, width=32, heads=4, hidden=64, pointing=pointing)
    return Whole(VoteNet(DETECTOR), SceneEncoder(encoder), Fusion(fusion))


NETS: dict[str, Callable[[], Whole]] = {
    "ours": ours,
    "as-published": lambda: ours(pointing=False),
    "scanqa": lambda: Whole(VoteNet(DETECTOR), None, ScanQA(MCAN)),
    "scanrefer": lambda: Whole(VoteNet(DETECTOR), None, ScanReferMcan(MCAN)),
}


def batch() -> tuple[Tensor, Tensor, Tensor, VQATargets, DetectionTargets]:
    generator = torch.Generator().manual_seed(0)
    xyz = torch.rand(4, 300, 3, generator=generator) * torch.tensor([4.0, 3.0, 2.0])
    tokens = torch.randn(4, 6, TEXT, generator=generator)
    mask = torch.arange(6) < torch.tensor([[6], [4], [3], [5]])
    center = torch.rand(4, 2, 3, generator=generator) * 2
    size, valid = torch.ones(4, 2, 3), torch.ones(4, 2, dtype=torch.bool)
    answers = torch.eye(ANSWERS)[:4]
    label = torch.tensor([[0, 5], [3, 1], [2, 2], [9, 17]])
    slot = torch.randint(-1, 2, (4, 300), generator=generator)
    boxes = DetectionTargets(center, size, label, valid, slot)
    return xyz, tokens, mask, VQATargets(answers, label[:, 0], center, size, valid), boxes


UNREACHED = {  # per net and term: parameters that the term must not move; every other one it must
    "ours": {  # what an answer is read from is pointed at, so answers teach where to point
        "answer": ("reader.object_class", "encoder.to_embedding", "detector.proposal.head"),
        "object_class": ("reader.answer", "encoder.to_embedding", "detector.proposal.head"),
        "reference": (
            "reader.answer",
            "reader.object_class",
            "reader.pointed",
            "encoder.to_embedding",
            "detector.proposal.head",
        ),
    },
    "as-published": {
        "answer": ("reader.object_class", "reader.localise", "encoder.to_embedding", "detector.proposal.head"),
        "object_class": ("reader.answer", "reader.localise", "encoder.to_embedding", "detector.proposal.head"),
        "reference": ("reader.answer", "reader.object_class", "encoder.to_embedding", "detector.proposal.head"),
    },
    "scanqa": {
        "answer": ("reader.object_class", "reader.localise", "detector.proposal.head"),
        "object_class": ("reader.answer", "reader.localise", "detector.proposal.head"),
        "reference": (
            "reader.answer",
            "reader.object_class",
            "detector.proposal.head",
            "reader.mcan.flatten",
            "reader.mcan.norm",
        ),
    },
    "scanrefer": {
        "answer": ("reader.object_class", "reader.match", "detector.proposal.head"),
        "object_class": (
            "reader.answer",
            "reader.match",
            "detector",
            "reader.mcan.project",
            "reader.mcan.encoder",
            "reader.mcan.decoder",
            "reader.mcan.flatten",
            "reader.mcan.norm",
        ),
        "reference": (
            "reader.answer",
            "reader.object_class",
            "detector.proposal.head",
            "reader.mcan.project",
            "reader.mcan.encoder",
            "reader.mcan.decoder",
            "reader.mcan.flatten",
            "reader.mcan.norm",
        ),
    },
}


@pytest.mark.parametrize(("name", "term"), [(n, t) for n, terms in UNREACHED.items() for t in terms])
def test_every_term_reaches_every_parameter_it_should(name: str, term: str) -> None:
    torch.manual_seed(0)
    net = NETS[name]()
    xyz, tokens, mask, targets, _ = batch()
    out = net(xyz, tokens, mask)
    getattr(vqa_loss(out.answer, targets), term).backward()
    for parameter_name, parameter in net.named_parameters():
        # the layers that read boxes off proposals learn from detection alone
        shown = parameter_name.replace("proposal.linear", "proposal.head").replace("proposal.norm", "proposal.head")
        reached = parameter.grad is not None and bool(parameter.grad.abs().max() > 0)
        expected = not shown.startswith(UNREACHED[name][term])
        if _gradient_is_only_rounding(parameter_name):
            continue
        assert reached == expected, parameter_name


def _gradient_is_only_rounding(name: str) -> bool:
    """A bias right before a batch norm or a softmax over its rows shifts nothing."""
    normed = ("vote.linear1.bias", "vote.linear2.bias", "match.linear1.bias", "match.linear2.bias")
    softened = ("localise.3.bias", "match.score.bias", "flatten_text.score.3.bias", "flatten_objects.score.3.bias")
    return name.endswith(normed + softened)


@pytest.mark.parametrize("name", [*NETS, "blind"])
def test_it_overfits_four_questions(name: str) -> None:
    torch.manual_seed(0)
    xyz, tokens, mask, targets, boxes = batch()
    blind = Blind(BlindConfig(ANSWERS, text_width=TEXT, width=32, heads=4, hidden=64))
    net = blind if name == "blind" else NETS[name]()
    weights = VQAWeights(answer=1, object_class=1, reference=1, box=1)
    low, high = xyz.amin(1), xyz.amax(1)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(60):
        if isinstance(net, Blind):
            answer = net(tokens, mask, low, high)
            total = blind_loss(answer, targets, high - low, weights).total
        else:
            out = net(xyz, tokens, mask)
            answer = out.answer
            detection = detection_loss(out.detected, boxes, net.detector.proposal.mean_sizes, DetectionWeights())
            total = vqa_loss(answer, targets, weights).total + detection.total
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    assert answer.answer_logits.argmax(1).tolist() == [0, 1, 2, 3]


def test_a_batch_without_any_label_still_trains_the_answer() -> None:
    net = ours()
    xyz, tokens, mask, targets, _ = batch()
    none = VQATargets(
        targets.answers,
        torch.full((4,), -1),
        torch.zeros(4, 0, 3),
        torch.zeros(4, 0, 3),
        torch.zeros(4, 0, dtype=torch.bool),
    )
    loss = vqa_loss(net(xyz, tokens, mask).answer, none)
    loss.total.backward()
    assert loss.reference.item() == loss.object_class.item() == 0
    torch.testing.assert_close(loss.total, 0.1 * loss.answer)
    assert all(p.grad is None or p.grad.isfinite().all() for p in net.parameters())
    blind = Blind(BlindConfig.tiny(ANSWERS, text_width=TEXT))
    guess = blind(tokens, mask, xyz.amin(1), xyz.amax(1))
    assert blind_loss(guess, none, torch.ones(4, 3)).reference.item() == 0
