"""Score a run that knows words on classes it has no labels of: pictures alone, the network alone, and both."""

from __future__ import annotations

from pathlib import Path

from sceneglot.atomic import write_json
from sceneglot.recipes.segment import load_segmenter, scenes_of
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.zero_shot import VIEWS, ZeroShotScores, score_zero_shot


def evaluate_zero_shot(run: Path, data: Path, split: str = "test", views: int = VIEWS) -> ZeroShotScores:
    """Name all points of a split with the names of the run's classes; writes `scores-zero-shot-<split>.json`.

    The label set is that of the run; its labels are read for the score alone.

    Raises:
        SceneglotError: a run without a teacher, a split without scenes, or scenes without labels.
    """
    segmenter, store = load_segmenter(run), Store.open(data)
    scenes = map(store.scene, scenes_of(store, split))
    scores = score_zero_shot(scenes, segmenter, label_set(segmenter.spec.label_set), views)
    write_json((run if run.is_dir() else run.parent) / f"scores-zero-shot-{split}.json", scores.summary())
    return scores
