import torch

from sceneglot.losses.gps.words import IGNORE, MaskingConfig, mask_words, word_loss

MASK, VOCABULARY = 103, 1000


def test_special_tokens_are_never_touched():
    ids = torch.randint(200, VOCABULARY, (50, 20))
    ordinary = torch.ones_like(ids, dtype=torch.bool)
    ordinary[:, 0] = ordinary[:, 12:] = False
    found = mask_words(ids, ordinary, MASK, VOCABULARY, torch.Generator().manual_seed(0), MaskingConfig(share=1.0))
    assert (found.labels[~ordinary] == IGNORE).all() and torch.equal(found.ids[~ordinary], ids[~ordinary])
    assert torch.equal(found.labels[ordinary], ids[ordinary])


def test_shares():
    ids = torch.randint(200, VOCABULARY, (400, 100))
    found = mask_words(ids, torch.ones_like(ids, dtype=torch.bool), MASK, VOCABULARY, torch.Generator().manual_seed(1))
    selected = found.labels != IGNORE
    assert abs(selected.float().mean() - 0.15) < 0.01
    assert abs((found.ids[selected] == MASK).float().mean() - 0.8) < 0.02
    kept = found.ids[selected] == found.labels[selected]
    assert abs(kept.float().mean() - 0.1) < 0.02
    assert torch.equal(found.ids[~selected], ids[~selected])


def test_loss_of_nothing_is_zero_and_of_certainty_small():
    logits = torch.zeros(1, 2, 5, requires_grad=True)
    assert word_loss(logits, torch.full((1, 2), IGNORE)) == 0
    labels = torch.tensor([[3, IGNORE]])
    sure = torch.zeros(1, 2, 5)
    sure[0, 0, 3] = 50.0
    assert word_loss(sure, labels) < 1e-6
    torch.testing.assert_close(word_loss(logits, labels), torch.log(torch.tensor(5.0)))
