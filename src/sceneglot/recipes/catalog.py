"""Every recipe by name: what `sceneglot train NAME` runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sceneglot.recipes.clip_pretrain import clip_pretrain, clip_pretrain_paper, pretrain
from sceneglot.recipes.detect import train_detector, ws3d_detect
from sceneglot.recipes.gps import gps, gps_blind, train_grounding
from sceneglot.recipes.gps_captions import gps_captions, train_point_captions
from sceneglot.recipes.gps_points import (
    gps_finetune,
    gps_objects,
    gps_points,
    gps_points_paper,
    gps_several,
    train_point_gps,
)
from sceneglot.recipes.gps_questions import gps_questions, gps_questions_blind, train_point_questions
from sceneglot.recipes.rooms_patches import rooms_patches, train_rooms_patches
from sceneglot.recipes.rooms_teacher import rooms_teacher, train_rooms_teacher
from sceneglot.recipes.vqa import VQAConfig, finetune, vqa, vqa_paper
from sceneglot.recipes.ws3d import train_ws3d, ws3d, ws3d_finetune, ws3d_pretrain, ws3d_scratch, ws3d_words
from sceneglot.recipes.ws3d_hierarchy import pretrain_hierarchy, ws3d_hierarchy
from sceneglot.tasks.vqa.net import ModelName


@dataclass(frozen=True)
class Recipe:
    """An experiment that can be named.

    Attributes:
        config: (data, out) -> typed config with this recipe's values.
        run: trains it and returns the last validation scores.
        summary: one line for the overview.
    """

    config: Callable[[Path, Path], Any]
    run: Callable[[Any], Mapping[str, float]]
    summary: str


def _system(model: ModelName) -> Callable[[Path, Path], VQAConfig]:
    return lambda data, out: replace(vqa(data, out), model=model)


RECIPES: dict[str, Recipe] = {
    "clip-pretrain": Recipe(clip_pretrain, pretrain, "align the scene encoder with pictures and sentences (tiny)"),
    "clip-pretrain-paper": Recipe(clip_pretrain_paper, pretrain, "clip-pretrain at the published sizes; one GPU"),
    "vqa": Recipe(vqa, finetune, "question answering, CLIP-guided 3D VQA (tiny)"),
    "vqa-paper": Recipe(vqa_paper, finetune, "vqa at the published sizes; one GPU"),
    "scanqa": Recipe(_system("scanqa"), finetune, "baseline: VoteNet + MCAN"),
    "scanqa-multiview": Recipe(_system("scanqa-multiview"), finetune, "baseline: with lifted picture features"),
    "scanrefer-mcan": Recipe(_system("scanrefer-mcan"), finetune, "baseline: ScanRefer points, MCAN answers"),
    "rooms-teacher": Recipe(rooms_teacher, train_rooms_teacher, "the embedded teacher's image tower; about an hour"),
    "rooms-patches": Recipe(
        rooms_patches, train_rooms_patches, "the same tower, taught to name every patch from labelled rooms"
    ),
    "gps": Recipe(gps, train_grounding, "grounding on object maps, from sentences of our own (tiny)"),
    "gps-blind": Recipe(gps_blind, train_grounding, "baseline: the same from labels alone, no boxes and no colours"),
    "gps-objects": Recipe(gps_objects, train_point_gps, "GPS on points, stage 1: objects and their names (tiny)"),
    "gps-points": Recipe(gps_points, train_point_gps, "GPS on points, stage 2: scenes, referrals, masked words (tiny)"),
    "gps-points-paper": Recipe(gps_points_paper, train_point_gps, "gps-points at the published sizes; GPUs"),
    "gps-finetune": Recipe(gps_finetune, train_point_gps, "GPS on points: the MLP head, from a stage 2 (tiny)"),
    "gps-several": Recipe(gps_several, train_point_gps, "GPS on points: none, one or several objects (tiny)"),
    "gps-questions": Recipe(gps_questions, train_point_questions, "GPS on points: answers, from a stage 2 (tiny)"),
    "gps-questions-blind": Recipe(
        gps_questions_blind, train_point_questions, "baseline: the same with all objects hidden"
    ),
    "gps-captions": Recipe(
        gps_captions, train_point_captions, "GPS on points: captions of objects, from a stage 1 or 2 (tiny)"
    ),
    "ws3d": Recipe(ws3d, train_ws3d, "scene parsing with few labels: boundaries, energy, region contrast (tiny)"),
    "ws3d-scratch": Recipe(ws3d_scratch, train_ws3d, "baseline: ws3d from labels alone"),
    "ws3d-finetune": Recipe(ws3d_finetune, train_ws3d, "ws3d from a pre-training, in the words of its teacher"),
    "ws3d-pretrain": Recipe(
        ws3d_pretrain, train_ws3d, "pre-training for ws3d, without labels: a teacher's view of regions"
    ),
    "ws3d-hierarchy": Recipe(
        ws3d_hierarchy,
        pretrain_hierarchy,
        "pre-training for ws3d, without labels: regions; also scenes, objects in crops, points",
    ),
    "ws3d-words": Recipe(ws3d_words, train_ws3d, "scene parsing with classes as words; some may have no labels"),
    "ws3d-detect": Recipe(ws3d_detect, train_detector, "objects as boxes: votes on sparse features (tiny)"),
    "blind": Recipe(_system("blind"), finetune, "baseline: the question alone"),
}
