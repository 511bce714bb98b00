"""Annotation files in the official layouts, with invented sentences, and a small store they are about."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sceneglot.scenes import Objects, Scene, Source
from sceneglot.scenes.store import Store

LABELS = ("trash can", "desk", "office chair", "office chair", "wall")
RIO = "0cac75b7-8d6f-2d13-8cb2-0b4e06913140"
SCENES = {"scene0000_00": "train", "scene0001_00": "val", RIO: "train"}


def small_store(path: Path) -> Store:
    """Three scenes of five objects, ids 0 to 4."""
    store = Store.create(path, origin="test", licence="CC0-1.0")
    nothing = np.zeros((0, 3), np.float32)
    for scene_id, split in SCENES.items():
        center = np.arange(15, dtype=np.float64).reshape(5, 3)
        objects = Objects(np.arange(5), LABELS, center, np.ones((5, 3)))
        scene = Scene(scene_id, nothing, nothing.astype(np.uint8), Source("test"), objects=objects)
        store.add(scene, split=split)
    store.finish()
    return store


def write_json(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def write_lines(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """As pandas writes it: lists and truth values become their Python spelling."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


SCANREFER = [
    {"scene_id": "scene0000_00", "object_id": "0", "object_name": "trash_can", "ann_id": "3",
     "description": "the gray bin to the left of the desk.", "token": ["the", "gray", "bin"]},
    {"scene_id": "scene0000_00", "object_id": "1", "object_name": "desk", "ann_id": "0",
     "description": "a wooden desk  beside the bin.", "token": ["a"]},
    {"scene_id": "scene9999_00", "object_id": "1", "object_name": "desk", "ann_id": "0",
     "description": "a desk of a room that nobody has.", "token": ["a"]},
    {"scene_id": "scene0000_00", "object_id": "77", "object_name": "lamp", "ann_id": "1",
     "description": "a lamp that was never there.", "token": ["a"]},
]  # fmt: skip
SCANREFER_CONVERTED = [
    {"item_id": f"scanrefer_train_{i:06d}", "scan_id": row["scene_id"], "target_id": int(row["object_id"]),
     "instance_type": row["object_name"].replace("_", " "), "utterance": row["description"], "tokens": row["token"],
     "enc_tokens": [101, 102], "ann_id": row["ann_id"]}
    for i, row in enumerate(SCANREFER)
]  # fmt: skip

NR3D = [
    {"stimulus_id": "scene0000_00-office_chair-2-2-3", "utterance": "the chair facing the wall", "correct_guess": True,
     "speaker_id": 4, "listener_id": 9, "scan_id": "scene0000_00", "instance_type": "office chair", "target_id": 2,
     "tokens": ["the", "chair"], "dataset": "nr3d", "mentions_target_class": True, "uses_object_lang": True,
     "uses_spatial_lang": True, "uses_color_lang": False, "uses_shape_lang": False},
    {"stimulus_id": "scene0001_00-office_chair-2-3-2", "utterance": "the one next to the desk", "correct_guess": False,
     "speaker_id": 4, "listener_id": 9, "scan_id": "scene0001_00", "instance_type": "office chair", "target_id": 3,
     "tokens": ["the", "one"], "dataset": "nr3d", "mentions_target_class": False, "uses_object_lang": False,
     "uses_spatial_lang": True, "uses_color_lang": False, "uses_shape_lang": False},
]  # fmt: skip

SR3D = [
    {"scan_id": "scene0000_00", "target_id": 2, "distractor_ids": [3], "utterance": "the office chair left of the desk",
     "stimulus_id": "scene0000_00-office_chair-2-2-3", "coarse_reference_type": "allocentric",
     "reference_type": "left", "instance_type": "office chair", "anchors_types": ["desk"], "anchor_ids": [1],
     "tokens": ["the"], "dataset": "sr3d", "mentions_target_class": True, "correct_guess": True},
    {"scan_id": "scene0001_00", "target_id": 3, "distractor_ids": [2],
     "utterance": "choose the office chair in the center of the desk and the trash can",
     "stimulus_id": "scene0001_00-office_chair-2-3-2", "coarse_reference_type": "between",
     "reference_type": "between", "instance_type": "office chair", "anchors_types": ["desk", "trash can"],
     "anchor_ids": [1, 0], "tokens": ["choose"], "dataset": "sr3d", "mentions_target_class": True,
     "correct_guess": True},
]  # fmt: skip

SCANQA = [
    {"scene_id": "scene0001_00", "question_id": "val-scene0001-0", "question": "Where is the bin?",
     "answers": ["left of desk", "by the desk"], "object_ids": [0, 0], "object_names": ["trash can", "trash can"]},
]  # fmt: skip

