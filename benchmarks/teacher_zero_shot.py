"""What does a teacher recognise on scans it was not trained for? Zero-shot naming of object crops of labelled scans.

Crops are cut from point renders of every labelled scan of a folder (.npz files with xyz, rgb, instance and nyu40
per point, instance 0 = none), named by NYU40 words among (a) all nameable NYU40 classes and (b) the 17 named
detection classes. Nothing is fitted.

    python -m benchmarks.teacher_zero_shot FOLDER [--teacher embedded | clip:openai/clip-vit-base-patch32]

The folder is the user's own (data sets of real scans allow no redistribution). Several scans of one room are no
independent evidence: read the figure as an order of magnitude.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro

from sceneglot.recipes.lit.exam import OBJECT_TEMPLATES, Accuracy, accuracy, encode, name_features, rank
from sceneglot.recipes.lit.pictures import PictureConfig, Pictures, take_pictures
from sceneglot.recipes.lit.prompts import alias_of
from sceneglot.scenes import NO_INSTANCE, Objects, Scene, Source
from sceneglot.scenes.labels import NYU40_NAMES, SCANNET18
from sceneglot.teachers import Teacher, load_teacher

STRUCTURE = ("wall", "floor", "ceiling")


def main(folder: Annotated[Path, tyro.conf.Positional], teacher: str = "embedded", out: Path | None = None) -> None:
    """Print, and with `out` write, the accuracy table."""
    pictures = crops_of(folder)
    scores, confusions = score(load_teacher(teacher), pictures)
    result = {"teacher": teacher, "scores": {k: asdict(v) for k, v in scores.items()}, "confusions": confusions}
    print(json.dumps(result, indent=1))
    if out is not None:
        out.write_text(json.dumps(result, indent=1) + "\n")


def crops_of(folder: Path) -> Pictures:
    """Crops of all nameable objects of all scans in the folder."""
    config = PictureConfig(photos=0, renders=10, crops_per_object=3)
    pixels, records = [], []
    for path in sorted(folder.glob("*.npz")):
        for picture, record in take_pictures(read_labelled(path), config, seed=0):
            if record.kind == "object" and not record.label.startswith("other"):
                pixels.append(picture)
                records.append(record)
    if not pixels:
        raise SystemExit(f"{folder}: no labelled scans (.npz with xyz, rgb, instance, nyu40) with nameable objects")
    return Pictures((np.stack(pixels),), tuple(records))


def score(teacher: Teacher, pictures: Pictures) -> tuple[dict[str, Accuracy], list[list[str | int]]]:
    """Accuracy among all NYU40 words and among the 17, and the most frequent confusions of the former."""
    features = encode(teacher, pictures)
    every = [alias_of(k) for k in range(1, 41) if alias_of(k) and alias_of(k) not in STRUCTURE]
    labels = np.array([r.label for r in pictures.records])
    scores = {}
    wrong: dict[tuple[str, str], int] = {}
    for task, names in (("nyu40", every), ("scannet17", list(SCANNET18[:-1]))):
        rows = np.flatnonzero(np.isin(labels, names))
        answer = np.array([names.index(x) for x in labels[rows]])
        ranked = rank(features[rows], name_features(teacher, names, OBJECT_TEMPLATES))
        scores[task] = accuracy(ranked, answer, len(names))
        if task == "nyu40":
            for a, b in zip(answer, ranked[:, 0]):
                if a != b:
                    wrong[names[a], names[b]] = wrong.get((names[a], names[b]), 0) + 1
    most = sorted(wrong.items(), key=lambda item: -item[1])[:10]
    return scores, [[a, b, n] for (a, b), n in most]


def read_labelled(path: Path) -> Scene:
    """A labelled scan as a scene; boxes enclose the points of each instance."""
    with np.load(path, allow_pickle=False) as file:
        xyz, rgb, instance, nyu40 = (file[k] for k in ("xyz", "rgb", "instance", "nyu40"))
    ids, low, high, labels = [], [], [], []
    for number in np.unique(instance[instance > 0]):
        mine = instance == number
        name = NYU40_NAMES[np.bincount(nyu40[mine].astype(int)).argmax()]
        if mine.sum() >= 50 and name not in STRUCTURE:
            ids.append(int(number))
            labels.append(name)
            low.append(xyz[mine].min(0))
            high.append(xyz[mine].max(0))
    low, high = np.array(low, np.float32).reshape(-1, 3), np.array(high, np.float32).reshape(-1, 3)
    objects = Objects(np.array(ids, np.int32), tuple(labels), (low + high) / 2, high - low)
    return Scene(
        path.stem,
        xyz.astype(np.float32),
        rgb.astype(np.uint8),
        Source("file", path.name),
        instance=np.where(np.isin(instance, ids), instance, NO_INSTANCE).astype(np.int32),
        semantic=nyu40.astype(np.int16),
        objects=objects,
    )


if __name__ == "__main__":
    tyro.cli(main)
