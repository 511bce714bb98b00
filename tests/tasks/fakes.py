"""A tiny labelled scene and its questions, made of numbers only."""

from __future__ import annotations

import numpy as np

from sceneglot.scenes import Objects, Scene, Source, Utterance


def toy_scene(seed: int = 0, scene_id: str = "toy-0", boxes: int = 4, points: int = 900) -> Scene:
    """Random boxes of four classes on a floor, points filling the boxes, coloured by class."""
    rng = np.random.default_rng(seed)
    labels = ("chair", "table", "sofa", "floor lamp")
    kind = rng.integers(0, len(labels), boxes)
    center = np.stack([rng.uniform(-2, 2, boxes), rng.uniform(-2, 2, boxes), np.full(boxes, 0.5)], 1)
    size = rng.uniform(0.4, 0.8, (boxes, 3))
    per_box = points // (boxes + 1)
    inside = center[:, None] + rng.uniform(-0.5, 0.5, (boxes, per_box, 3)) * size[:, None]
    floor = np.concatenate([rng.uniform(-3, 3, (per_box, 2)), np.zeros((per_box, 1))], 1)
    palette = np.array([[200, 30, 30], [30, 200, 30], [30, 30, 200], [200, 200, 30]], np.uint8)
    rgb = np.concatenate([np.repeat(palette[kind], per_box, 0), np.full((per_box, 3), 120, np.uint8)])
    objects = Objects(np.arange(10, 10 + boxes), [labels[k] for k in kind], center, size, palette[kind])
    return Scene(
        scene_id,
        np.concatenate([inside.reshape(-1, 3), floor]).astype(np.float32),
        rgb,
        Source("toy", seed=seed),
        instance=np.concatenate([np.repeat(objects.id, per_box), np.full(per_box, -1)]).astype(np.int32),
        objects=objects,
        room_type=("office", "bedroom")[seed % 2],
    )


def toy_questions(scene: Scene) -> tuple[Utterance, ...]:
    """One question about the class of every object: "what is object <row>"."""
    return tuple(
        Utterance(
            f"{scene.id}-q-{row}",
            scene.id,
            "question",
            f"what is thing {row}",
            target_ids=(int(object_id),),
            answers=(label,),
            question_type="object",
        )
        for row, (object_id, label) in enumerate(zip(scene.objects.id, scene.objects.label))
    )


def toy_tokens(text: str, dim: int = 8) -> np.ndarray:
    """(L, dim) fixed random vectors, one per word."""
    words = text.split()
    return np.stack([np.random.default_rng([len(w), *w.encode()]).standard_normal(dim) for w in words]).astype(
        np.float32
    )
