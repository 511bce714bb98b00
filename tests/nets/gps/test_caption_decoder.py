"""The decoder looks back and around, never ahead; padding and batch mates do not matter."""

import torch

from sceneglot.nets.gps.caption_decoder import NUM_OFFSETS, CaptionDecoder, CaptionDecoderConfig, offsets
from sceneglot.nets.gps.objects import ObjectTokens

TINY = CaptionDecoderConfig(vocabulary=11, longest=8, width=16, heads=2, layers=2, hidden=32, dropout=0.0)


def objects(batch: int = 3, count: int = 5, seed: int = 0) -> ObjectTokens:
    generator = torch.Generator().manual_seed(seed)
    mask = torch.ones(batch, count, dtype=torch.bool)
    features = torch.randn(batch, count, TINY.width, generator=generator)
    return ObjectTokens(features, torch.rand(batch, count, 6, generator=generator) * 3, mask)


def decoder() -> CaptionDecoder:
    torch.manual_seed(0)
    net = CaptionDecoder(TINY).eval()
    for parameter in net.parameters():  # BERT's 0.02 would make everything look alike
        torch.nn.init.normal_(parameter, std=0.3)
    return net


WORDS = torch.tensor([[0, 3, 4, 5], [0, 7, 8, 1], [0, 9, 2, 6]])
THING = torch.tensor([0, 3, 4])


def test_parameter_count():
    width, hidden, vocabulary = TINY.width, TINY.hidden, TINY.vocabulary
    attention = 4 * (width * width + width)
    layer = 2 * attention + 2 * width * hidden + hidden + width + 3 * 2 * width
    offset = (NUM_OFFSETS + 1) * width + (width + 1) * width
    rest = (vocabulary + TINY.longest) * width + 2 * (width + 1) * width + offset + 3 * 2 * width + vocabulary
    assert sum(p.numel() for p in CaptionDecoder(TINY).parameters()) == TINY.layers * layer + rest


def test_no_word_looks_ahead():
    net, seen = decoder(), objects()
    changed = WORDS.clone()
    changed[:, 2:] = 10
    before, after = net(seen, THING, WORDS), net(seen, THING, changed)
    torch.testing.assert_close(before[:, :2], after[:, :2])
    assert (before[:, 2] - after[:, 2]).abs().max() > 1e-3
    torch.testing.assert_close(net(seen, THING, WORDS[:, :2]), before[:, :2], atol=1e-5, rtol=1e-4)


def test_padded_objects_and_batch_mates_do_not_matter():
    net, seen = decoder(), objects()
    wide = objects(3, 9, seed=1)
    features, location, mask = wide.features.clone(), wide.location.clone(), torch.zeros(3, 9, dtype=torch.bool)
    features[:, :5], location[:, :5], mask[:, :5] = seen.features, seen.location, True
    whole = net(seen, THING, WORDS)
    torch.testing.assert_close(net(ObjectTokens(features, location, mask), THING, WORDS), whole, atol=1e-5, rtol=1e-4)
    for row in range(3):
        one = torch.tensor([row])
        torch.testing.assert_close(net(seen.rows(one), THING[one], WORDS[one])[0], whole[row], atol=1e-5, rtol=1e-4)


def test_it_matters_which_object_is_meant_and_what_stands_around_but_not_in_which_order():
    net, seen = decoder(), objects()
    whole = net(seen, THING, WORDS)
    assert (net(seen, THING.roll(1), WORDS) - whole).abs().amax((1, 2)).min() > 1e-3
    moved = seen.location.clone()
    moved[0, 4, 0] += 1.0
    other = net(ObjectTokens(seen.features, moved, seen.mask), THING, WORDS)
    assert (other[0] - whole[0]).abs().max() > 1e-4
    torch.testing.assert_close(other[1:], whole[1:])
    order = torch.tensor([4, 2, 0, 1, 3])
    shuffled = ObjectTokens(seen.features[:, order], seen.location[:, order], seen.mask[:, order])
    torch.testing.assert_close(net(shuffled, order.argsort()[THING], WORDS), whole, atol=1e-5, rtol=1e-4)


def test_gradients_reach_all_parameters_and_the_objects():
    net, seen = CaptionDecoder(TINY), objects()
    features = seen.features.requires_grad_()
    logits = net(ObjectTokens(features, seen.location, seen.mask), THING, WORDS)
    logits.square().sum().backward()
    assert not [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert features.grad is not None and (features.grad.abs().sum(-1) > 0).all()


def test_offsets_by_hand():
    location = torch.tensor([[[1.0, 1, 0.5, 0.4, 0.6, 1], [4, 5, 1.5, 2, 1, 1]]])
    seen = offsets(location, torch.tensor([0]))[0]
    torch.testing.assert_close(seen[0], torch.tensor([0.0, 0, 0, 0, 0.4, 0.6, 1, 0.4, 0.6, 1]))
    torch.testing.assert_close(seen[1], torch.tensor([3.0, 4, 1, 5, 2, 1, 1, 0.4, 0.6, 1]))
