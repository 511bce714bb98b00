"""Small object maps and a stand-in for the sentence encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from sceneglot.scenes.objects import Objects
from sceneglot.tasks.grounding.words import PhraseBook

WIDTH = 384


def encode(texts: Sequence[str]) -> np.ndarray:
    """Unit vectors that are the sum of one random direction per word: texts that share words are alike."""
    rows = []
    for text in texts:
        seeds = [int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") for word in text.split()]
        rows.append(np.sum([np.random.default_rng(s).normal(size=WIDTH) for s in seeds], 0))
    vectors = np.array(rows)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def book() -> PhraseBook:
    """An empty phrase book over `encode`."""
    return PhraseBook(encode, WIDTH)


def room() -> Objects:
    """A 6 x 4 m room: three chairs in a row along the wall y = 4, a desk below one, a door, a lamp on the desk.

    Seen from the middle of the room towards +y, the chairs 1, 2, 3 stand from left to right.
    """
    rows = [
        (0, "floor", (3, 2, -0.05), (6, 4, 0.1)),
        (1, "chair", (1.0, 3.5, 0.4), (0.5, 0.5, 0.8)),
        (2, "chair", (3.0, 3.5, 0.4), (0.5, 0.5, 0.8)),
        (3, "chair", (5.0, 3.5, 0.7), (0.5, 0.5, 1.4)),
        (4, "door", (0.05, 2.5, 1.0), (0.1, 0.9, 2.0)),
        (5, "desk", (3.0, 0.5, 0.35), (1.4, 0.7, 0.7)),
        (6, "lamp", (3.3, 0.5, 0.9), (0.2, 0.2, 0.4)),
        (7, "lamp", (5.5, 0.4, 0.8), (0.3, 0.3, 1.6)),
    ]
    colors = [
        (90, 90, 90),
        (20, 20, 20),
        (200, 30, 30),
        (20, 20, 20),
        (120, 80, 40),
        (120, 80, 40),
        (250, 250, 250),
        (250, 250, 250),
    ]
    return Objects(
        id=np.array([r[0] for r in rows]),
        label=tuple(r[1] for r in rows),
        center=np.array([r[2] for r in rows], np.float32),
        size=np.array([r[3] for r in rows], np.float32),
        color=np.array(colors, np.uint8),
    )
