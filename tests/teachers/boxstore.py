"""Rooms of four labelled boxes: the smallest data set that can be rendered, embedded and learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sceneglot.rendering import with_box_points
from sceneglot.scenes import Objects, Scene, Source, Utterance
from sceneglot.scenes.store import Store


def box_room(number: int) -> Scene:
    """A room of four boxes with points, labels, colours and instances."""
    rng = np.random.default_rng(number)
    objects = Objects(
        id=np.arange(4),
        label=("bed", "office chair", "desk", "lamp"),
        center=np.array([[-1, -1, 0.5], [1, -1, 0.5], [1, 1, 0.5], [-1, 1, 0.5]]) + rng.uniform(-0.2, 0.2, (4, 3)),
        size=rng.uniform(0.5, 1, (4, 3)),
        color=rng.integers(0, 255, (4, 3)),
        material=("fabric", "fabric", "wood", "metal"),
        color_name=("red", "blue", "brown", "white"),
    )
    bare = Scene(
        f"room-{number}",
        np.zeros((0, 3), np.float32),
        np.zeros((0, 3), np.uint8),
        Source("rooms"),
        objects=objects,
        room_type=("bedroom", "office")[number % 2],
    )
    return with_box_points(bare)


def make_store(path: Path) -> Store:
    """Three rooms, one per split, with two sentences and a question each; one sentence is shared."""
    store = Store.create(path, origin="rooms", licence="CC0-1.0")
    for number in range(3):
        store.add(box_room(number), split=("train", "val", "test")[number])
    store.finish()
    store.write_utterances("templates", [u for n in range(3) for u in sentences(n)])
    return store


def sentences(number: int) -> list[Utterance]:
    """What is said about a box room."""
    room = f"room-{number}"
    return [
        Utterance(f"{room}-c", room, "scene_caption", f"room {number} has a bed left of a desk"),
        Utterance(f"{room}-r", room, "referral", "the red bed", (0,)),
        Utterance(f"{room}-q", room, "question", f"what is red in room {number}?", (0,), answers=("bed", "a bed")),
    ]
