"""Descriptions that mean no, one or several objects, among the sentences that a grounder learns from (Multi3DRefer).

They are of kind multi_referral: of `sceneglot describe DATA --kinds multi_referral --name multi`, or of people with
`sceneglot import-text multi3drefer`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sceneglot.errors import SceneglotError
from sceneglot.metrics.multi3drefer import set_f1
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance
from sceneglot.tasks.grounding.predict import Grounded

SEVERAL = "several"
"""Source name of the descriptions."""


def descriptions(store: Store, inside: Collection[str], names: Sequence[str]) -> list[Utterance]:
    """The descriptions of some utterance files about some scenes.

    Raises:
        SceneglotError: there are none.
    """
    known = [name for name in names if name in store.utterance_names]
    found = [u for name in known for u in store.utterances(kind="multi_referral", name=name) if u.scene_id in inside]
    if inside and not found:
        raise SceneglotError(
            f"{store.path}: no descriptions of none or several objects in {', '.join(names)}; write some with "
            "'sceneglot describe DATA --kinds multi_referral --name multi'"
        )
    return found


def with_descriptions(
    sources: Mapping[str, Sequence[Utterance]],
    weights: Mapping[str, float],
    said: Sequence[Utterance],
    share: float,
) -> tuple[dict[str, Sequence[Utterance]], dict[str, float]]:
    """Sources and weights of sentences that mean one object, joined by a share of descriptions.

    Raises:
        SceneglotError: a share out of range.
    """
    if not 0 <= share < 1:
        raise SceneglotError(f"--several must lie in 0..1, found {share:g}")
    if not share:
        return dict(sources), dict(weights)
    total = sum(weights.values())
    scaled = {name: weight / total * (1 - share) for name, weight in weights.items()}
    return dict(sources) | {SEVERAL: said}, scaled | {SEVERAL: share}


def several_scores(answers: Iterable[Grounded]) -> dict[str, float]:
    """{"F1": percent} of sets of annotated objects; empty where there is no answer."""
    overlap = [set_f1(answer.meant, answer.sentence.target_ids) for answer in answers]
    return {"F1": 100 * sum(overlap) / len(overlap)} if overlap else {}
