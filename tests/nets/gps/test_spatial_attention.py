import pytest
import torch

from sceneglot.errors import SceneglotError
from sceneglot.nets.gps.pairwise import pairwise_features
from sceneglot.nets.gps.spatial_attention import FUSIONS, LOWEST, SpatialAttention, SpatialAttentionConfig

WIDTH, HEADS = 16, 4


def scene(batch=2, count=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    center = torch.randn(batch, count, 3, generator=generator)
    mask = torch.ones(batch, count, dtype=torch.bool)
    return torch.randn(batch, count, WIDTH, generator=generator), pairwise_features(center, mask), mask, center


def attention(**options) -> SpatialAttention:
    torch.manual_seed(0)
    return SpatialAttention(SpatialAttentionConfig(WIDTH, HEADS, **options)).double()


VARIANTS = [
    *({"fusion": f} for f in FUSIONS),
    {"fusion": "cond", "per_head": False},
    {"fusion": "cond", "language": True},
    {"fusion": "bias", "pair_values": True},
]


@pytest.mark.parametrize("options", VARIANTS)
def test_padding_order_and_batch_mates_do_not_matter(options):
    net, (tokens, pairs, mask, center) = attention(**options), scene()
    sentence = torch.randn(2, WIDTH).double() if options.get("language") else None
    tokens, pairs = tokens.double(), pairs.double()
    bare = net(tokens, pairs, mask, sentence)
    # padding with rubbish
    more = torch.cat([tokens, torch.full((2, 3, WIDTH), 9.0).double()], 1)
    wide = torch.cat([mask, torch.zeros(2, 3, dtype=torch.bool)], 1)
    far = torch.cat([center, torch.full((2, 3, 3), 99.0)], 1)
    padded = net(more, pairwise_features(far, wide).double(), wide, sentence)
    torch.testing.assert_close(padded[:, :5], bare)
    # another order
    order = torch.tensor([3, 0, 4, 1, 2])
    shuffled = net(tokens[:, order], pairs[:, order][:, :, order], mask, sentence)
    torch.testing.assert_close(shuffled, bare[:, order])
    # alone
    alone = net(tokens[1:], pairs[1:], mask[1:], None if sentence is None else sentence[1:])
    torch.testing.assert_close(alone, bare[1:])


@pytest.mark.parametrize("options", VARIANTS)
def test_gradients_reach_every_parameter(options):
    net, (tokens, pairs, mask, _) = attention(**options), scene()
    sentence = torch.randn(2, WIDTH).double() if options.get("language") else None
    net(tokens.double(), pairs.double(), mask, sentence).square().sum().backward()
    # a constant added to all keys changes no softmax: the key bias has no gradient by construction
    still = {"key.bias"} | ({"where.bias"} if options["fusion"] in ("bias", "add") else set())
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        if name not in still:
            assert parameter.grad.abs().sum() > 0, name


def weights_of(net, content, location):
    return net._fuse(content, location, torch.zeros(1, 1, 1, content.shape[-1], dtype=torch.bool))


def test_fusions_by_hand():
    content = torch.tensor([[[[0.0, 1.0], [2.0, 0.0]]]]).double()
    place = torch.tensor([[[[0.5, -1.0], [0.0, 3.0]]]]).double()
    soft = lambda x: x.softmax(-1)  # noqa: E731
    expected = {
        "cond": soft(content + place.sigmoid().log()),
        "mul": soft(content + place.clamp_min(LOWEST).log()),
        "bias": soft(content + place),
        "ctx": soft(content + place),
        "add": (soft(content) + soft(place)) / 2,
    }
    for fusion in FUSIONS:
        torch.testing.assert_close(weights_of(attention(fusion=fusion), content, place), expected[fusion])


def test_cond_predicts_its_weights_from_the_query_token():
    net, (tokens, pairs, _, _) = attention(), scene()
    tokens, pairs = tokens.double(), pairs.double()
    found = net._location(tokens, tokens, pairs, None)
    weights = net.where(tokens).view(2, 5, HEADS, 6)
    b, h, i, j = 1, 2, 3, 0
    expected = weights[b, i, h, :5] @ pairs[b, i, j] + weights[b, i, h, 5]
    torch.testing.assert_close(found[b, h, i, j], expected)


def test_pair_values_carry_the_distance_that_softmax_hides():
    """One object besides the query, with all attention on it: only pair values can tell 1 m from 3 m."""
    for options, told in (({}, False), ({"pair_values": True}, True)):
        net = attention(pair_width=1, fusion="bias", **options)
        tokens = torch.randn(1, 2, WIDTH).double()
        outputs = []
        for metres in (1.0, 3.0):
            pairs = torch.full((1, 2, 2, 1), metres).double()
            outputs.append(net(tokens, pairs, torch.ones(1, 2, dtype=torch.bool)))
        assert torch.allclose(*outputs) is not told


def test_bad_configurations_are_refused():
    for options in ({"fusion": "sum"}, {"heads": 3}, {"fusion": "mul", "language": True}):
        with pytest.raises(SceneglotError):
            SpatialAttentionConfig(**({"width": WIDTH, "heads": HEADS} | options))
    net, (tokens, pairs, mask, _) = attention(language=True), scene()
    with pytest.raises(SceneglotError, match="no sentence"):
        net(tokens.double(), pairs.double(), mask)
