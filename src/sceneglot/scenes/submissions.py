"""Prediction files as the servers of the segmentation benchmarks want them, one writer per format.

- ScanNet, ScanNet200: `<scan>.txt`, one class id a line for every vertex of `<scan>_vh_clean_2.ply`;
- their instances: `<scan>.txt`, one mask a line (its file, class id, confidence), and `predicted_masks/<scan>_<k>.txt`
  with 0 or 1 for every vertex;
- SemanticKITTI: `sequences/<SS>/predictions/<frame>.label`, uint32 raw class ids;
- nuScenes lidarseg: `lidarseg/<split>/<token>_lidarseg.bin`, uint8 from 1 to 16, and `<split>/submission.json`.

Facts: ScanNet's evaluate_semantic_instance.py and documentation, SemanticKITTI's learning_map_inv, the nuScenes
devkit's validate_submission.py. The contents of the folder are zipped, not the folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from sceneglot.atomic import atomic_path, write_json, write_text
from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.readers.jsonrows import json_rows
from sceneglot.scenes.scene import check_scene_id

KITTI_RAW: tuple[int, ...] = (10, 11, 15, 18, 20, 30, 31, 32, 40, 44, 48, 49, 50, 51, 70, 71, 72, 80, 81)
"""Raw id that stands for each of SemanticKITTI's 19 classes (learning_map_inv of its semantic-kitti.yaml)."""
NUSCENES_CLASSES = 16
MASK_FOLDER = "predicted_masks"
_KITTI_ID = re.compile(r"(\d{2})_(\d{6})")


def write_scannet_labels(folder: Path, scan: str, ids: np.ndarray) -> Path:
    """Write the class of every vertex.

    Args:
        ids: (N,) integers, NYU40 ids (ScanNet) or category ids (ScanNet200) in the order of the mesh's vertices.
    """
    return write_text(folder / f"{check_scene_id(scan)}.txt", "".join(f"{number}\n" for number in ids.tolist()))


def write_scannet_instances(
    folder: Path, scan: str, instance: np.ndarray, ids: np.ndarray, score: np.ndarray
) -> tuple[Path, ...]:
    """Write the instances of a scan; returns the list and its masks. A scan without instances has an empty list.

    Args:
        instance: (N,) row of the instance each vertex belongs to, -1 for none.
        ids: (I,) class ids. score: (I,) confidences.

    Raises:
        SceneglotError: ids, scores and the rows of vertices that disagree.
    """
    check_scene_id(scan)
    if ids.shape != score.shape or instance.max(initial=-1) >= len(ids):
        raise SceneglotError(
            f"scene {scan}: {len(ids)} class ids, {len(score)} scores and instances up to {instance.max(initial=-1)}, "
            "expected one id and score per instance"
        )
    lines, masks = [], []
    for row, (number, sure) in enumerate(zip(ids.tolist(), score.tolist())):
        name = f"{MASK_FOLDER}/{scan}_{row:03d}.txt"
        bits = np.where(instance == row, b"1\n", b"0\n").tobytes()
        masks.append(write_text(folder / name, bits.decode()))
        lines.append(f"{name} {number} {sure:.6f}\n")
    return (write_text(folder / f"{scan}.txt", "".join(lines)), *masks)


def write_semantickitti(folder: Path, scene_id: str, label: np.ndarray) -> Path:
    """Write the raw class id of every point of a frame.

    Args:
        scene_id: "<sequence>_<frame>", as the importer names frames. label: (N,) classes 0..18.

    Raises:
        SceneglotError: a scene with another kind of name, or a point without a class.
    """
    match = _KITTI_ID.fullmatch(scene_id)
    if match is None:
        raise SceneglotError(f"scene {scene_id}: is no frame of SemanticKITTI, expected an id like 11_000042")
    raw = np.array(KITTI_RAW, "<u4")[_classes(scene_id, label, len(KITTI_RAW))]
    return _write_numbers(folder / "sequences" / match[1] / "predictions" / f"{match[2]}.label", raw)


def write_nuscenes(folder: Path, split: str, token: str, label: np.ndarray) -> Path:
    """Write the class of every point of a keyframe.

    Args:
        token: of the sample data (the laser's keyframe). label: (N,) classes 0..15.

    Raises:
        SceneglotError: a point without a class.
    """
    path = folder / "lidarseg" / split / f"{check_scene_id(token)}_lidarseg.bin"
    return _write_numbers(path, (_classes(token, label, NUSCENES_CLASSES) + 1).astype(np.uint8))


def write_nuscenes_meta(folder: Path, split: str, *, camera: bool = False) -> Path:
    """Write what the method looked at; laser only unless said otherwise."""
    uses = {"use_camera": camera, "use_lidar": True, "use_radar": False, "use_map": False, "use_external": False}
    return write_json(folder / split / "submission.json", {"meta": uses})


def nuscenes_tokens(tables: Path, files: Iterable[str]) -> dict[str, str]:
    """Point file (its bare name, as in `Scene.source.path`) -> sample data token, for the files asked for.

    Args:
        tables: folder with `sample_data.json`, "v1.0-test" of the data set.

    Raises:
        BadFileError: the table is absent, damaged, or lacks a file.
    """
    wanted, found, table = set(files), {}, tables / "sample_data.json"
    for row in json_rows(table):
        name = str(row.get("filename", "")).rpartition("/")[2]
        if name in wanted:
            found[name] = str(row.get("token", ""))
    if missing := sorted(wanted - found.keys()):
        raise BadFileError(table, f"knows no {missing[0]}", "name the folder of tables the scenes were imported with")
    return found


def _classes(name: str, label: np.ndarray, count: int) -> np.ndarray:
    """The labels, every one of which the server must know: -1 would turn into another class unnoticed."""
    if len(label) and not 0 <= label.min() <= label.max() < count:
        raise SceneglotError(
            f"scene {name}: classes {label.min()} to {label.max()}, the server wants one of 0 to {count - 1} per point"
        )
    return label


def _write_numbers(path: Path, numbers: np.ndarray) -> Path:
    with atomic_path(path) as temporary:
        temporary.write_bytes(numbers.tobytes())
    return path
