"""What a sparse detector is: everything its checkpoint has to say to be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sceneglot.errors import SceneglotError
from sceneglot.nets.mean_sizes import Sizes
from sceneglot.nets.sparse_votenet import SparseVoteConfig
from sceneglot.scenes import Scene
from sceneglot.tasks.sample import PointConfig, SceneSample, scene_sample
from sceneglot.tasks.segmentation.data import point_features
from sceneglot.tasks.segmentation.spec import Inputs, SegmentationSpec, Size


@dataclass(frozen=True)
class DetectionSpec:
    """Shape of a sparse detector and the meaning of what goes in."""

    mean_sizes: Sizes
    """(18, 3) metres, from the training boxes."""
    size: Size = "tiny"
    """Of the backbone; "tiny", "pointnet2" and "point-transformer" also have narrower seeds."""
    voxel: float = 0.1
    """Metres."""
    inputs: Inputs = field(default_factory=Inputs)
    """As in segmentation, so that its backbones fit."""
    points: int = 16_384
    """Drawn from a scene at each visit."""

    @property
    def sample(self) -> PointConfig:
        """How a scene becomes a batch: the inputs come as features computed beforehand."""
        return PointConfig(self.points, color=False, height=False, multiview=self.inputs.channels)

    def network(self) -> SparseVoteConfig:
        """The detector's sizes."""
        backbone = SegmentationSpec("", (), size=self.size, voxel=self.voxel, inputs=self.inputs).backbone()
        make = (
            SparseVoteConfig.tiny if self.size in ("tiny", "pointnet2", "point-transformer") else SparseVoteConfig.paper
        )
        return make(backbone, self.mean_sizes)

    def sample_of(self, scene: Scene) -> SceneSample:
        """The arrays of a scene, with the network's inputs as features of the points."""
        return scene_sample(scene, point_features(scene, self.inputs))

    def facts(self) -> dict[str, Any]:
        """JSON-able description, stored in checkpoints."""
        return {"task": "detection", "spec": asdict(self)}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> DetectionSpec:
        """Inverse of `facts`.

        Raises:
            SceneglotError: the checkpoint is of another task.
        """
        if facts.get("task") != "detection":
            raise SceneglotError(f"the checkpoint is for {facts.get('task', 'an unknown task')!r}, not for detection")
        values: dict[str, Any] = dict(facts["spec"])
        values["mean_sizes"] = tuple(tuple(row) for row in values["mean_sizes"])
        values["inputs"] = Inputs(**values["inputs"])
        return cls(**values)
