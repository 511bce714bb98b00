from itertools import pairwise

import pytest
import torch

from sceneglot.nets.gps.heads import GroundingMLP, SceneEmbedding, SimilarityGrounding, WordHead
from sceneglot.nets.gps.joint_transformer import JointTransformer, JointTransformerConfig
from sceneglot.nets.gps.model import GPS, GPSConfig
from sceneglot.nets.gps.objects import ObjectTokens, PointObjectConfig, PointObjectEncoder
from sceneglot.nets.gps.spatial_transformer import SpatialTransformer, SpatialTransformerConfig
from sceneglot.nets.gps.text import TextFeatures


def size(module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_parameter_counts_of_the_paper_size():
    """22.3 M, 22.1 M, 1.3 M; each count written out from the table of layers."""
    d, h = 768, 2048
    attention, norms, think = 4 * (d * d + d), 2 * 2 * d, 2 * d * h + h + d
    location = 6 * d + d + 2 * d
    assert (
        size(SpatialTransformer(SpatialTransformerConfig()))
        == 4 * (attention + (d + 1) * 12 * 6 + think + norms) + location
    )
    assert size(JointTransformer(JointTransformerConfig())) == 4 * (attention + think + norms) + location + 2 * d
    points = 0
    for widths in ((6, 64, 64, 128), (131, 128, 128, 256), (259, 256, 512, 768)):
        points += sum(a * b + 2 * b for a, b in pairwise(widths))
    assert size(PointObjectEncoder(PointObjectConfig())) == points + 768 * 768 + 768
    assert round(points / 1e6 + 0.59, 1) == 1.3
    assert size(WordHead(d, 30_522)) == d * d + d + 2 * d + d * 30_522 + 30_522


def inputs(batch=2, count=5, length=4, width=128, seed=0):
    g = torch.Generator().manual_seed(seed)
    mask = torch.ones(batch, count, dtype=torch.bool)
    mask[0, count - 1] = False
    features = torch.randn(batch, count, width, generator=g) * mask[..., None]
    objects = ObjectTokens(features, torch.randn(batch, count, 6, generator=g), mask)
    words = torch.randn(batch, length, width, generator=g)
    return objects, TextFeatures(words, words[:, 0], torch.ones(batch, length, dtype=torch.bool))


def test_padding_and_batch_mates_do_not_matter():
    torch.manual_seed(0)
    net = GPS(GPSConfig.tiny(vocabulary=11, answers=7)).eval()
    objects, text = inputs()
    both = net(objects, text)
    grown = ObjectTokens(
        torch.cat([objects.features, torch.full((2, 3, 128), 5.0)], 1),
        torch.cat([objects.location, torch.full((2, 3, 6), 50.0)], 1),
        torch.cat([objects.mask, torch.zeros(2, 3, dtype=torch.bool)], 1),
    )
    longer = torch.cat([text.tokens, torch.full((2, 2, 128), 3.0)], 1)
    wide = TextFeatures(longer, text.sentence, torch.cat([text.mask, torch.zeros(2, 2, dtype=torch.bool)], 1))
    found = net(grown, wide)
    for name in ("similarity", "mlp"):
        torch.testing.assert_close(getattr(found, name)[:, :5], getattr(both, name), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.scene, both.scene, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.answers, both.answers, atol=1e-4, rtol=1e-4)
    alone = net(
        ObjectTokens(objects.features[1:], objects.location[1:], objects.mask[1:]),
        TextFeatures(text.tokens[1:], text.sentence[1:], text.mask[1:]),
    )
    torch.testing.assert_close(alone.similarity, both.similarity[1:], atol=1e-4, rtol=1e-4)


def test_shuffled_objects_give_shuffled_answers():
    net = GPS(GPSConfig.tiny()).eval()
    objects, text = inputs()
    order = torch.tensor([2, 0, 3, 1, 4])
    shuffled = ObjectTokens(objects.features[:, order], objects.location[:, order], objects.mask[:, order])
    torch.testing.assert_close(net(shuffled, text).mlp, net(objects, text).mlp[:, order], atol=1e-4, rtol=1e-4)


def test_similarity_never_prefers_padding_and_ignores_lengths():
    head = SimilarityGrounding()
    objects, sentence = torch.randn(3, 6, 8), torch.randn(3, 8)
    mask = torch.tensor([[True] * 2 + [False] * 4] * 3)
    logits = head(objects, sentence, mask)
    assert (logits.argmax(1) < 2).all()
    torch.testing.assert_close(head(objects * 7, sentence * 0.1, mask), logits)
    assert logits[mask].abs().max() <= 1 / 0.07 + 1e-4
    assert torch.isfinite(GroundingMLP(8)(objects, mask)).all()


def test_scene_embedding_by_hand():
    pool = SceneEmbedding(2)
    with torch.no_grad():
        pool.project.weight.copy_(torch.eye(2))
        pool.project.bias.zero_()
    objects = torch.tensor([[[1.0, -5.0], [0.0, -3.0], [9.0, 9.0]], [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]])
    mask = torch.tensor([[True, True, False], [False, False, False]])
    assert pool(objects, mask).tolist() == [[1.0, -3.0], [0.0, 0.0]]
    torch.testing.assert_close(SceneEmbedding(2, compat=True)(objects, mask)[0], torch.tensor([1 / 3, -8 / 3]))


def test_an_empty_scene_is_harmless():
    net = GPS(GPSConfig.tiny()).eval()
    objects, text = inputs()
    empty = ObjectTokens(objects.features * 0, objects.location, torch.zeros_like(objects.mask))
    found = net(empty, text)
    assert torch.isfinite(found.scene).all() and torch.isfinite(found.words).all()


@pytest.mark.parametrize("tiny", [True, False])
def test_point_objects(tiny):
    torch.manual_seed(0)
    net = PointObjectEncoder(PointObjectConfig.tiny() if tiny else PointObjectConfig()).eval()
    points = torch.rand(2, 3, 200, 6) * 2 - 1
    mask = torch.tensor([[True, True, False], [True, False, False]])
    found = net(points, torch.zeros(2, 3, 6), mask)
    assert not found.features[~mask].any() and found.features[mask].any()
    torch.testing.assert_close(
        net(points[1:], torch.zeros(1, 3, 6), mask[1:]).features, found.features[1:], atol=1e-5, rtol=1e-4
    )
    nothing = net(points, torch.zeros(2, 3, 6), torch.zeros_like(mask))
    assert not nothing.features.any()


def test_a_frozen_encoder_keeps_its_statistics():
    net = PointObjectEncoder(PointObjectConfig.tiny())
    net.freeze()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    net.train()
    net(torch.rand(1, 2, 64, 6), torch.zeros(1, 2, 6), torch.ones(1, 2, dtype=torch.bool))
    assert all(torch.equal(before[k], v) for k, v in net.state_dict().items())
    assert not any(p.requires_grad for p in net.parameters())
