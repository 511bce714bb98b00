"""A store of two small rooms with template sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sceneglot.scenes import Objects, Scene, Source, Utterance
from sceneglot.scenes.store import Store

LABELS = ("desk", "office chair", "office chair", "lamp", "window")
SAID = (
    ("The lamp is on the desk.", 3, (0,), "on", False),
    ("The office chair is next to the desk.", 1, (0,), "next_to", False),
    ("Facing the window, the office chair is to the left of it.", 2, (4,), "left", True),
)


def room_store(path: Path, rooms: int = 2) -> Store:
    store = Store.create(path, origin="test", licence="CC0-1.0")
    nothing = np.zeros((0, 3), np.float32)
    sentences = []
    for number in range(rooms):
        scene_id = f"room-{number}"
        objects = Objects(np.arange(5), LABELS, np.arange(15.0).reshape(5, 3), np.ones((5, 3)))
        scene = Scene(scene_id, nothing, nothing.astype(np.uint8), Source("test"), objects=objects, room_type="office")
        store.add(scene, split="train")
        for i, (text, target, anchors, relation, view) in enumerate(SAID):
            sentences.append(
                Utterance(
                    f"{scene_id}-r-{i}",
                    scene_id,
                    "referral",
                    text,
                    (target,),
                    anchors,
                    relation,
                    view_dependent=view,
                    source=f"template:one-{i}",
                    seed=5,
                )
            )
        caption = "This is an office. A lamp is on the desk."
        sentences.append(
            Utterance(f"{scene_id}-s-0", scene_id, "scene_caption", caption, (3, 0), source="template:layout-1", seed=5)
        )
        sentences.append(
            Utterance(f"{scene_id}-q-0", scene_id, "question", "Where is the lamp?", (3,), answers=("on desk",), seed=5)
        )
    store.finish()
    store.write_utterances("templates", sentences)
    return store
