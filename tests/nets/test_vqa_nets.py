"""Properties that every question-answering network must have, and what each must depend on."""

from collections.abc import Callable
from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.fusion import Fusion, FusionConfig
from sceneglot.nets.heads import VQAOutput
from sceneglot.nets.rows import take_rows
from sceneglot.nets.scene_encoder import SceneEncoding

Build = Callable[[str], nn.Module]
Answer = Callable[[nn.Module, Tensor, Tensor, Tensor], VQAOutput]
Questions = tuple[Tensor, Tensor]
SEEING = ("ours", "scanqa", "scanrefer")
ALL = (*SEEING, "blind")


def assert_same(found: VQAOutput, expected: VQAOutput) -> None:
    for field in fields(VQAOutput):
        torch.testing.assert_close(getattr(found, field.name), getattr(expected, field.name), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ALL)
def test_shapes(name: str, build: Build, answer: Answer, clouds: Tensor, questions: Questions) -> None:
    out = answer(build(name), clouds, *questions)
    boxes = 1 if name == "blind" else 12
    assert (out.answer_logits.shape, out.object_logits.shape) == ((3, 11), (3, 18))
    assert out.ref_logits.shape == out.ref_mask.shape == (3, boxes)
    assert out.center.shape == out.size.shape == (3, boxes, 3)
    assert out.ref_mask.any(1).all() and out.ref_logits.isfinite().all()
    assert [box.shape for box in out.chosen_box()] == [(3, 3), (3, 3)]


@pytest.mark.parametrize("name", ALL)
def test_a_question_does_not_depend_on_its_batch_mates(
    name: str, build: Build, answer: Answer, clouds: Tensor, questions: Questions
) -> None:
    net, (tokens, mask) = build(name).eval(), questions
    with torch.no_grad():
        together = take_rows(answer(net, clouds, tokens, mask), torch.tensor([1]))
        assert_same(answer(net, clouds[1:2], tokens[1:2], mask[1:2]), together)
        other = answer(net, clouds.flip(0)[[0, 1, 0]], tokens.flip(0)[[0, 1, 0]], mask.flip(0)[[0, 1, 0]])
    assert_same(take_rows(other, torch.tensor([1])), together)


@pytest.mark.parametrize("name", ALL)
def test_padding_does_not_matter(name: str, build: Build, answer: Answer, clouds: Tensor, questions: Questions) -> None:
    net, (tokens, mask) = build(name).eval(), questions
    noisy = torch.where(mask[..., None], tokens, torch.full_like(tokens, 7.0))
    longer = torch.cat([noisy, torch.randn(3, 5, tokens.shape[2])], dim=1)
    with torch.no_grad():
        plain = answer(net, clouds, tokens, mask)
        assert_same(answer(net, clouds, noisy, mask), plain)
        assert_same(answer(net, clouds, longer, torch.cat([mask, mask.new_zeros(3, 5)], dim=1)), plain)


@pytest.mark.parametrize("name", ALL)
def test_the_answer_depends_on_the_question_and_on_the_scene_unless_blind(
    name: str, build: Build, answer: Answer, clouds: Tensor, questions: Questions
) -> None:
    net, (tokens, mask) = build(name).eval(), questions
    with torch.no_grad():
        plain = answer(net, clouds, tokens, mask).answer_logits
        assert (answer(net, clouds, tokens * 2, mask).answer_logits - plain).abs().amin(0).max() > 1e-4
        moved = (answer(net, clouds.roll(1, 0) * 1.3, tokens, mask).answer_logits - plain).abs().max()
    assert (moved == 0) if name == "blind" else (moved > 1e-5)


@pytest.mark.parametrize("name", ALL)
def test_an_empty_question_is_answered_with_finite_numbers(
    name: str, build: Build, answer: Answer, clouds: Tensor, questions: Questions
) -> None:
    net, (tokens, mask) = build(name), questions
    out = answer(net, clouds, tokens, torch.zeros_like(mask))
    (out.answer_logits.sum() + out.ref_logits.sum()).backward()
    assert out.answer_logits.isfinite().all() and out.ref_logits.isfinite().all()
    assert all(p.grad is None or p.grad.isfinite().all() for p in net.parameters())


