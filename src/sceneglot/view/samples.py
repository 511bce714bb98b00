"""A page of random sentences, each with its scene from above: for reading whether they are English and true."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.graph import build_graph
from sceneglot.language.clauses import AROUND_WORDS, ROW_WORDS
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance
from sceneglot.view.floor_plan import Place, draw_floor_plan
from sceneglot.view.page import Page

HOW_TO_READ = (
    "+x is right, +y up. Red: what the sentence is about; blue: what it names to locate it; z: heights of underside "
    "and top in metres. Green: who speaks, with the gaze; left and right without a gaze are those of the green person "
    "facing each blue thing."
)


def draw_utterances(store: Store, name: str, count: int, seed: int = 0) -> list[Utterance]:
    """`count` random sentences of `utterances/<name>.parquet`, every kind in turn, in the order of the file.

    Raises:
        SceneglotError: the store has no such file.
    """
    places: dict[str, list[int]] = {}
    for number, utterance in enumerate(store.iter_utterances(name)):
        places.setdefault(utterance.kind, []).append(number)
    rng = random.Random(f"{seed}/{name}")
    shuffled = [rng.sample(numbers, min(count, len(numbers))) for numbers in places.values()]
    turns = [number for turn in range(count) for numbers in shuffled for number in numbers[turn : turn + 1]]
    chosen = set(turns[:count])
    return [u for number, u in enumerate(store.iter_utterances(name)) if number in chosen]


def write_samples(store: Store, utterances: list[Utterance], path: Path) -> Path:
    """An HTML page of sentences with pictures; returns its path."""
    if not utterances:
        raise SceneglotError(f"{store.path}: there are no sentences to show; write some with sceneglot describe")
    page = Page(f"{len(utterances)} random sentences")
    page.paragraph(HOW_TO_READ, note=True)
    page.pictures([(picture(store.objects(u.scene_id), u), caption(u)) for u in utterances])
    return page.write(path)


def picture(objects: Objects, utterance: Utterance, side: int = 460) -> np.ndarray:
    """(H, W, 3) uint8: the scene of a sentence from above."""
    person, heading = _who_speaks(objects, utterance)
    return draw_floor_plan(
        objects, utterance.target_ids, utterance.anchor_ids, person=person, heading=heading, side=side
    )


def caption(utterance: Utterance) -> str:
    """Scene, kind, text and answers in one line."""
    parts = [f"{utterance.scene_id} {utterance.kind}:", utterance.situation, utterance.text]
    parts += ["-> " + " / ".join(utterance.answers)] if utterance.answers else []
    parts += [f"[{', '.join(_provenance(utterance))}]"]
    return " ".join(part for part in parts if part)


def _provenance(utterance: Utterance) -> Iterator[str]:
    yield utterance.source
    if utterance.relation:
        yield utterance.relation
    if utterance.kind == "multi_referral":
        yield f"{len(utterance.target_ids)} targets"


def _who_speaks(objects: Objects, utterance: Utterance) -> tuple[Place | None, float | None]:
    """Where the speaker of a view-dependent sentence stands, and the gaze where it does not turn to each anchor."""
    if utterance.position is not None:
        return utterance.position[:2], utterance.heading
    if not utterance.view_dependent:
        return None, None
    position = build_graph(objects).viewer.position
    if position is None:
        return None, None
    person = float(position[0]), float(position[1])
    faces = utterance.relation in (*ROW_WORDS, *AROUND_WORDS) and len(utterance.anchor_ids) == 1
    anchor = objects.row_of.get(utterance.anchor_ids[0]) if faces else None
    if anchor is None:  # or one that the scene does not have: text of others may name such
        return person, None
    x, y = objects.center[anchor, :2]
    return person, math.atan2(y - person[1], x - person[0])
