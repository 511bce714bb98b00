"""describe: a scene graph in, sentences out."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sceneglot.errors import SceneglotError
from sceneglot.graph.build import SceneGraph
from sceneglot.language.captions import Captioner
from sceneglot.language.facts import SceneFacts
from sceneglot.language.multi import multi_referrals
from sceneglot.language.predicates import References
from sceneglot.language.questions import questions
from sceneglot.language.referrals import referrals
from sceneglot.language.situated import situated_questions
from sceneglot.language.speaker import Speaker
from sceneglot.scenes.utterance import KINDS, STANDARD_KINDS, Utterance


@dataclass(frozen=True)
class Wanted:
    """What to say about each scene.

    Attributes:
        kinds: some of `scenes.utterance.KINDS`.
        seed: of all random choices.
        per_object: referrals and captions of each object (fewer where an object cannot be singled out).
        scene_captions: captions of the scene.
        questions: questions about the scene (fewer where it offers no more).
        multi_referrals: descriptions that fit no, one or several objects.
        situated_questions: questions asked from a place in the scene.

    Raises:
        SceneglotError: an unknown kind or a negative number.
    """

    kinds: tuple[str, ...] = STANDARD_KINDS
    seed: int = 0
    per_object: int = 2
    scene_captions: int = 4
    questions: int = 40
    multi_referrals: int = 20
    situated_questions: int = 20

    def __post_init__(self) -> None:
        unknown = sorted(set(self.kinds) - set(KINDS))
        if unknown:
            raise SceneglotError(f"describe: unknown kind {unknown[0]!r}; expected some of {', '.join(KINDS)}")
        counts = (self.per_object, self.scene_captions, self.questions, self.multi_referrals, self.situated_questions)
        if min(counts) < 0:
            raise SceneglotError("describe: numbers of sentences must not be negative")


def describe(
    graph: SceneGraph,
    kinds: Sequence[str] = STANDARD_KINDS,
    seed: int = 0,
    *,
    per_object: int = 2,
    scene_captions: int = 4,
    questions: int = 40,
    multi_referrals: int = 20,
    situated_questions: int = 20,
) -> list[Utterance]:
    """Sentences about a scene, all true in its graph; referrals single out their target, questions have one answer.

    The same graph, seed and numbers give the same sentences; each kind has random numbers of its own, so asking for
    fewer kinds does not change the others. Left, right, front and behind are the graph's viewer's.

    Args:
        graph: see `graph.build_graph`.
        kinds, seed and numbers: see `Wanted`.

    Returns:
        Utterances in the order of `KINDS`; none for a scene without objects worth naming.

    Raises:
        SceneglotError: an unknown kind or a negative number.
    """
    numbers = (per_object, scene_captions, questions, multi_referrals, situated_questions)
    return describe_as(graph, Wanted(tuple(kinds), seed, *numbers))


def describe_as(graph: SceneGraph, wanted: Wanted) -> list[Utterance]:
    """Like `describe`, with the wishes in one object."""
    makers = _Makers(graph, wanted)
    return [
        utterance
        for kind in KINDS
        if kind in wanted.kinds
        for utterance in makers.of(kind, random.Random(f"{wanted.seed}/{graph.scene_id}/{kind}"))
    ]


class _Makers:
    """Makes the utterances of one scene, kind by kind; what several kinds need is computed once."""

    def __init__(self, graph: SceneGraph, wanted: Wanted) -> None:
        self.facts, self.wanted = SceneFacts(graph), wanted

    @cached_property
    def speaker(self) -> Speaker:
        return Speaker.of(self.facts.graph, self.facts)

    @cached_property
    def captioner(self) -> Captioner:
        return Captioner(self.speaker)

    def of(self, kind: str, rng: random.Random) -> Iterator[Utterance]:
        """Utterances of one of `KINDS`."""
        wanted = self.wanted
        if kind == "referral":
            return (r.utterance for r in referrals(self.speaker, rng, wanted.seed, wanted.per_object))
        if kind == "object_caption":
            return self.captioner.of_objects(rng, wanted.seed, wanted.per_object)
        if kind == "scene_caption":
            return self.captioner.of_scene(rng, wanted.seed, wanted.scene_captions)
        if kind == "multi_referral":
            return (r.utterance for r in multi_referrals(self.speaker, rng, wanted.seed, wanted.multi_referrals))
        if kind == "situated_question":
            checker = self.speaker.checker
            return situated_questions(self.facts, checker, rng, wanted.seed, wanted.situated_questions)
        return questions(self.facts, References(self.facts), rng, wanted.seed, wanted.questions)
