"""Small networks and inputs for the tests of the question-answering networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from sceneglot.nets.blind import Blind, BlindConfig
from sceneglot.nets.fusion import Fusion, FusionConfig
from sceneglot.nets.heads import VQAOutput
from sceneglot.nets.mcan import McanConfig, ScanQA
from sceneglot.nets.pointnet2 import AbstractionConfig, BackboneConfig
from sceneglot.nets.rows import take_rows
from sceneglot.nets.scanrefer import ScanReferMcan
from sceneglot.nets.scene_encoder import SceneEncoder, SceneEncoderConfig
from sceneglot.nets.votenet import VoteNet, VoteNetConfig, VoteNetOutput

TEXT, ANSWERS = 24, 11


class Seen(NamedTuple):
    """What a network that sees says."""

    detected: VoteNetOutput
    answer: VQAOutput


class Whole(nn.Module):
    """A detector, an optional scene encoder and a reader behind one forward pass."""

    def __init__(self, detector: VoteNet, encoder: SceneEncoder | None, reader: nn.Module) -> None:
        super().__init__()
        self.detector, self.encoder, self.reader = detector, encoder, reader

    def forward(self, xyz: Tensor, tokens: Tensor, mask: Tensor, rows: Tensor | None = None) -> Seen:
        """Questions about clouds; `rows` says which cloud each is about, None: its own."""
        rows = torch.arange(len(tokens)) if rows is None else rows
        detected = self.detector(xyz)
        asked = take_rows(detected, rows)
        if self.encoder is None:
            return Seen(detected, self.reader(tokens, mask, asked))
        return Seen(detected, self.reader(tokens, mask, take_rows(self.encoder(detected), rows), asked))


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
        return Whole(VoteNet(detector), SceneEncoder(encoder), Fusion(fusion))
    if name == "blind":
        return Blind(BlindConfig(ANSWERS, text_width=TEXT, width=32, heads=4, hidden=64))
    return Whole(VoteNet(detector), None, ScanReferMcan(mcan) if name == "scanrefer" else ScanQA(mcan))


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
        return net(clouds, tokens, mask).answer

    return run
