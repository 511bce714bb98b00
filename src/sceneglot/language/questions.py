"""Questions in ScanQA's six types, unambiguous in the scene, with answers that vary.

A question is worth asking when a model that sees no scene cannot guess the answer. So a scene's candidates are drawn
type by type, family by family and then **answer by answer** (each colour, number, yes and no, place word equally
likely), and every yes-or-no family offers true noes beside its yeses.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sceneglot.language.facts import SceneFacts
from sceneglot.language.families import attribute, compare, number, place, thing, yes_no
from sceneglot.language.families.asker import Asker, Candidate
from sceneglot.language.predicates import References
from sceneglot.language.realize import pick
from sceneglot.scenes.utterance import Utterance

SHARES: dict[str, float] = {
    "place": 0.2,
    "number": 0.14,
    "color": 0.16,
    "object nature": 0.12,
    "object": 0.2,
    "other": 0.18,
}
"""Share of each type among a scene's questions, near ScanQA's own (fewer "what is", more numbers)."""

FAMILIES: dict[str, tuple[Callable[[Asker], Iterator[Candidate]], ...]] = {
    "place": (place.place,),
    "number": (number.count, number.count_where, number.count_on),
    "color": (attribute.color,),
    "object nature": (attribute.shape, attribute.type_material, thing.type_of, thing.type_thing, thing.type_room),
    "object": (thing.what, thing.what_color, thing.what_has, attribute.what_made),
    "other": (
        yes_no.exists,
        yes_no.exists_where,
        yes_no.is_there,
        yes_no.is_color,
        yes_no.same_color,
        yes_no.more,
        compare.side,
        compare.nearer,
        thing.which_object,
    ),
}
"""Question type -> the families that ask it."""

STATE_FAMILIES: dict[str, tuple[Callable[[Asker], Iterator[Candidate]], ...]] = {
    "other": (attribute.state, yes_no.is_state),
}
"""Families for scenes in which the state of something is known; the others are asked the same as without them."""


def question_type(question: str) -> str:
    """ScanQA's type of a question: its official ordered, case-sensitive substring test."""
    tests = (
        ("place", ("Where",)),
        ("number", ("How many",)),
        ("color", ("What color", "What is the color")),
        ("object nature", ("What shape", "What type", "What kind")),
        ("object", ("What is",)),
    )
    return next((name for name, keys in tests if any(key in question for key in keys)), "other")


def questions(
    facts: SceneFacts, references: References, rng: random.Random, seed: int, count: int
) -> Iterator[Utterance]:
    """Up to `count` different questions about a scene, types in the shares of `SHARES`."""
    if not facts.spoken.any():
        return
    asker = Asker(facts, references, rng)
    seen: set[str] = set()
    written_so_far = 0
    for kind, quota in _quotas(count).items():
        families = FAMILIES[kind] + (STATE_FAMILIES.get(kind, ()) if any(facts.state) else ())
        pools = [_Pool(family(asker), rng) for family in families]
        asked = 0
        while pools and asked < quota:
            pool = pools[int(rng.random() * len(pools))]
            candidate = pool.draw()
            if candidate is None:
                pools.remove(pool)
                continue
            written = _write(facts, candidate, rng)
            if written is None or written[0] in seen or question_type(written[0]) != kind:
                continue
            text, source = written
            seen.add(text)
            asked += 1
            yield Utterance(
                id=f"{facts.graph.scene_id}-q-{written_so_far:04d}",
                scene_id=facts.graph.scene_id,
                kind="question",
                text=text,
                target_ids=facts.ids(list(candidate.rows)),
                anchor_ids=facts.ids(list(dict.fromkeys(r for r in candidate.anchors if r not in candidate.rows))),
                relation=candidate.relation,
                answers=candidate.answers,
                question_type=kind,
                view_dependent=candidate.view_dependent,
                source=f"template:{source}",
                seed=seed,
            )
            written_so_far += 1


def _quotas(count: int) -> dict[str, int]:
    """Whole numbers of questions per type that add up to `count`, by largest remainder."""
    exact = {kind: count * share for kind, share in SHARES.items()}
    quotas = {kind: int(value) for kind, value in exact.items()}
    missing = count - sum(quotas.values())
    for kind in sorted(exact, key=lambda k: quotas[k] - exact[k])[:missing]:
        quotas[kind] += 1
    return quotas


@dataclass
class _Bucket:
    name: str
    items: list[Candidate]


class _Pool:
    """Candidates of one family, drawn so that every answer is equally likely whatever its frequency."""

    def __init__(self, candidates: Iterator[Candidate], rng: random.Random) -> None:
        self._rng = rng
        found: dict[str, list[Candidate]] = {}
        for candidate in candidates:
            found.setdefault(candidate.balance, []).append(candidate)
        self._buckets = [_Bucket(name, items) for name, items in found.items()]
        self._turn = rng.sample(range(len(self._buckets)), len(self._buckets))

    def draw(self) -> Candidate | None:
        """One candidate, from the answers in turn; None when all are used up."""
        while self._turn:
            at = self._turn.pop(0)
            items = self._buckets[at].items
            if items:
                self._turn.append(at)
                return items.pop(int(self._rng.random() * len(items)))
        return None


def _write(facts: SceneFacts, candidate: Candidate, rng: random.Random) -> tuple[str, str] | None:
    """Text and template id; the slots are computed only now, since most candidates are never asked."""
    slots: Mapping[str, str] | None = candidate.slots()
    if slots is None:
        return None
    template = pick("questions", candidate.section, rng)
    return template.fill(slots, rng, candidate.plural), template.id
