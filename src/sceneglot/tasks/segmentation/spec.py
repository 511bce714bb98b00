"""What a segmentation network is: everything its checkpoint has to say to be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sceneglot.errors import SceneglotError
from sceneglot.nets.point_transformer import PointTransformerConfig
from sceneglot.nets.pointnet2_points import PointNet2Config
from sceneglot.nets.sparse_unet import SparseBackboneConfig, SparseUNetConfig
from sceneglot.nets.sparse_unet_presets import res16unet34c, spunet_v1m1, unet7
from sceneglot.nets.voxel_points import VoxelBackboneConfig, VoxelPointsConfig
from sceneglot.tasks.segmentation.labels import label_set

Size = Literal["tiny", "small", "pla", "res16unet34c", "spunet", "pointnet2", "point-transformer"]


def _network(size: Size, channels: int, voxel: float) -> SparseUNetConfig | PointNet2Config | PointTransformerConfig:
    if size == "pointnet2":
        return PointNet2Config.tiny(channels, voxel)
    if size == "point-transformer":
        return PointTransformerConfig(channels, cell=2 * voxel)
    if size == "tiny":
        return unet7(channels, width=16, levels=4)
    if size == "small":
        return unet7(channels, width=16)
    if size == "pla":
        return unet7(channels, width=32)
    return res16unet34c(channels) if size == "res16unet34c" else spunet_v1m1(channels)


@dataclass(frozen=True)
class Inputs:
    """What the network sees of a point besides where it is."""

    color: bool = True
    """Three channels, -1..1."""
    height: bool = True
    """One channel: metres above the lowest per cent of the scene's points."""
    upright: bool = True
    """One channel: |z| of the surface normal, 1 on floors and table tops, 0 on walls; no heading changes it."""
    intensity: bool = False
    """One channel, 0..1: the strength of a laser's return."""

    @property
    def channels(self) -> int:
        """In all."""
        return 3 * self.color + self.height + self.upright + self.intensity


@dataclass(frozen=True)
class SegmentationSpec:
    """Shape of a segmentation network and the meaning of what goes in and comes out."""

    label_set: str
    classes: tuple[str, ...]
    novel: tuple[str, ...] = ()
    """Classes whose labels no training has seen; only networks that read words can name them."""
    size: Size = "tiny"
    """Of the backbone. Sparse U-Nets by parameters: tiny 1.4 M, small 7.5 M, pla 30 M, res16unet34c 38 M, spunet 39 M;
    pointnet2 (0.2 M) and point-transformer (0.5 M) see the mean points of the voxels."""
    voxel: float = 0.05
    """Metres."""
    inputs: Inputs = Inputs()
    teacher: str = ""
    """Of the image-text space the network's points live in; "" for closed classes only."""
    teacher_fingerprint: str = ""
    embedding: int = 0
    """Width of that space."""
    words: bool = False
    """Classes are text embeddings instead of a linear layer."""
    boundary: bool = False
    """Has a boundary network."""
    instances: bool = False
    """Points from points to the centres of their instances."""
    stages: tuple[int, ...] = ()
    """Decoder stages, coarse to fine, whose regions are contrasted."""

    def __post_init__(self) -> None:
        if self.words and not self.embedding:
            raise SceneglotError("segmentation: classes as words need a teacher")
        if unknown := [name for name in self.novel if name not in self.classes]:
            raise SceneglotError(f"segmentation: novel class {unknown[0]!r} is none of the classes")

    @property
    def stuff(self) -> tuple[int, ...]:
        """Rows of the classes that have no instances."""
        return label_set(self.label_set).stuff

    def backbone(self) -> VoxelBackboneConfig:
        """What gives features to voxels."""
        net = _network(self.size, self.inputs.channels, self.voxel)
        sparse = isinstance(net, SparseUNetConfig)
        return SparseBackboneConfig(net, self.voxel) if sparse else VoxelPointsConfig(net, self.voxel)

    def facts(self) -> dict[str, Any]:
        """JSON-able description, stored in checkpoints."""
        return {"task": "segmentation", "spec": asdict(self)}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> SegmentationSpec:
        """Inverse of `facts`.

        Raises:
            SceneglotError: the checkpoint is of another task.
        """
        if facts.get("task") != "segmentation":
            raise SceneglotError(
                f"the checkpoint is for {facts.get('task', 'an unknown task')!r}, expected a run of 'train ws3d'"
            )
        values: dict[str, Any] = dict(facts["spec"])
        for name in ("classes", "novel", "stages"):
            values[name] = tuple(values[name])
        values["inputs"] = Inputs(**values["inputs"])
        return cls(**values)
