"""One item is a scene as arrays, drawn and moved; a batch is `tasks.sample.ScenePoints`."""

from __future__ import annotations

from collections.abc import Sequence

from torch.utils.data import Dataset

from sceneglot.errors import SceneglotError
from sceneglot.tasks.augment import AugmentConfig, prepare, scene_rng
from sceneglot.tasks.sample import PointConfig, SampleSource, SceneSample


class DetectionDataset(Dataset[SceneSample]):
    """Scenes in random poses; everything random follows from (seed, epoch, scene id)."""

    def __init__(
        self,
        scene_ids: Sequence[str],
        samples: SampleSource,
        points: PointConfig,
        augment: AugmentConfig | None,
        *,
        seed: int,
    ) -> None:
        if not scene_ids:
            raise SceneglotError("detection: there is no scene to train on")
        self.scene_ids, self.samples, self.points = tuple(scene_ids), samples, points
        self.augment, self.seed = augment, seed

    def __len__(self) -> int:
        return len(self.scene_ids)

    def __getitem__(self, key: tuple[int, int]) -> SceneSample:
        epoch, index = key
        name = self.scene_ids[index]
        return prepare(self.samples(name), self.points, self.augment, scene_rng(self.seed, epoch, name))
