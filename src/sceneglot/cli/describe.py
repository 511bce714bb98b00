"""`sceneglot describe`: sentences and questions for every scene of a store."""

from __future__ import annotations

import sys
from pathlib import Path

import tyro

from sceneglot.errors import SceneglotError
from sceneglot.scenes.utterance import STANDARD_KINDS


def describe(
    data: tyro.conf.Positional[Path],
    kinds: tuple[str, ...] = STANDARD_KINDS,
    seed: int = 0,
    questions: int = 40,
    per_object: int = 2,
    scene_captions: int = 4,
    multi_referrals: int = 20,
    situated_questions: int = 20,
    name: str = "templates",
    workers: int = 0,
    compare: Path | None = None,
    refine: str = "",
    model: str = "",
) -> None:
    """Write referrals, captions and questions with answers for every scene, from its scene graph.

    Everything said is true in the graph; every referral is checked to fit exactly its targets by a checker that knows
    nothing of the graph. Left and right are those of a viewer in the middle of the room who faces the thing named. The
    same seed gives the same file for any number of workers; an interrupted run continues when repeated. A data card
    with counts and measures of diversity is written beside the sentences.

    Example: sceneglot describe data/rooms --kinds referral question --questions 60

    Args:
        data: folder of the store.
        kinds: some of referral, object_caption, scene_caption, question, multi_referral, situated_question.
        seed: of all random choices.
        questions: questions per scene, where it offers as many.
        per_object: referrals and captions per object.
        scene_captions: captions per scene.
        multi_referrals: descriptions of no, one or several objects per scene (kind multi_referral).
        situated_questions: questions from a place and heading per scene (kind situated_question).
        name: of the file, `utterances/NAME.parquet`.
        workers: processes, 0 for one per core.
        compare: folder of human sentences (ScanRefer, Nr3D, Sr3D, ScanQA, SQA3D files) to measure diversity beside.
        refine: OpenAI-compatible endpoint (or "local") that rewrites the sentences, see sceneglot refine.
        model: the name to ask for there (or the model folder).
    """
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from sceneglot.cli.refine import refine_described, speaker_for
    from sceneglot.language.card import write_card
    from sceneglot.language.describe import Wanted
    from sceneglot.language.stores import write_descriptions
    from sceneglot.scenes.store import Store

    speaker = speaker_for(refine, model)
    _check_name(name)
    if workers < 0:
        raise SceneglotError(f"--workers must be a number of processes, 0 for one per core; found {workers}")
    store = Store.open(data)
    numbers = (per_object, scene_captions, questions, multi_referrals, situated_questions)
    wanted = Wanted(tuple(kinds), seed, *numbers)
    bar = Progress(
        TextColumn("scenes"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    )
    start = time.perf_counter()
    with bar:
        task = bar.add_task("scenes", total=len(store.scene_ids))
        report = lambda done, total: bar.update(task, completed=done, total=total)  # noqa: E731
        path = write_descriptions(store, name, wanted, workers=workers, report=report)
    seconds = max(time.perf_counter() - start, 1e-9)
    card = write_card(store, name, wanted, compare=compare)
    total = card.total
    print(f"{path}: {total} utterances of {len(store.scene_ids)} scenes in {seconds:.1f} s ({total / seconds:.0f}/s)")
    if not total:
        print(
            f"note: {data}: nothing was said, because no scene has labelled objects (or --kinds and the counts ask for "
            "nothing); objects come from labelled imports and sceneglot generate",
            file=sys.stderr,
        )
    for kind, count in card.kinds.items():
        print(f"  {kind:18s} {count}")
    for kind, count in card.question_types.items():
        print(f"    {kind:16s} {count}")
    print(f"{card.path}: counts, relations, diversity, examples")
    if speaker is not None:
        refine_described(Store.open(data), speaker, name)


def _check_name(name: str) -> None:
    """Refuse a name that is no file name before an hour of work, not after it."""
    from sceneglot.scenes.scene import check_scene_id

    try:
        check_scene_id(name)
    except SceneglotError as error:
        raise SceneglotError(f"--name {name!r} is no file name; use letters, digits, '-', '_' and '.'") from error
