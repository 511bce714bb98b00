"""Keeping the likeliest proposals: the right ones, in order, everything about a proposal together."""

from __future__ import annotations

import torch

from sceneglot.nets.rows import PER_PROPOSAL, keep_proposals, keep_tokens, likeliest_proposals
from sceneglot.nets.scene_encoder import SceneEncoder, SceneEncoderConfig
from sceneglot.nets.votenet import VoteNet, VoteNetConfig, VoteNetOutput


def detected() -> VoteNetOutput:
    torch.manual_seed(0)
    return VoteNet(VoteNetConfig.tiny()).eval()(torch.rand(2, 600, 3) * 4)


def test_best_first_and_every_field_follows() -> None:
    full = detected()
    index = likeliest_proposals(full, 5)
    kept = keep_proposals(full, index)
    probability = full.object_probability
    assert torch.equal(kept.object_probability, probability.sort(dim=1, descending=True).values[:, :5])
    for name in PER_PROPOSAL:
        for b in range(2):
            assert torch.equal(getattr(kept, name)[b], getattr(full, name)[b][index[b]]), name
    assert kept.seeds is full.seeds and kept.vote_xyz is full.vote_xyz


def test_per_proposal_names_every_field_with_proposals() -> None:
    full = detected()
    count = full.center.shape[1]
    tensors = {k: v for k, v in vars(full).items() if isinstance(v, torch.Tensor)}
    assert {k for k, v in tensors.items() if v.shape[1] == count} == set(PER_PROPOSAL)


def test_more_than_there_are_keeps_all() -> None:
    full = detected()
    assert likeliest_proposals(full, 10_000).shape == full.center.shape[:2]


def test_tokens_stay_with_their_proposals_and_carry_gradient() -> None:
    full = detected()
    encoder = SceneEncoder(SceneEncoderConfig.tiny(embedding=8)).eval()
    encoding = encoder(full)
    index = likeliest_proposals(full, 4)
    kept = keep_tokens(encoding, index)
    assert torch.equal(kept.tokens[1, 2], encoding.tokens[1, index[1, 2]])
    assert torch.equal(kept.cls, encoding.cls) and kept.mask.shape == (2, 4)
    kept.tokens.sum().backward()
    assert all(p.grad is not None for p in encoder.project.parameters())
