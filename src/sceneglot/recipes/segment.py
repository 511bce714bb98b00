"""Load and score what the recipes of scene parsing trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sceneglot.atomic import write_json
from sceneglot.errors import SceneglotError
from sceneglot.scenes import Scene
from sceneglot.scenes.store import Store
from sceneglot.tasks.instances.decode import SceneInstances, find_instances
from sceneglot.tasks.instances.evaluate import InstanceScores, score_instances
from sceneglot.tasks.segmentation.evaluate import SceneScores, score_scenes
from sceneglot.tasks.segmentation.inference import InferenceConfig
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.segmenter import Segmenter
from sceneglot.tasks.segmentation.spec import SegmentationSpec
from sceneglot.train.opened import opened


def load_segmenter(run: str | Path, looks: InferenceConfig | None = None) -> Segmenter:
    """A trained segmentation network from its run folder, or from one checkpoint file.

    Raises:
        SceneglotError: no such run, a damaged checkpoint, or one for another task.
    """
    with opened(run) as checkpoint:
        return Segmenter(SegmentationSpec.from_facts(checkpoint.facts), checkpoint.tensors, looks)


def evaluate_segmentation(
    run: Path, data: Path, split: str = "test", looks: InferenceConfig | None = None
) -> SceneScores:
    """Segment every scene of a split; writes `scores-segmentation-<split>.json` into the run folder.

    Raises:
        SceneglotError: a split without scenes, or scenes without labels.
    """
    segmenter = load_segmenter(run, looks)
    store = Store.open(data)
    scenes = scenes_of(store, split)
    spec = segmenter.spec
    scores = score_scenes(
        map(store.scene, scenes), lambda scene: segmenter.predict(scene).label, label_set(spec.label_set), spec.novel
    )
    folder = run if run.is_dir() else run.parent
    write_json(folder / f"scores-segmentation-{split}.json", scores.summary())
    return scores


def commonest_class(data: Path, split: str, run: Path) -> SceneScores | None:
    """What a labelling with the commonest class of the training scenes reaches: the row without any network.

    None where no training scene has labels: a store of test scenes only, say.
    """
    spec = load_segmenter(run).spec
    labels, store = label_set(spec.label_set), Store.open(data)
    count = np.zeros(len(labels.classes), np.int64)
    for scene in map(store.scene, store.split("train")):
        try:
            label = labels.of_scene(scene)
        except SceneglotError:  # has none
            continue
        count += np.bincount(label[label >= 0], minlength=len(count))
    if not count.any():
        return None
    constant = int(np.argmax(count))
    scenes = map(store.scene, scenes_of(store, split))
    return score_scenes(scenes, lambda scene: np.full(len(scene), constant), labels, spec.novel)


def evaluate_instances(run: Path, data: Path, split: str = "test") -> InstanceScores:
    """Find the instances of every scene of a split; writes `scores-instances-<split>.json` into the run folder.

    Raises:
        SceneglotError: a split without scenes, scenes without instances, or a run that does not find any.
    """
    segmenter = load_segmenter(run)
    store, spec = Store.open(data), segmenter.spec

    def find(scene: Scene) -> SceneInstances:
        return find_instances(scene.xyz, segmenter.predict(scene), spec.stuff, spec.voxel)

    scores = score_instances(map(store.scene, scenes_of(store, split)), find, label_set(spec.label_set))
    write_json((run if run.is_dir() else run.parent) / f"scores-instances-{split}.json", scores.summary())
    return scores


def scenes_of(store: Store, split: str) -> tuple[str, ...]:
    """Ids of a split that has scenes, or of "all" of them.

    Raises:
        SceneglotError: it has none.
    """
    found = store.scene_ids if split == "all" else store.split(split)
    if not found:
        raise SceneglotError(f"{store.path}: the {split!r} split has no scenes; generate or import with splits")
    return found