@pytest.mark.parametrize("name", SEEING)
def test_proposals_that_are_all_background_give_finite_numbers(
    name: str, build: Build, answer: Answer, clouds: Tensor, questions: Questions
) -> None:
    net = build(name)
    with torch.no_grad():
        net.detector.proposal.linear3.bias[:2] = torch.tensor([50.0, -50.0])
    out = answer(net, clouds, *questions)
    out.answer_logits.sum().backward()
    assert out.answer_logits.isfinite().all() and out.ref_mask.any(1).all()


@pytest.mark.parametrize("name", SEEING)
def test_questions_that_share_a_scene_get_what_they_would_get_alone(
    name: str, build: Build, clouds: Tensor, questions: Questions
) -> None:
    net, (tokens, mask) = build(name).eval(), questions
    rows = torch.tensor([2, 0, 2])
    with torch.no_grad():
        shared = net(clouds, tokens, mask, rows).answer
        assert_same(net(clouds[rows], tokens, mask).answer, shared)


@pytest.mark.parametrize("pooling", ["eot", "first", "mean", "cls"])
@pytest.mark.parametrize("gate", ["soft", "mask", "multiply", "none"])
def test_every_option_of_the_fusion_trains(
    pooling: str, gate: str, build: Build, clouds: Tensor, questions: Questions
) -> None:
    net = build("ours")
    net.reader = Fusion(replace(net.reader.config, pooling=pooling, gate=gate))  # type: ignore[arg-type]
    out = net(clouds, *questions).answer
    (out.answer_logits.sum() + out.ref_logits.square().sum()).backward()
    assert net.encoder.cls.grad is not None and net.encoder.cls.grad.abs().sum() > 0


def test_numbers_of_questions_and_scenes_must_agree(build: Build, clouds: Tensor, questions: Questions) -> None:
    net = build("ours")
    detected = net.detector(clouds)
    tokens, mask = questions
    with pytest.raises(SceneglotError, match="2 questions for 3 scenes"):
        net.reader(tokens[:2], mask[:2], net.encoder(detected), detected)


def test_the_published_fusion_reads_334_tokens() -> None:
    fusion = Fusion(FusionConfig.paper(8864))
    assert sum(p.numel() for p in fusion.layers.parameters()) == 2 * 1_315_072
    assert fusion.answer[-1].out_features == 8864


def test_pointing_reads_the_object_the_question_is_about() -> None:
    """Without attention layers the scene can only speak through the pointer, and hidden tokens not at all."""
    torch.manual_seed(0)
    config = FusionConfig(5, text_width=8, scene_width=16, width=16, heads=2, hidden=32, layers=0, gate="none")
    fusion = Fusion(config).eval()
    torch.nn.init.constant_(fusion.localise[-1].weight, 0.0)
    mask = torch.tensor([[True, True, False]])
    scene = SceneEncoding(torch.randn(1, 3, 16), torch.randn(1, 16), torch.zeros(1, 4), mask)
    boxes = torch.zeros(1, 3, 3)
    detected: Any = SimpleNamespace(objectness=torch.zeros(1, 3, 2), center=boxes, size=boxes)
    tokens, mask = torch.randn(1, 2, 8), torch.ones(1, 2, dtype=torch.bool)
    answer = fusion(tokens, mask, scene, detected).answer_logits
    hidden = replace(scene, tokens=scene.tokens.index_fill(1, torch.tensor([2]), 9.0))
    moved = replace(scene, tokens=scene.tokens.index_fill(1, torch.tensor([0]), 9.0))
    assert torch.equal(answer, fusion(tokens, mask, hidden, detected).answer_logits)
    assert not torch.allclose(answer, fusion(tokens, mask, moved, detected).answer_logits)
    without = Fusion(replace(config, pointing=False)).eval()
    same = [without(tokens, mask, s, detected).answer_logits for s in (scene, moved)]
    assert torch.equal(*same)
