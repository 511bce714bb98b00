"""`sceneglot describe`: sentences and questions for every scene of a store."""

from __future__ import annotations

from pathlib import Path

import tyro

from sceneglot.scenes.utterance import KINDS, STANDARD_KINDS


def describe(
    data: tyro.conf.Positional[Path],
    kinds: tuple[str, ...] = STANDARD_KINDS,
    seed: int = 0,
    questions: int = 40,
    per_object: int = 2,
    scene_captions: int = 4,
    workers: int = 0,
) -> None:
    """Write referrals, captions and questions with answers for every scene, from its scene graph.

    Everything said is true in the graph; referrals single out one object. Left and right are those of a viewer in the
    middle of the room who faces the thing named. The same seed gives the same file for any number of workers.

    Example: sceneglot describe data/rooms --kinds referral question --questions 60

    Args:
        data: folder of the store.
        kinds: some of referral, object_caption, scene_caption, question.
        seed: of all random choices.
        questions: questions per scene, where it offers as many.
        per_object: referrals and captions per object.
        scene_captions: captions per scene.
        workers: processes, 0 for one per core.
    """
    import time
    from collections import Counter
    from collections.abc import Iterator

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from sceneglot.errors import SceneglotError
    from sceneglot.language.describe import describe_store
    from sceneglot.scenes.store import Store
    from sceneglot.scenes.utterance import QUESTION_TYPES, Utterance

    store = Store.open(data)
    if not store.scene_ids:
        raise SceneglotError(f"{data}: the store has no scenes; add some with sceneglot generate or sceneglot import")
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise SceneglotError(f"--kinds: unknown kind {unknown[0]!r}; expected some of {', '.join(KINDS)}")
    counts: Counter[str] = Counter()
    types: Counter[str] = Counter()

    def tallied(utterances: Iterator[Utterance]) -> Iterator[Utterance]:
        for utterance in utterances:
            counts[utterance.kind] += 1
            if utterance.question_type:
                types[utterance.question_type] += 1
            yield utterance

    bar = Progress(
        TextColumn("scenes"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    )
    start = time.perf_counter()
    with bar:
        task = bar.add_task("scenes", total=len(store.scene_ids))
        made = describe_store(
            store, kinds, seed, per_object=per_object, scene_captions=scene_captions, questions=questions,
            workers=workers, report=lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip
        path = store.write_utterances("templates", tallied(made))
    seconds = max(time.perf_counter() - start, 1e-9)
    total = sum(counts.values())
    print(f"{path}: {total} utterances of {len(store.scene_ids)} scenes in {seconds:.1f} s ({total / seconds:.0f}/s)")
    for kind in KINDS:
        if kind in kinds:
            print(f"  {kind:15s} {counts[kind]}")
    for kind in QUESTION_TYPES:
        if types[kind]:
            print(f"    {kind:13s} {types[kind]}")
