import pytest
import torch

from sceneglot.nets.blind import Blind, BlindConfig
from sceneglot.nets.heads import VQAOutput, gate_by_objectness, masked_softmax, pool_tokens

LOGITS = torch.tensor([[2.0, -1.0, 0.5]])
OBJECTNESS = torch.tensor([[[3.0, 0.0], [0.0, 3.0], [0.0, 3.0]]])  # the first box is background


def test_gates() -> None:
    assert gate_by_objectness(LOGITS, OBJECTNESS, "none")[0].tolist() == LOGITS.tolist()
    assert gate_by_objectness(LOGITS, OBJECTNESS, "multiply")[0].tolist() == [[0.0, -1.0, 0.5]]
    logits, mask = gate_by_objectness(LOGITS, OBJECTNESS, "mask")
    assert logits.tolist() == LOGITS.tolist() and mask.tolist() == [[False, True, True]]
    soft, everything = gate_by_objectness(LOGITS, OBJECTNESS, "soft")
    assert everything.all() and soft.argmax().item() == 2
    torch.testing.assert_close(soft - LOGITS, OBJECTNESS.log_softmax(-1)[..., 1])


def test_a_mask_that_would_forbid_everything_forbids_nothing() -> None:
    assert gate_by_objectness(LOGITS, OBJECTNESS[:, :1].expand(-1, 3, -1), "mask")[1].all()


def test_pooling() -> None:
    tokens = torch.arange(6.0).view(1, 6, 1)
    mask = torch.tensor([[True, True, True, False, False, False]])
    assert [pool_tokens(tokens, mask, how).item() for how in ("eot", "first", "mean")] == [2.0, 0.0, 1.0]
    assert pool_tokens(tokens, torch.zeros_like(mask), "mean").item() == 0


def test_masked_softmax_of_nothing_is_zero() -> None:
    weights = masked_softmax(torch.zeros(2, 3), torch.tensor([[True, True, False], [False, False, False]]))
    assert weights.tolist() == [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]


def test_the_chosen_box_is_the_best_allowed_one() -> None:
    boxes = torch.arange(9.0).view(1, 3, 3)
    mask = torch.tensor([[False, True, True]])
    out = VQAOutput(torch.zeros(1, 2), torch.zeros(1, 18), LOGITS, mask, boxes, boxes + 1)
    assert [box.tolist() for box in out.chosen_box()] == [[[6, 7, 8]], [[7, 8, 9]]]


def test_the_blind_box_lies_in_the_room() -> None:
    net = Blind(BlindConfig.tiny(5, text_width=8)).eval()
    low, high = torch.tensor([[-1.0, 0, 0]]), torch.tensor([[3.0, 2, 2.5]])
    center, size = net(torch.randn(1, 4, 8), torch.ones(1, 4, dtype=torch.bool), low, high).chosen_box()
    assert ((center > low) & (center < high) & (size > 0) & (size < high - low)).all()


@pytest.mark.parametrize("answers", [1, 3])
def test_the_answer_vocabulary_sets_the_width(answers: int) -> None:
    net = Blind(BlindConfig.tiny(answers, text_width=8))
    bounds = torch.zeros(2, 3), torch.ones(2, 3)
    assert net(torch.zeros(2, 4, 8), torch.ones(2, 4, dtype=torch.bool), *bounds).answer_logits.shape == (2, answers)
