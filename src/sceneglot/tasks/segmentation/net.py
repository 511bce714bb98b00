"""The segmentation network: a backbone on voxels and its heads, one row of every output per occupied voxel.

N points, V voxels, K classes, E width of the image-text space.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from sceneglot.losses.ws3d.contrast import RegionMemory
from sceneglot.nets.open_vocabulary import TextAdapter, TextBank, text_logits
from sceneglot.nets.parsing_heads import BaseNovelHead, BoundaryHead, BoundaryOutput, OffsetHead, semantic_head
from sceneglot.nets.point_backbone import PointBatch, PointFeatures, Stage
from sceneglot.nets.voxel_points import voxel_backbone
from sceneglot.ops.sparse import Voxels
from sceneglot.tasks.segmentation.spec import SegmentationSpec

REGION_WIDTH = 32
"""Of the embeddings regions are contrasted in (Hou et al., 2021, use 32)."""
MEMORY = 1024
"""Regions remembered per stage."""


@dataclass(frozen=True, eq=False)
class SegmentationOutput:
    """What the network says about V voxels.

    Attributes:
        voxels: the points' voxels; `voxels.to_points` brings rows to points.
        features: everything of the backbone, with voxels in the place of points.
        logits: (V, K) over the classes of the spec.
        embedding: (V, E) in the teacher's space, any length, or None.
        base: (V,) logit of being of a class with training labels, or None.
        boundary: where classes meet, or None.
        offset: (V, 3) metres to the centre of the instance, or None.
    """

    voxels: Voxels
    features: PointFeatures
    logits: Tensor
    embedding: Tensor | None
    base: Tensor | None
    boundary: BoundaryOutput | None
    offset: Tensor | None


class SegmentationNet(nn.Module):
    """Backbone, classes as a linear layer or as words, and the optional heads of the spec.

    Attributes:
        step: () int64, training steps taken; schedules read it and a resumed run goes on with it.
    """

    step: Tensor
    bank: Tensor

    def __init__(self, spec: SegmentationSpec) -> None:
        super().__init__()
        self.spec = spec
        self.backbone = voxel_backbone(spec.backbone())
        width, encoder = self.backbone.width, self.backbone.encoder_widths
        classes = len(spec.classes)
        self.semantic = None if spec.words else semantic_head(width, classes)
        self.adapter = TextAdapter(width, spec.embedding) if spec.embedding else None
        self.base = BaseNovelHead(width, encoder) if spec.words and spec.novel else None
        self.boundary = BoundaryHead(width, encoder, classes) if spec.boundary else None
        self.offset = OffsetHead(width) if spec.instances else None
        decoder = self.backbone.decoder_widths
        self.region_heads = nn.ModuleList(_region_head(decoder[stage]) for stage in spec.stages)
        self.memories = nn.ModuleList(RegionMemory(MEMORY, REGION_WIDTH) for _ in spec.stages)
        # The class names in the teacher's space, rows of length one; part of the checkpoint.
        self.register_buffer("bank", torch.zeros(classes if spec.words else 0, spec.embedding))
        self.register_buffer("step", torch.zeros((), dtype=torch.int64))

    def forward(self, cloud: PointBatch) -> SegmentationOutput:
        """Segment a batch of scenes."""
        voxels, features = at_voxels(self.backbone(cloud))
        rows = features.points
        embedding = None if self.adapter is None else self.adapter(rows)
        if self.semantic is not None:
            logits = self.semantic(rows)
        else:
            assert embedding is not None  # the spec sees to it
            logits = text_logits(embedding, self.class_bank())
        return SegmentationOutput(
            voxels,
            features,
            logits,
            embedding,
            None if self.base is None else self.base(features),
            None if self.boundary is None else self.boundary(features),
            None if self.offset is None else self.offset(rows),
        )

    def class_bank(self) -> TextBank:
        """The classes of the spec as directions in the teacher's space."""
        return TextBank(self.spec.classes, self.bank)


def at_voxels(features: PointFeatures) -> tuple[Voxels, PointFeatures]:
    """The same features with the V voxels in the place of the N points.

    All points of a voxel have equal features, and five times as many rows would cost five times as much in every head.
    """
    voxels = features.voxels
    assert voxels is not None  # those of `voxel_backbone` always have them
    first = voxels.representatives()
    move = lambda stages: tuple(Stage(s.features, s.row[first]) for s in stages)  # noqa: E731
    decoder = move(features.decoder)
    last = features.decoder[-1].features  # stride 1: its rows are the voxels
    return voxels, replace(features, points=last, encoder=move(features.encoder), decoder=decoder)


def _region_head(width: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, REGION_WIDTH))
