"""describe: a scene graph in, sentences out."""

from __future__ import annotations

import os
import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cached_property, lru_cache, partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from sceneglot.errors import SceneglotError
from sceneglot.graph.build import SceneGraph, build_graph
from sceneglot.language.captions import Captioner
from sceneglot.language.facts import SceneFacts
from sceneglot.language.predicates import References
from sceneglot.language.questions import questions
from sceneglot.language.referrals import referrals
from sceneglot.language.speaker import Speaker
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import KINDS, STANDARD_KINDS, Utterance


def describe(
    graph: SceneGraph,
    kinds: Sequence[str] = STANDARD_KINDS,
    seed: int = 0,
    *,
    per_object: int = 2,
    scene_captions: int = 4,
    questions: int = 40,
) -> list[Utterance]:
    """Sentences about a scene, all true in its graph; referrals single out their target, questions have one answer.

    The same graph, seed and numbers give the same sentences; each kind has random numbers of its own, so asking for
    fewer kinds does not change the others. Left, right, front and behind are the graph's viewer's.

    Args:
        graph: see `graph.build_graph`.
        kinds: which of `scenes.utterance.KINDS`.
        per_object: referrals and captions of each object (fewer where an object cannot be singled out).
        scene_captions: captions of the scene.
        questions: questions about the scene (fewer where it offers no more).

    Returns:
        Utterances in the order of `KINDS`; none for a scene without objects worth naming.

    Raises:
        SceneglotError: an unknown kind or a negative number.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise SceneglotError(f"describe: unknown kind {unknown[0]!r}; expected some of {', '.join(KINDS)}")
    if min(per_object, scene_captions, questions) < 0:
        raise SceneglotError("describe: numbers of sentences must not be negative")
    makers = _Makers(graph, seed, per_object, scene_captions, questions)
    result: list[Utterance] = []
    for kind in KINDS:
        if kind in kinds:
            result += makers.of(kind, random.Random(f"{seed}/{graph.scene_id}/{kind}"))
    return result


def describe_store(
    store: Store,
    kinds: Sequence[str] = STANDARD_KINDS,
    seed: int = 0,
    *,
    per_object: int = 2,
    scene_captions: int = 4,
    questions: int = 40,
    workers: int = 1,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Utterance]:
    """Sentences about all scenes of a store, scene by scene in the order of their ids, whatever the worker count.

    Args:
        workers: processes; 0 for one per core.
        report: called with the number of scenes done and their total.
    """
    ids = store.scene_ids
    job = partial(
        _describe_one,
        store.path,
        tuple(kinds),
        seed,
        {"per_object": per_object, "scene_captions": scene_captions, "questions": questions},
    )
    workers = min(workers or os.cpu_count() or 1, max(len(ids), 1))
    if workers == 1:
        for done, scene_id in enumerate(ids, 1):
            yield from job(scene_id)
            report(done, len(ids))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[list[Utterance]]] = deque()
        todo = iter(ids)
        for done in range(1, len(ids) + 1):
            # A short queue keeps memory flat: results are handed on in order, a few scenes ahead of the reader.
            waiting.extend(pool.submit(job, scene_id) for scene_id in islice(todo, 4 * workers - len(waiting)))
            yield from waiting.popleft().result()
            report(done, len(ids))


def _describe_one(
    path: Path, kinds: tuple[str, ...], seed: int, numbers: Mapping[str, int], scene_id: str
) -> list[Utterance]:
    """One scene, in a worker process: reads its objects, not its points."""
    store = _open(path)
    graph = build_graph(store.objects(scene_id), scene_id=scene_id, room_type=store.entry(scene_id).room_type)
    return describe(graph, kinds, seed, **numbers)


@lru_cache(maxsize=2)
def _open(path: Path) -> Store:
    return Store.open(path)


class _Makers:
    """Makes the utterances of one scene, kind by kind; what several kinds need is computed once."""

    def __init__(self, graph: SceneGraph, seed: int, per_object: int, captions: int, asked: int) -> None:
        self.facts = SceneFacts(graph)
        self.seed, self.per_object, self.captions, self.asked = seed, per_object, captions, asked

    @cached_property
    def speaker(self) -> Speaker:
        return Speaker.of(self.facts.graph, self.facts)

    @cached_property
    def captioner(self) -> Captioner:
        return Captioner(self.speaker)

    def of(self, kind: str, rng: random.Random) -> Iterator[Utterance]:
        """Utterances of one of `KINDS`."""
        if kind == "referral":
            return (r.utterance for r in referrals(self.speaker, rng, self.seed, self.per_object))
        if kind == "object_caption":
            return self.captioner.of_objects(rng, self.seed, self.per_object)
        if kind == "scene_caption":
            return self.captioner.of_scene(rng, self.seed, self.captions)
        return questions(self.facts, References(self.facts), rng, self.seed, self.asked)
