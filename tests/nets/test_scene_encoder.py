from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from sceneglot.nets.scene_encoder import SceneEncoder, SceneEncoderConfig, Temperature, transformer
from sceneglot.nets.votenet import VoteNet, VoteNetConfig, VoteNetOutput

SMALL = SceneEncoderConfig(proposal_width=32, width=32, heads=4, hidden=64, embedding=24)


@pytest.fixture(scope="module")
def detected(detector: VoteNetConfig, clouds: Tensor) -> VoteNetOutput:
    torch.manual_seed(0)
    with torch.no_grad():
        return VoteNet(detector).eval()(clouds)


def encoder(**changes: object) -> SceneEncoder:
    torch.manual_seed(1)
    return SceneEncoder(replace(SMALL, **changes)).eval()  # type: ignore[arg-type]


def test_one_published_layer_has_1315072_parameters() -> None:
    net = SceneEncoder(SceneEncoderConfig.paper())
    assert sum(p.numel() for p in net.layers.parameters()) == 1_315_072
    assert net.box is None


def test_shapes(detected: VoteNetOutput) -> None:
    out = encoder()(detected)
    assert (out.tokens.shape, out.cls.shape, out.embedding.shape) == ((3, 12, 32), (3, 32), (3, 24))
    assert out.mask.shape == (3, 12) and out.mask.all()


@pytest.mark.parametrize("box_embedding", [True, False])
def test_the_class_token_depends_on_the_scene(detected: VoteNetOutput, box_embedding: bool) -> None:
    net = encoder(box_embedding=box_embedding)
    features = detected.features.clone().requires_grad_()
    out = net(replace(detected, features=features))
    assert (out.embedding[0] - out.embedding[1]).abs().max() > 1e-3
    out.embedding[0].square().sum().backward()
    assert features.grad is not None
    assert (features.grad[0].abs().sum(-1) > 0).all()  # every proposal of its own scene
    assert (features.grad[1:] == 0).all()  # none of its batch mates


def test_the_order_of_proposals_does_not_matter(detected: VoteNetOutput) -> None:
    order = torch.randperm(12, generator=torch.Generator().manual_seed(0))
    shuffled = replace(
        detected, features=detected.features[:, order], center=detected.center[:, order], size=detected.size[:, order]
    )
    net = encoder()
    torch.testing.assert_close(net(shuffled).embedding, net(detected).embedding, atol=1e-5, rtol=1e-4)


def test_box_embedding_sees_where_things_are_but_not_where_the_scan_began(detected: VoteNetOutput) -> None:
    net = encoder()
    plain = net(detected).embedding
    shift = torch.tensor([3.0, -2.0, 0.0])
    seeds = replace(detected.seeds, xyz=detected.seeds.xyz + shift)
    moved = replace(detected, center=detected.center + shift, seeds=seeds)
    torch.testing.assert_close(net(moved).embedding, plain, atol=1e-4, rtol=1e-4)
    assert (net(replace(detected, center=detected.center + shift)).embedding - plain).abs().max() > 1e-3


def test_hidden_background_does_not_reach_the_class_token(detected: VoteNetOutput) -> None:
    objectness = torch.tensor([[0.0, 5.0], [5.0, 0.0]])[torch.arange(12) % 2].expand(3, -1, -1)
    net = encoder(objectness_mask=True)
    scene = replace(detected, objectness=objectness)
    noise = detected.features + torch.randn(12, 1) * (torch.arange(12) % 2)[:, None]
    torch.testing.assert_close(net(replace(scene, features=noise)).embedding, net(scene).embedding)
    assert net(scene).mask.sum(1).tolist() == [6, 6, 6]
    nothing = replace(detected, objectness=torch.tensor([5.0, 0.0]).expand(3, 12, 2))
    assert net(nothing).embedding.isfinite().all()


def test_every_parameter_learns_from_the_embedding(detected: VoteNetOutput) -> None:
    net = encoder().train()
    net(detected).embedding.square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


def test_layers_are_batch_first() -> None:
    (layer,) = transformer(16, 4, 32, 1, 0.0, "relu")
    tokens = torch.randn(2, 5, 16)
    alone: Callable[[Tensor], Tensor] = layer
    torch.testing.assert_close(layer(tokens)[:1], alone(tokens[:1]), atol=1e-5, rtol=1e-4)
    assert isinstance(layer, nn.TransformerEncoderLayer)


def test_temperature_is_positive_bounded_and_learns() -> None:
    temperature = Temperature()
    assert temperature().item() == pytest.approx(1 / 0.07)
    temperature().backward()
    assert temperature.log_scale.grad is not None
    assert Temperature(start=1e6)().item() == pytest.approx(100)


def test_a_temperature_at_its_bound_comes_back() -> None:
    """Pushed up it stays at 100; pushed down it leaves it, which behind a plain clamp it would not."""
    temperature = Temperature()
    optimizer = torch.optim.AdamW(temperature.parameters(), lr=0.1)
    for sign, bound in ((-1, True), (1, False)):
        for _ in range(60):
            optimizer.zero_grad()
            (sign * temperature()).backward()
            optimizer.step()
        assert (temperature().item() == pytest.approx(100)) == bound
