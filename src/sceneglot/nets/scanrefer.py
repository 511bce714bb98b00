"""ScanRefer's matching head (Chen et al., ECCV 2020), alone and together with MCAN as the "ScanRefer + MCAN" baseline.

Shapes: B texts, L text tokens, P proposals, NC object classes, V answers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sceneglot.nets.heads import Gate, VQAOutput, gate_by_objectness, head
from sceneglot.nets.mcan import Mcan, McanConfig
from sceneglot.nets.votenet import VoteNetOutput


class MatchingHead(nn.Module):
    """Scores every proposal against a description: the text vector is appended to each proposal, then a small MLP.

    Norms come before the ReLUs here, in the released code after them.
    """

    def __init__(self, proposal_width: int, text_width: int, hidden: int = 128) -> None:
        super().__init__()
        self.fuse = nn.Sequential(nn.Linear(proposal_width + text_width, hidden), nn.ReLU())
        self.linear1, self.norm1 = nn.Linear(hidden, hidden), nn.BatchNorm1d(hidden)
        self.linear2, self.norm2 = nn.Linear(hidden, hidden), nn.BatchNorm1d(hidden)
        self.score = nn.Linear(hidden, 1)

    def forward(self, features: Tensor, text: Tensor, keep: Tensor | None = None) -> Tensor:
        """Proposals (B, P, C), texts (B, T) -> logits (B, P); `keep` (B, P) zeroes fused features as ScanRefer does."""
        tiled = text[:, None].expand(-1, features.shape[1], -1)
        fused = self.fuse(torch.cat([features, tiled], dim=-1))
        if keep is not None:
            fused = fused * keep[..., None]
        flat = torch.relu(self.norm1(self.linear1(fused.flatten(0, 1))))
        flat = torch.relu(self.norm2(self.linear2(flat)))
        return self.score(flat).view(features.shape[:2])


class ScanReferMcan(nn.Module):
    """ScanRefer points at the object, MCAN answers, trained together and sharing the detector and the text encoder.

    The recurrent question state feeds ScanRefer's matching head and language classifier; MCAN's pooled features feed
    the answer head only.
    """

    def __init__(self, config: McanConfig) -> None:
        super().__init__()
        self.config = config
        self.mcan = Mcan(config)
        self.match = MatchingHead(config.proposal_width, config.width)
        self.object_class = nn.Linear(config.width, config.num_classes)
        self.answer = head(config.flat_width, config.width, config.answers, 0.3)

    def forward(self, tokens: Tensor, mask: Tensor, detected: VoteNetOutput) -> VQAOutput:
        """Answer questions about detected objects; arguments as `mcan.ScanQA`."""
        fused = self.mcan(tokens, mask, detected)
        gate: Gate = self.config.gate
        keep = detected.is_object if gate == "multiply" else None  # ScanRefer multiplies the features instead
        logits = self.match(detected.features, fused.question, keep)
        logits, choosable = gate_by_objectness(logits, detected.objectness, "none" if gate == "multiply" else gate)
        return VQAOutput(
            answer_logits=self.answer(fused.pooled),
            object_logits=self.object_class(fused.question),
            ref_logits=logits,
            ref_mask=choosable,
            center=detected.center,
            size=detected.size,
        )
