import math

import pytest
import torch
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.losses.alignment import AlignmentWeights, cosine_alignment, info_nce

SCALE = torch.tensor(10.0)


def test_cosine_closed_form() -> None:
    scene = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    image = torch.tensor([[5.0, 0.0], [0.0, -1.0]])
    text = torch.tensor([[0.0, 1.0], [0.0, 1.0]])
    loss = cosine_alignment(scene, image, text)
    assert (loss.image.item(), loss.text.item(), loss.total.item()) == pytest.approx((1.0, 0.5, 0.75))
    weighted = cosine_alignment(scene, image, text, AlignmentWeights(image=0.1, text=2.0))
    assert weighted.total.item() == pytest.approx(1.1)


def test_masked_samples_do_not_count() -> None:
    scene = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    target = torch.tensor([[1.0, 0.0], [torch.nan, torch.nan]])
    mask = torch.tensor([True, False])
    loss = cosine_alignment(scene, target, target, image_mask=mask, text_mask=~torch.ones(2, dtype=torch.bool))
    assert (loss.image.item(), loss.text.item()) == pytest.approx((0.0, 0.0), abs=1e-6)


def test_targets_are_frozen_and_scenes_learn() -> None:
    scene, image, text = (torch.randn(3, 4, requires_grad=True) for _ in range(3))
    cosine_alignment(scene, image, text).total.backward()
    assert scene.grad is not None and image.grad is None and text.grad is None


def test_info_nce_with_the_identity_is_clips_loss() -> None:
    generator = torch.Generator().manual_seed(0)
    scene, text = torch.randn(5, 8, generator=generator), torch.randn(5, 8, generator=generator)
    logits = SCALE * F.normalize(scene, dim=-1) @ F.normalize(text, dim=-1).T
    own = torch.arange(5)
    expected = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
    torch.testing.assert_close(info_nce(scene, text, SCALE), expected)


def test_uninformative_embeddings_cost_the_logarithm_of_the_batch() -> None:
    assert info_nce(torch.ones(4, 3), torch.ones(4, 3), SCALE).item() == pytest.approx(math.log(4), rel=1e-5)


def test_several_positives_share_the_row() -> None:
    scene = torch.eye(2)
    text = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    positives = torch.tensor([[True, True, False], [False, False, True]])
    big = torch.tensor(100.0)
    # rows: the first scene splits its mass in two (log 2), the second is certain; columns: all certain
    assert info_nce(scene, text, big, positives).item() == pytest.approx(math.log(2) / 2 / 2, rel=1e-5)


def test_the_same_scene_twice_is_not_its_own_negative() -> None:
    scene = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    ids = torch.tensor([4, 4, 9])
    big = torch.tensor(100.0)
    same = ids[:, None] == ids[None, :]
    told = info_nce(scene, scene, big, same)
    # two identical positives: the optimum is log 2 for them, 0 for the third
    assert told.item() == pytest.approx(2 / 3 * math.log(2), rel=1e-4)
    wrong = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert info_nce(scene, wrong, big, same) > told


def test_a_masked_target_is_neither_positive_nor_negative() -> None:
    generator = torch.Generator().manual_seed(1)
    scene, text = torch.randn(3, 4, generator=generator), torch.randn(3, 4, generator=generator)
    mask = torch.tensor([True, True, False])
    some = torch.eye(3, dtype=torch.bool)[:, :2]
    expected = info_nce(scene, text[:2], SCALE, some)
    torch.testing.assert_close(info_nce(scene, text, SCALE, mask=mask), expected)


def test_nothing_to_compare_gives_zero_and_finite_gradients() -> None:
    scene = torch.randn(3, 4, requires_grad=True)
    loss = info_nce(scene, torch.randn(3, 4), SCALE, mask=torch.zeros(3, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0 and scene.grad is not None and scene.grad.isfinite().all()


def test_it_tells_scenes_apart_where_the_cosine_loss_does_not() -> None:
    """All scenes at the mean target: the cosine loss is nearly content, the contrastive one is at chance."""
    target = F.normalize(torch.ones(6, 8) * 3 + torch.randn(6, 8, generator=torch.Generator().manual_seed(0)), dim=-1)
    collapsed = target.mean(0, keepdim=True).expand(6, -1)
    assert cosine_alignment(collapsed, target, target).total < 0.06
    assert info_nce(collapsed, target, SCALE).item() > 0.95 * math.log(6)


def test_pairs_must_be_said_when_numbers_differ() -> None:
    with pytest.raises(SceneglotError, match="2 scenes, 3 targets"):
        info_nce(torch.zeros(2, 4), torch.zeros(3, 4), SCALE)
