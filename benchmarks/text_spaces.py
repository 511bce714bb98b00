"""Do the words of a teacher mean what CLIP's words mean? Similarities of class names in both spaces, nothing fitted.

Real CLIP vectors of thousands of class names come with Detic (`datasets/metadata/lvis_v1_clip_a+cname.npy`, ViT-B/32,
prompt "a " + name). The spaces of two teachers cannot be mixed, but how alike two words are can be compared: the rank
correlation over all pairs, and how often the likest other word is the same.

    python -m benchmarks.text_spaces FOLDER [--teacher embedded]

FOLDER holds `lvis_v1_clip_a+cname.npy` and `lvis_v1_train_cat_info.json`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from scipy.stats import spearmanr

from sceneglot.teachers import load_teacher

THINGS: tuple[str, ...] = (
    "armchair", "bathtub", "bed", "bench", "bookcase", "cabinet", "chair", "clock", "coffee table", "cup", "curtain",
    "cushion", "desk", "dresser", "fan", "lamp", "laptop computer", "microwave oven", "mirror", "monitor", "ottoman",
    "oven", "painting", "piano", "pillow", "refrigerator", "shower curtain", "sink", "sofa", "stool", "stove",
    "table", "telephone", "television set", "toilet", "towel", "trash can", "vase", "wardrobe",
)  # fmt: skip
"""Things of rooms; those that LVIS has are compared."""


def main(folder: Annotated[Path, tyro.conf.Positional], teacher: str = "embedded") -> None:
    """Print the agreement and what each space finds most alike."""
    known = lvis_vectors(folder)
    names = [name for name in THINGS if name in known]
    real = cosines(np.stack([known[name] for name in names]))
    ours = cosines(load_teacher(teacher).encode_texts([f"a {name}" for name in names]).pooled)
    pairs = np.triu_indices(len(names), 1)
    print(f"{len(names)} names, {len(pairs[0])} pairs, {teacher} against CLIP ViT-B/32")
    print(f"rank correlation {spearmanr(real[pairs], ours[pairs]).statistic:.2f}")
    print(f"mean cosine {real[pairs].mean():.2f} (CLIP), {ours[pairs].mean():.2f} ({teacher})")
    first, second = (nearest(table) for table in (real, ours))
    print(f"same nearest name: {np.mean(first == second):.0%} (chance {1 / (len(names) - 1):.0%})")
    for row, name in enumerate(names):
        print(f"  {name:16s} CLIP: {names[first[row]]:16s} {teacher}: {names[second[row]]}")


def lvis_vectors(folder: Path) -> dict[str, np.ndarray]:
    """Name and every synonym of LVIS's 1,203 classes -> (512,) CLIP text vector of the class."""
    table = np.load(folder / "lvis_v1_clip_a+cname.npy", allow_pickle=False).astype(np.float32)
    classes = sorted(json.loads((folder / "lvis_v1_train_cat_info.json").read_text()), key=lambda row: row["id"])
    if len(classes) != len(table):
        raise SystemExit(f"{folder}: {len(table)} vectors for {len(classes)} classes")
    plain = lambda text: text.split("_(")[0].replace("_", " ")  # noqa: E731
    found: dict[str, np.ndarray] = {}
    for row, vector in zip(classes, table):
        for name in (row["name"], *row["synonyms"]):
            found.setdefault(plain(name), vector)
    return found


def cosines(rows: np.ndarray) -> np.ndarray:
    """(K, K) of (K, E)."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit @ unit.T


def nearest(table: np.ndarray) -> np.ndarray:
    """(K,) row of the likest other name."""
    return np.where(np.eye(len(table), dtype=bool), -np.inf, table).argmax(1)


if __name__ == "__main__":
    tyro.cli(main)
