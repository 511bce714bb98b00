"""describe: a scene graph in, sentences out."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from sceneglot.errors import SceneglotError
from sceneglot.graph.build import SceneGraph
from sceneglot.language.captions import object_captions, scene_captions
from sceneglot.language.facts import SceneFacts
from sceneglot.language.predicates import References
from sceneglot.language.questions import questions
from sceneglot.language.referrals import referrals
from sceneglot.scenes.utterance import KINDS, Utterance


def describe(
    graph: SceneGraph,
    kinds: Sequence[str] = KINDS,
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
    facts = SceneFacts(graph)
    references = References(facts)
    makers = _makers(facts, references, seed, per_object, scene_captions, questions)
    result: list[Utterance] = []
    for kind in KINDS:
        if kind in kinds:
            result += makers[kind](random.Random(f"{seed}/{graph.scene_id}/{kind}"))
    return result


def _makers(
    facts: SceneFacts, references: References, seed: int, per_object: int, captions: int, asked: int
) -> dict[str, Callable[[random.Random], Iterator[Utterance]]]:
    """Kind -> generator of its utterances."""
    return {
        "referral": lambda rng: (r.utterance for r in referrals(facts, references, rng, seed, per_object)),
        "object_caption": lambda rng: object_captions(facts, references, rng, seed, per_object),
        "scene_caption": lambda rng: scene_captions(facts, references, rng, seed, captions),
        "question": lambda rng: questions(facts, references, rng, seed, asked),
    }
