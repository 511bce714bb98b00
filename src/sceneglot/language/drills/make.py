"""Drills: short sentences that point at one object among others of its label, made from a bare object map.

`language.describe` writes what is true of a room in full sentences. Drills complement it for training a listener: every
sentence singles its object out among rivals of the same label, the way people do when they play a pointing game, with
comparisons, counted places, negations and the speaker's left and right.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from sceneglot.language.drills.facts import Fact, Groups, facts_of
from sceneglot.language.drills.layout import Layout
from sceneglot.language.drills.wordings import wordings
from sceneglot.language.lexicon import indefinite, lexicon, number_word, pluralize
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.utterance import Utterance

MAX_RIVALS = 10
"""More objects of one label than this are too hard for people (Sr3D stops at 6)."""
NOT_BARE = ("with ", "without ", "that has ", "that does ", "that faces ", "that stands ", "holding ")
WEIGHTS: dict[str, float] = {
    "closest": 8, "farthest": 6, "near": 5, "between": 7, "left": 4, "right": 4, "in front": 3, "behind": 3,
    "front left": 12, "front right": 12, "front in front": 12, "front behind": 12,
    "above": 5, "below": 5, "on": 5, "supporting": 5, "leftmost": 3, "rightmost": 3, "middle": 3, "not near": 1,
    "opposite": 2, "corner": 3, "against wall": 1.5,
}  # fmt: skip
"""How often a relation is drawn when it is among the choices; 1 if not listed. Known fronts are rare, so they count."""


def drills(objects: Objects, scene_id: str, seed: int, per_label: int = 6) -> Iterator[Utterance]:
    """Sentences about the objects that share their label with others.

    Args:
        objects: the object map.
        scene_id: its name.
        seed: the same seed gives the same sentences.
        per_label: sentences per label with rivals, at most; fewer where little singles anything out.
    """
    rng = random.Random(f"{seed}/{scene_id}/drills")
    at = Layout.of(objects)
    groups = at.groups()
    number = 0
    for rows in groups.values():
        if not 2 <= len(rows) <= MAX_RIVALS:
            continue
        facts = facts_of(at, rows, groups)
        seen: set[str] = set()
        for _ in range(per_label if facts else 0):
            chosen = _draw(facts, rng)
            text = _sentence(at, chosen, len(rows), groups, rng)
            if text in seen:
                continue
            seen.add(text)
            yield _utterance(objects, chosen, text, f"{scene_id}-d-{number:04d}", scene_id, seed)
            number += 1


def _utterance(objects: Objects, facts: list[Fact], text: str, name: str, scene_id: str, seed: int) -> Utterance:
    anchors = tuple(dict.fromkeys(int(objects.id[a]) for fact in facts for a in fact.anchors))
    return Utterance(
        id=name,
        scene_id=scene_id,
        kind="referral",
        text=text,
        target_ids=(int(objects.id[facts[0].row]),),
        anchor_ids=anchors,
        relation=facts[0].word,
        view_dependent=any(fact.view for fact in facts),
        source="template:drill",
        seed=seed,
    )


def _draw(facts: list[Fact], rng: random.Random) -> list[Fact]:
    """A fact, by the weight of its word first; now and then a second one about the same object."""
    by_word: dict[str, list[Fact]] = {}
    for fact in facts:
        by_word.setdefault(fact.word, []).append(fact)
    names = list(by_word)
    word = rng.choices(names, [WEIGHTS.get(name, 1.0) for name in names])[0]
    first = rng.choice(by_word[word])
    more = [f for f in facts if f.row == first.row and f.word != word and not set(f.anchors) & set(first.anchors)]
    if more and rng.random() < 0.2:
        return [first, rng.choice(more)]
    return [first]


def _sentence(at: Layout, facts: list[Fact], count: int, groups: Groups, rng: random.Random) -> str:
    noun = _name(at, facts[0].row, groups, rng)
    plural = lexicon().is_plural(noun)
    nouns = noun if plural else pluralize(noun)
    slots = {"noun": noun, "nouns": nouns, "n": number_word(count), "is": "are" if plural else "is"}
    slots["others"] = "one" if count == 2 and rng.random() < 0.7 else "ones" if rng.random() < 0.3 else nouns
    if count == 2 and slots["others"] == nouns:
        slots["others"] = noun
    if len(facts) == 2:
        phrases = [_after(at, fact, slots, groups, rng) for fact in facts]
        if all(phrases):
            return _two(phrases[0], phrases[1], slots, rng)
    return _one(at, facts[0], slots, groups, rng)


def _one(at: Layout, fact: Fact, slots: dict[str, str], groups: Groups, rng: random.Random) -> str:
    words, word = wordings(), fact.word.removeprefix("front ")
    side = f"facing {word}"
    named = slots | _anchors(at, fact, groups, rng)
    if fact.word.startswith("front "):
        preamble = rng.choice(words["front preamble"])
        if side in words:
            return f"{preamble}, {rng.choice(words[side])}".format(**named)
    elif side in words and rng.random() < 0.4:
        preamble = rng.choice(words["preamble"])
        return f"{preamble}, {rng.choice(words[side])}".format(**named)
    adjectives = (word.removeprefix("color "),) if word.startswith("color ") else words.get(f"before {word}", ())
    if adjectives and (f"after {word}" not in words or rng.random() < 0.55):
        text = rng.choice(words["adjective shape"]).format(**(slots | {"x": rng.choice(adjectives)}))
    else:
        text = _shape(rng.choice(words[f"after {word}"]).format(**named), slots, rng)
    if word in ("leftmost", "rightmost", "middle") and rng.random() < 0.35:
        text = f"{rng.choice(words['group preamble'])}, {text}".format(**slots)
    return text


def _shape(phrase: str, slots: dict[str, str], rng: random.Random) -> str:
    words = wordings()["shape"]
    shape = rng.choice(words)
    if "{bare}" in shape and phrase.startswith(NOT_BARE):
        shape = words[0]
    return shape.format(**(slots | {"x": phrase, "bare": _bare(phrase)}))


def _two(first: str, second: str, slots: dict[str, str], rng: random.Random) -> str:
    words = wordings()["two"]
    shape = rng.choice(words)
    if "{y bare}" in shape and second.startswith(NOT_BARE):
        shape = words[0]
    return shape.format(**(slots | {"x": first, "y": second, "y bare": _bare(second)}))


def _after(at: Layout, fact: Fact, slots: dict[str, str], groups: Groups, rng: random.Random) -> str:
    """The fact as words after a noun, "" where it has none."""
    if fact.word.startswith("color "):
        return "that is " + fact.word.removeprefix("color ")
    options = wordings().get(f"after {fact.word}", ())
    return rng.choice(options).format(**(slots | _anchors(at, fact, groups, rng))) if options else ""


def _anchors(at: Layout, fact: Fact, groups: Groups, rng: random.Random) -> dict[str, str]:
    named = {}
    for slot, row in zip("ab", fact.anchors):
        name = _name(at, row, groups, rng)
        color = f"{at.colors[row]} " if at.colors[row] and rng.random() < 0.12 else ""
        named[slot] = indefinite(color + name, lexicon(), name) if fact.any_anchor else f"the {color}{name}"
    return named


def _name(at: Layout, row: int, groups: Groups, rng: random.Random) -> str:
    """The label, a synonym, or a broader word where nothing else in the room might be meant by it."""
    known, label = lexicon(), at.label[row]
    options = [label, label, *known.names(label)]
    for name in sorted(known.broader_names(label)):
        if not any(known.might_fit(name, other) for other in groups if other != label):
            options += [name, name]
    return rng.choice(options)


def _bare(phrase: str) -> str:
    return phrase.removeprefix("that is ").removeprefix("which is ")
