"""Object descriptions in ScanRefer's and Nr3D's manner: one to three sentences that single out one object."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sceneglot.language.clauses import Kind
from sceneglot.language.facts import SceneFacts
from sceneglot.language.finder import Finder
from sceneglot.language.predicates import Predicate, Reference
from sceneglot.language.realize import Template
from sceneglot.language.sentences import sentence
from sceneglot.language.speaker import Speaker
from sceneglot.scenes.utterance import Utterance

FORMS: dict[str, float] = {"single": 0.36, "pair": 0.12, "star": 0.16, "chain": 0.14, "special": 0.14, "bare": 0.08}
"""How often each form is tried first; where it is not to be had, the next of the list takes its place."""

GROW = 0.25
"""Chance that a single or a pair gets one more clause than it needs."""


@dataclass(frozen=True)
class Referral:
    """A referral and what it claims, for the checker."""

    utterance: Utterance
    predicate: Predicate


def referrals(speaker: Speaker, rng: random.Random, seed: int, per_object: int) -> Iterator[Referral]:
    """Up to `per_object` different referrals of every object that can be singled out, in row order.

    Each is checked before it is handed out: a referral by which the independent checker does not find exactly its
    target is dropped.
    """
    facts, number = speaker.facts, 0
    for row in np.flatnonzero(facts.spoken).tolist():
        seen: set[str] = set()
        for _ in range(per_object):
            reference = find(speaker.finder, row, rng)
            if reference is None:
                break
            predicate = reference.predicate
            template, text = sentence(facts, speaker.book, reference, rng)
            if text in seen or speaker.checker.bits_meant(predicate) != 1 << row:
                continue
            seen.add(text)
            yield Referral(_utterance(facts, reference, template, text, seed, number), predicate)
            number += 1


def find(finder: Finder, row: int, rng: random.Random) -> Reference | None:
    """A random reference in one of the forms; None where the object cannot be singled out."""
    kinds = finder.facts.kinds(row)
    form = _form(rng)
    first = int(rng.random() * len(kinds))
    for at in range(first, first + min(3, len(kinds))):
        found = _in_form(finder, form, row, kinds[at % len(kinds)], rng)
        if found is not None:
            return found
    for kind in kinds:
        found = finder.single(row, kind, rng) or finder.pair(row, kind, rng) or finder.bare(row, kind)
        if found is not None:
            return found
    return None


def _form(rng: random.Random) -> str:
    at = rng.random()
    for form, share in FORMS.items():
        at -= share
        if at < 0:
            return form
    return "single"


def _in_form(finder: Finder, form: str, row: int, kind: Kind, rng: random.Random) -> Reference | None:
    if form == "star":
        return finder.star(row, kind, rng)
    if form == "chain":
        return finder.chain(row, kind, rng)
    if form == "special":
        return finder.special(row, kind, rng)
    if form == "bare":
        return finder.bare(row, kind)
    found = finder.single(row, kind, rng) if form == "single" else None
    found = found or finder.pair(row, kind, rng)
    if form == "pair" and found is None:
        found = finder.single(row, kind, rng)
        return finder.more(found, rng) if found is not None else None
    while found is not None and len(found.clauses) < 3 and rng.random() < GROW:
        grown = finder.more(found, rng)
        if grown is found:
            break
        found = grown
    return found


def _utterance(
    facts: SceneFacts, reference: Reference, template: Template, text: str, seed: int, number: int
) -> Utterance:
    return Utterance(
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
    )
