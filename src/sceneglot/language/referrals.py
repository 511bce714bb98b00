"""Object descriptions in ScanRefer's manner: one or two sentences that single out one object."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sceneglot.language.facts import SceneFacts
from sceneglot.language.predicates import Predicate, Reference, References
from sceneglot.language.realize import SIDES, Template, anchor_slots, pick, says, subject, which
from sceneglot.scenes.utterance import Utterance


@dataclass(frozen=True)
class Referral:
    """A referral and what it claims, for the checker."""

    utterance: Utterance
    predicate: Predicate


def referrals(
    facts: SceneFacts, references: References, rng: random.Random, seed: int, per_object: int
) -> Iterator[Referral]:
    """Up to `per_object` different referrals of every object that can be singled out, in row order."""
    number = 0
    for row in np.flatnonzero(facts.spoken):
        seen: set[str] = set()
        for _ in range(per_object):
            reference = _reference(references, int(row), rng)
            if reference is None:
                continue
            template, text = _sentence(facts, reference, rng)
            if text in seen:
                continue
            seen.add(text)
            yield Referral(
                Utterance(
                    id=f"{facts.graph.scene_id}-r-{number:04d}",
                    scene_id=facts.graph.scene_id,
                    kind="referral",
                    text=text,
                    target_ids=facts.ids([reference.row]),
                    anchor_ids=facts.ids(reference.anchor_rows()),
                    relation=reference.clauses[0].word if reference.clauses else "",
                    view_dependent=reference.view_dependent,
                    source=f"template:{template.id}",
                    seed=seed,
                ),
                reference.predicate,
            )
            number += 1


def _reference(references: References, row: int, rng: random.Random) -> Reference | None:
    """A random unique reference, mostly with one clause, sometimes with none, two or three."""
    kinds = references.kinds(row)
    order = rng.sample(range(len(kinds)), len(kinds))
    for at in order[:4]:
        kind = kinds[at]
        bare = references.bare(row, kind)
        if bare is not None and rng.random() < 0.1:
            return bare
        found = references.with_clauses(row, kind, rng)
        if found is None:
            found = bare
        if found is None:
            continue
        while len(found.clauses) < 3 and rng.random() < 0.3:
            grown = references.more(found, rng)
            if grown is found:
                break
            found = grown
        return found
    return None


def _sentence(facts: SceneFacts, reference: Reference, rng: random.Random) -> tuple[Template, str]:
    """Realise a reference."""
    kind = reference.description.kind
    plural = facts.words.is_plural(kind.noun)
    slots = subject(facts, reference.description)
    clauses = reference.clauses
    if any(c.noun for c in clauses):  # "the chair closest to the door": a superlative has but one
        slots["a x"] = slots["the x"]
    if len(clauses) == 1 and _has_side(facts, reference) and rng.random() < 0.4:
        options = SIDES[clauses[0].word]
        slots["side"] = options[int(rng.random() * len(options))]
        slots |= anchor_slots(facts, clauses[0])
        template = pick("referrals", "view", rng)
        return template, template.fill(slots, rng, plural)
    template = pick("referrals", ("bare", "one", "two", "three")[len(clauses)], rng)
    for index, clause in enumerate(clauses):
        tail = f" {index + 1}" if index else ""
        if "says" + tail in template.slots:
            slots["says" + tail] = says(facts, clause, rng, plural)
        if "which" + tail in template.slots:
            slots["which" + tail] = which(facts, clause, rng, plural)
    return template, template.fill(slots, rng, plural)


def _has_side(facts: SceneFacts, reference: Reference) -> bool:
    """Whether "facing X from the middle of the room" states the frame truly: the viewer stands in the middle."""
    clause = reference.clauses[0]
    position = facts.graph.viewer.position
    if clause.word not in SIDES or position is None or not clause.anchors[0].is_unique:
        return False
    return bool(np.allclose(position, facts.graph.shell.center, atol=0.05))