SQA3D_QUESTIONS = {
    "info": {"version": "1.0"}, "license": {}, "data_type": "scannet", "data_subtype": "v2",
    "task_type": "Situated question answering",
    "questions": [
        {"scene_id": "scene0001_00", "situation": "I sit at the desk.", "question": "What is behind me?",
         "alternative_situation": ["I am at the desk, facing it.", "Seated, I look at the desk."],
         "question_id": 220602000007},
    ],
}  # fmt: skip
SQA3D_ANNOTATIONS = {
    "info": {}, "license": {}, "data_type": "scannet", "data_subtype": "v2",
    "annotations": [
        {"scene_id": "scene0001_00", "question_type": "N/A", "answer_type": "other", "question_id": 220602000007,
         "answers": [{"answer": "bin", "answer_confidence": "yes", "answer_id": 1}],
         "rotation": {"_x": 0, "_y": 0, "_z": 0.7071067811865476, "_w": 0.7071067811865476},
         "position": {"x": 1.0, "y": 2.0, "z": 0}},
    ],
}  # fmt: skip

MULTI3DREFER = [
    {"scene_id": "scene0001_00", "object_ids": ids, "object_name": "office_chair", "ann_id": i, "eval_type": kind,
     "description": text, "spatial": True, "color": False, "texture": False, "shape": False}
    for i, (ids, kind, text) in enumerate(
        [([2, 3], "mt", "both chairs at the desk"), ([], "zt_w_d", "the chair on the wall"),
         ([2], "st_w_d", "a chair")]
    )
]  # fmt: skip

RELATIONSHIPS = {
    "scans": [
        {"scan": RIO, "relationships": [[0, 1, 2, "left"], [0, 4, 15, "standing on"], [2, 3, 28, "same color"],
                                        [2, 3, 0, "none"]]},
        {"scan": RIO, "relationships": [[0, 1, 2, "left"]]},
    ]
}  # fmt: skip
SSG_OBJECTS = {
    "scans": [{"scan": RIO, "objects": [{"id": "0", "global_id": "6", "label": "bin", "attributes": {}},
                                        {"id": "1", "global_id": "8", "label": "table", "attributes": {}}]}]
}  # fmt: skip


def sceneverse_tree(root: Path) -> Path:
    """<DATASET>/annotations of a data set with 3RScan's ids."""
    folder = root / "3RScan" / "annotations"
    sentence = lambda i, target, label, text: {  # noqa: E731
        "item_id": f"x_{i:04d}", "scan_id": RIO, "target_id": target, "instance_type": label, "utterance": text,
    }  # fmt: skip
    write_json(
        folder / "ssg_ref_rel2_template.json",
        [
            sentence(0, "2", "office chair", "The chair is left of the desk."),
            sentence(1, 4, "wall", "The wall is white."),
        ],
    )
    write_json(folder / "ssg_ref_star_gpt.json", [sentence(2, 1, "desk", "Near the bin stands the desk.")])
    write_json(folder / "ssg_obj_caption_template.json", [sentence(3, "0", "trash can", "A gray bin.")])
    write_json(folder / "anno.json", [sentence(4, 3, "office chair", "The chair that is further from the door.")])
    write_json(folder / "scene_cap.json", {RIO: {"captions": ["An office.", "A room with a desk."]}})
    (folder / "splits").mkdir()
    (folder / "splits" / "train_split.txt").write_text(RIO + "\n")
    return folder


def files(folder: Path) -> dict[str, list[Path]]:
    """Kind -> official files, written into `folder`."""
    return {
        "scanrefer": [write_json(folder / "ScanRefer_filtered_train.json", SCANREFER)],
        "scan2cap": [write_json(folder / "s" / "ScanRefer_filtered_train.json", SCANREFER)],
        "nr3d": [write_csv(folder / "nr3d.csv", NR3D)],
        "sr3d": [write_csv(folder / "sr3d.csv", SR3D)],
        "sr3d+": [write_csv(folder / "sr3d+.csv", SR3D)],
        "scanqa": [write_json(folder / "ScanQA_v1.0_val.json", SCANQA)],
        "sqa3d": [
            write_json(folder / "v1_balanced_sqa_annotations_val_scannetv2.json", SQA3D_ANNOTATIONS),
            write_json(folder / "v1_balanced_questions_val_scannetv2.json", SQA3D_QUESTIONS),
        ],
        "multi3drefer": [write_json(folder / "multi3drefer_val.json", MULTI3DREFER)],
        "3dssg": [write_json(folder / "relationships.json", RELATIONSHIPS)],
        "sceneverse": [sceneverse_tree(folder)],
    }
