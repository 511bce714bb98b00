"""Small networks and inputs for the tests of the question-answering networks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from sceneglot.nets.blind import Blind, BlindConfig
from sceneglot.nets.fusion import FusionConfig
from sceneglot.nets.heads import VQAOutput
from sceneglot.nets.mcan import McanConfig
from sceneglot.nets.pointnet2 import AbstractionConfig, BackboneConfig
from sceneglot.nets.scene_encoder import SceneEncoderConfig
from sceneglot.nets.votenet import VoteNetConfig
from sceneglot.nets.vqa import BaselineQA, SceneQA

TEXT, ANSWERS = 24, 11


@pytest.fixture(scope="session")
def detector() -> VoteNetConfig:
    """A detector that runs in milliseconds."""
    layers = (
        AbstractionConfig(64, 0.5, 8, (8, 16)),
        AbstractionConfig(32, 1.0, 8, (16, 32)),
        AbstractionConfig(16, 2.0, 4, (16, 32)),
        AbstractionConfig(8, 3.0, 4, (16, 32)),
    )
    return VoteNetConfig(
        backbone=BackboneConfig(abstractions=layers, seed_width=32), proposals=AbstractionConfig(12, 0.6, 8, (32, 32))
    )


@pytest.fixture(scope="session")
def clouds() -> Tensor:
    """(3, 300, 3) points of three rooms."""
    return torch.rand(3, 300, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([4.0, 3.0, 2.0])


@pytest.fixture(scope="session")
def questions() -> tuple[Tensor, Tensor]:
    """Tokens (3, 7, TEXT) and mask (3, 7) of questions with 7, 4 and 2 tokens."""
    tokens = torch.randn(3, 7, TEXT, generator=torch.Generator().manual_seed(1))
    return tokens, torch.arange(7) < torch.tensor([[7], [4], [2]])


def _build(name: str, detector: VoteNetConfig) -> nn.Module:
    encoder = SceneEncoderConfig(proposal_width=32, width=32, heads=4, hidden=64, embedding=24)
    fusion = FusionConfig(ANSWERS, text_width=TEXT, scene_width=32, width=32, heads=4, hidden=64)
    mcan = McanConfig(ANSWERS, TEXT, proposal_width=32, width=32, heads=4, hidden=64, flat_hidden=16, flat_width=32)
    torch.manual_seed(0)
    if name == "ours":
        return SceneQA(detector, encoder, fusion)
    if name == "blind":
        return Blind(BlindConfig(ANSWERS, text_width=TEXT, width=32, heads=4, hidden=64))
    return BaselineQA(detector, mcan, scanrefer=name == "scanrefer")


@pytest.fixture(scope="session")
def build(detector: VoteNetConfig) -> Callable[[str], nn.Module]:
    """Name ("ours", "scanqa", "scanrefer", "blind") -> a fresh small network, the same weights every time."""
    return lambda name: _build(name, detector)


@pytest.fixture(scope="session")
def answer() -> Callable[[nn.Module, Tensor, Tensor, Tensor], VQAOutput]:
    """(network, clouds, tokens, mask) -> its answers, one question per cloud."""

    def run(net: nn.Module, clouds: Tensor, tokens: Tensor, mask: Tensor) -> VQAOutput:
        if isinstance(net, Blind):
            return net(tokens, mask, clouds.amin(1), clouds.amax(1))
        return net(clouds, None, tokens, mask).answer

    return run
