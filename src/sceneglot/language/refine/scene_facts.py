"""What a language model is told about a scene, and the judge of what it makes of it.

The facts come from the scene's own sentences, whose truth is known: labels counted from the objects, relations from the
recorded target, relation and anchors of referrals and object captions, a fresh random subset for every caption (the
paper's recipe for diversity). Relations that depend on a viewer, or on rank among others, are left out.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sceneglot.language.lexicon import lexicon, normalize, number_word
from sceneglot.language.refine.judge import judge_form
from sceneglot.language.refine.nouns import same_thing
from sceneglot.language.refine.reader import Reader
from sceneglot.language.refine.reading import Claim, Sentence
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.utterance import Utterance

MAX_WORDS = 80
"""The paper's limit for scene captions."""

MAX_RELATIONS, MAX_KINDS = 10, 16

_SAID: dict[str, tuple[str, str]] = {
    "on": ("on", "on"),
    "in": ("in", "in"),
    "above": ("above", "above"),
    "below": ("below", "below"),
    "under": ("under", "below"),
    "adjacent": ("next to", "near"),
    "next_to": ("next to", "near"),
    "beside": ("beside", "near"),
    "close": ("close to", "near"),
    "between": ("between", "between"),
}
"""Relation word of `language` -> how the facts say it, and the judge's family for it."""

_INVERSE = {"supporting": "on", "containing": "in"}
_ROOM = {
    "on_wall": ("on the wall", "wall"),
    "against_wall": ("against the wall", "wall"),
    "in_corner": ("in the corner", "corner"),
    "in_center": ("in the middle of the room", "center"),
    "from_ceiling": ("hanging from the ceiling", "ceiling"),
}


@dataclass(frozen=True)
class Relation:
    """One relation as told: "lamp", "on", ("desk",), and the judge's family."""

    subject: str
    words: str
    anchors: tuple[str, ...]
    family: str


@dataclass(frozen=True)
class SceneFacts:
    """What may be said of a scene.

    Attributes:
        room: "" where unknown. counts: (label, number). relations: those told this time.
        statement: the template caption, true as well.
    """

    room: str
    counts: tuple[tuple[str, int], ...]
    relations: tuple[Relation, ...]
    statement: str

    def to_json(self) -> str:
        """As the model gets it: one line, keys in a fixed order."""
        relations = [" ".join((r.subject, r.words, " and ".join(r.anchors))).strip() for r in self.relations]
        facts = {"room": self.room, "objects": dict(self.counts), "relations": relations, "known": self.statement}
        return json.dumps({key: value for key, value in facts.items() if value}, ensure_ascii=False)


def scene_facts(
    caption: Utterance, sentences: Sequence[Utterance], objects: Objects, room: str, rng: random.Random
) -> SceneFacts:
    """A random subset of the facts of the caption's scene.

    Args:
        caption: the template caption. sentences: others about its scene, with recorded relations.
        objects: its objects. room: its type.
    """
    words = lexicon()
    labels = {int(i): normalize(label) for i, label in zip(objects.id, objects.label)}
    counts = Counter(label for label in labels.values() if words.is_spoken(label))
    kinds = rng.sample(sorted(counts), min(len(counts), MAX_KINDS))
    found = list(dict.fromkeys(r for u in sentences if (r := _relation(u, labels)) is not None))
    relations = rng.sample(found, min(len(found), MAX_RELATIONS))
    for relation in relations:  # what a relation names is counted too
        kinds += [label for label in (relation.subject, *relation.anchors) if label not in kinds]
    told = tuple((label, counts[label]) for label in kinds if label in counts)
    return SceneFacts(normalize(room), told, tuple(relations), caption.text)


def _relation(utterance: Utterance, labels: dict[int, str]) -> Relation | None:
    targets, anchors = utterance.target_ids, utterance.anchor_ids
    if utterance.kind not in ("referral", "object_caption") or len(targets) != 1 or utterance.view_dependent:
        return None
    if not {*targets, *anchors} <= labels.keys():
        return None
    subject, others = labels[targets[0]], tuple(labels[i] for i in anchors)
    if utterance.relation in _ROOM and not others:
        words, family = _ROOM[utterance.relation]
        return Relation(subject, words, (), family)
    if utterance.relation in _INVERSE and len(others) == 1:
        word = _INVERSE[utterance.relation]
        return Relation(others[0], word, (subject,), word)
    wanted = 2 if utterance.relation == "between" else 1
    if utterance.relation not in _SAID or len(others) != wanted:
        return None
    words, family = _SAID[utterance.relation]
    return Relation(subject, words, others, family)


def judge_caption(facts: SceneFacts, answer: str, reader: Reader) -> str:
    """Why the answer may not stand as a caption of the scene; "" if it may.

    Every thing must be in the facts, every number right, every relation one that was told, of a subject that the same
    sentence names; attributes and negations only those of the known statement.
    """
    fault = judge_form(answer, MAX_WORDS, 8 * MAX_WORDS)
    if fault:
        return fault
    reading, known = reader.read(answer), reader.read(facts.statement)
    if reading.num_words < 3:
        return "too short"
    names = [label for label, _ in facts.counts] + list(known.things)
    for thing in reading.things:
        if not any(same_thing(thing, name) for name in names):
            return f"adds a thing that the scene lacks: {thing}"
    allowed = known.words | set(facts.room.split())
    strange = [word for word in reading.strange if word not in allowed]
    if strange:
        return f"adds an unknown noun: {strange[0]}"
    for sentence in reading.sentences:
        fault = _numbers(sentence, facts) or _relations(sentence, facts, known.claims)
        if fault:
            return fault
    counted = {word for sentence in reading.sentences for word, _ in sentence.counted}
    stated = {word for word, _ in known.described} | counted
    new = sorted({word for word, _ in reading.described} - stated)
    if new:
        return f"adds the attribute: {new[0]}"
    denied = sorted(set(reading.negations) - set(known.negations))
    return f"adds the negation: {denied[0]}" if denied else ""


def _numbers(sentence: Sentence, facts: SceneFacts) -> str:
    for word, thing in sentence.counted:
        numbers = [number for label, number in facts.counts if same_thing(thing, label)]
        right = sum(numbers)
        fits = right >= 3 if word == "several" else word in (str(right), number_word(right))
        if numbers and not fits:
            return f"counts wrongly: {word} {thing}, not {right}"
    return ""


def _relations(sentence: Sentence, facts: SceneFacts, known: Iterable[Claim]) -> str:
    for claim in sentence.claims:
        told = [r for r in facts.relations if r.family == claim.family]
        if any(_is_told(claim, relation, sentence) for relation in told) or any(
            claim.family == c.family and _same(claim.objects, c.objects) for c in known
        ):
            continue
        return f"claims a relation that was not told: {' '.join((claim.family, *claim.objects))}"
    return ""


def _is_told(claim: Claim, relation: Relation, sentence: Sentence) -> bool:
    named = (claim.subject,) if claim.subject else sentence.things
    return any(same_thing(thing, relation.subject) for thing in named) and _same(claim.objects, relation.anchors)


def _same(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    if len(a) != len(b):
        return False
    return all(any(same_thing(x, y) for y in b) for x in a) and all(any(same_thing(x, y) for x in a) for y in b)
