"""A data set of generated rooms, ready to train on: generate, describe, embed; every step is resumable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sceneglot.language.balance import keep_hard
from sceneglot.language.stores import describe_store
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import STANDARD_KINDS, Utterance
from sceneglot.synth.generate import generate_many
from sceneglot.synth.scan_config import ScanConfig
from sceneglot.teachers import load_teacher
from sceneglot.teachers.embed import embed


@dataclass(frozen=True)
class RoomsData:
    """What to make.

    Attributes:
        rooms: in all; val, test: fractions of them.
        questions, captions: per room; per_object: descriptions of each object.
        candidates: questions asked for each one kept; those kept are the hard ones to guess (`language.balance`).
        views: renders per room for the teacher; teacher: its name, "" for none (grounding needs no features).
    """

    rooms: int = 128
    val: float = 0.125
    test: float = 0.125
    seed: int = 0
    questions: int = 40
    candidates: int = 3
    captions: int = 4
    per_object: int = 1
    views: int = 4
    teacher: str = "embedded"
    workers: int = 0


Progress = Callable[[str, int, int], None]
"""(what, done, of how many)."""


def make_rooms(path: Path, config: RoomsData, progress: Progress) -> Store:
    """Make the data set at `path`, or what is missing of it."""
    store = generate_many(
        path,
        config.rooms,
        config.seed,
        workers=config.workers,
        config=ScanConfig(),
        val=config.val,
        test=config.test,
        report=lambda done, total: progress("rooms", done, total),
    )
    if "templates" not in store.utterance_names:
        sentences = describe_store(
            store,
            STANDARD_KINDS,
            config.seed,
            per_object=config.per_object,
            scene_captions=config.captions,
            questions=config.questions * config.candidates,
            workers=config.workers,
            report=lambda done, total: progress("sentences", done, total),
        )
        store.write_utterances("templates", _hard_ones(sentences, config))
    if config.teacher:
        embed(
            store,
            load_teacher(config.teacher),
            views=config.views,
            progress=lambda what, done, total: progress(f"teacher: {what}", done, total),
        )
    return store


def _hard_ones(utterances: Iterable[Utterance], config: RoomsData) -> Iterator[Utterance]:
    """All utterances, the questions thinned to those that cannot be guessed without looking."""
    questions = []
    for utterance in utterances:
        if utterance.kind == "question":
            questions.append(utterance)
        else:
            yield utterance
    yield from keep_hard(questions, config.questions, config.seed)
