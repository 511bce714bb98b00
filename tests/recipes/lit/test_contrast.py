"""The contrastive loss in closed form; augmentation stays in range and keeps what it must."""

from __future__ import annotations

import pytest
import torch

from sceneglot.recipes.lit.contrast import AugmentConfig, augment, multi_positive_loss, normalise


def test_one_positive_is_cross_entropy() -> None:
    logits = torch.randn(6, 9, generator=torch.Generator().manual_seed(0))
    target = torch.tensor([0, 3, 8, 2, 2, 5])
    positive = torch.nn.functional.one_hot(target, 9).bool()
    torch.testing.assert_close(multi_positive_loss(logits, positive), torch.nn.functional.cross_entropy(logits, target))


def test_positives_do_not_compete() -> None:
    logits = torch.tensor([[5.0, 1.0, 0.0]])
    positive = torch.tensor([[True, True, False]])
    expected = (torch.log1p(torch.tensor(-5.0).exp()) + torch.log1p(torch.tensor(-1.0).exp())) / 2
    torch.testing.assert_close(multi_positive_loss(logits, positive), expected)


def test_rows_without_positives_or_negatives_are_harmless() -> None:
    logits = torch.randn(3, 4, requires_grad=True)
    positive = torch.zeros(3, 4, dtype=torch.bool)
    positive[1] = True
    loss = multi_positive_loss(logits, positive)
    loss.backward()
    assert loss.item() == 0 and logits.grad is not None and torch.isfinite(logits.grad).all()
    partly = positive.clone()
    partly[0, 0] = True
    wanted = multi_positive_loss(logits[:1], partly[:1]) / 2  # mean over the two rows that have a positive
    torch.testing.assert_close(multi_positive_loss(logits, partly), wanted)


def pictures(seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, (8, 40, 40, 3), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


def test_augmentation_depends_on_its_generator_alone() -> None:
    flip = torch.ones(8, dtype=torch.bool)
    runs = [augment(pictures(), 32, AugmentConfig(), flip, torch.Generator().manual_seed(s)) for s in (1, 1, 2)]
    assert runs[0].shape == (8, 3, 32, 32)
    assert torch.equal(runs[0], runs[1]) and not torch.equal(runs[0], runs[2])
    assert runs[0].min() >= -2.001 and runs[0].max() <= 2.001  # 0 and 1 after normalisation


def test_no_augmentation_is_a_plain_resize() -> None:
    still = AugmentConfig(zoom=(1.0, 1.0), stretch=1.0, light=0.0, tint=0.0, blur=0.0, noise=0.0, erase=0.0)
    out = augment(pictures(), 40, still, torch.zeros(8, dtype=torch.bool), torch.Generator().manual_seed(0))
    torch.testing.assert_close(out, normalise(pictures().permute(0, 3, 1, 2) / 255), atol=1e-4, rtol=0)


@pytest.mark.parametrize("allowed", [True, False])
def test_mirroring_only_where_allowed(allowed: bool) -> None:
    still = AugmentConfig(zoom=(1.0, 1.0), stretch=1.0, light=0.0, tint=0.0, blur=0.0, noise=0.0, erase=0.0)
    out = augment(pictures(), 40, still, torch.full((8,), allowed), torch.Generator().manual_seed(0))
    plain = normalise(pictures().permute(0, 3, 1, 2) / 255)
    same = [torch.allclose(a, b, atol=1e-4) for a, b in zip(out, plain)]
    mirrored = [torch.allclose(a, b.flip(-1), atol=1e-4) for a, b in zip(out, plain)]
    assert all(a or b for a, b in zip(same, mirrored))
    assert any(mirrored) is allowed
