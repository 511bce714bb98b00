"""What a grounder learns from: shares of texts, and descriptions that mean no, one or several objects (Multi3DRefer).

The descriptions are of kind multi_referral: of `sceneglot describe DATA --kinds multi_referral --name multi`, or of
people with `sceneglot import-text multi3drefer`.
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


def shares_of(texts: Sequence[str], shares: Sequence[float]) -> dict[str, float]:
    """Text file -> its share.

    Raises:
        SceneglotError: not as many of the one as of the other.
    """
    if len(texts) != len(shares):
        raise SceneglotError(f"--shares: {len(texts)} text files need as many shares, found {len(shares)}")
    return dict(zip(texts, shares))


def descriptions(
    store: Store, inside: Collection[str], names: Sequence[str], *, needed: bool = True
) -> list[Utterance]:
    """The descriptions of some utterance files about some scenes.

    Raises:
        SceneglotError: there are none, although they are `needed`.
    """
    known = [name for name in names if name in store.utterance_names]
    found = [u for name in known for u in store.utterances(kind="multi_referral", name=name) if u.scene_id in inside]
    if needed and not found:
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
