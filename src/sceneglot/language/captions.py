"""Captions: of single objects (attributes first) and of whole scenes (a random subset of facts each time)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import numpy as np

from sceneglot.language.facts import Kind, SceneFacts
from sceneglot.language.lexicon import article, indefinite, join, number_word, pluralize, room_functions
from sceneglot.language.predicates import References, alike, draw
from sceneglot.language.realize import Template, pick, read_templates, says, subject, which
from sceneglot.scenes.utterance import Utterance

CAPTION_WORDS = frozenset(
    ("on", "in", "supporting", "containing", "above", "under", "next_to", "beside", "between", "facing", "on_wall",
     "against_wall", "in_corner", "in_center", "from_ceiling")
)  # fmt: skip
"""Relations that tell of the layout without a viewer."""

DOMINANT = 0.5
"""Share of the objects that makes a colour or material the room's."""


def object_captions(
    facts: SceneFacts, references: References, rng: random.Random, seed: int, per_object: int
) -> Iterator[Utterance]:
    """`per_object` captions of every spoken object: true of it, not necessarily of it alone."""
    number = 0
    for row in np.flatnonzero(facts.spoken):
        seen: set[str] = set()
        for _ in range(per_object):
            template, text, word, anchors = _object_caption(facts, references, int(row), rng)
            if text in seen:
                continue
            seen.add(text)
            yield Utterance(
                id=f"{facts.graph.scene_id}-o-{number:04d}",
                scene_id=facts.graph.scene_id,
                kind="object_caption",
                text=text,
                target_ids=facts.ids([int(row)]),
                anchor_ids=facts.ids(anchors),
                relation=word,
                source=f"template:{template.id}",
                seed=seed,
            )
            number += 1


def _object_caption(
    facts: SceneFacts, references: References, row: int, rng: random.Random
) -> tuple[Template, str, str, list[int]]:
    kinds = references.kinds(row)
    kind = max(rng.sample(kinds, min(2, len(kinds))), key=lambda k: bool(k.color) + bool(k.material) + bool(k.shape))
    description = facts.describe(kind)
    plural = facts.words.is_plural(kind.noun)
    slots = subject(facts, description)
    candidates = [c for c in references.clauses_for(row, kind) if facts.clauses[c].word in CAPTION_WORDS]
    choice = rng.random()
    if candidates and choice < 0.5:
        clause = facts.clauses[draw(np.array(candidates), facts, rng)]
        template = pick("captions", "object at", rng)
        slots["says"], slots["which"] = says(facts, clause, rng, plural), which(facts, clause, rng, plural)
        return template, template.fill(slots, rng, plural), clause.word, clause.anchor_rows()
    size = size_words(facts, row)
    if size and choice < 0.7:
        template = pick("captions", "object size", rng)
        return template, template.fill(slots | {"size": size}, rng, plural), "", []
    template = pick("captions", "object", rng)
    room = facts.room or "room"
    return template, template.fill(slots | {"a room": f"{article(room)} {room}"}, rng, plural), "", []


def size_words(facts: SceneFacts, row: int) -> str:
    """Its size in round numbers, "" for flat or tiny things whose box says little."""
    length, height = float(facts.graph.boxes.size[row, :2].max()), float(facts.graph.boxes.size[row, 2])
    if min(length, height) < 0.15:
        return ""
    return f"about {_meters(length)} wide and {_meters(height)} high"


def _meters(value: float) -> str:
    if value < 0.95:
        return f"{round(value * 10) * 10} centimeters"
    rounded = round(value * 2) / 2
    return "one meter" if rounded == 1 else f"{rounded:g} meters"


def scene_captions(
    facts: SceneFacts, references: References, rng: random.Random, seed: int, count: int
) -> Iterator[Utterance]:
    """`count` captions of the whole scene: what it is, how many of what, how it is laid out, what it is for."""
    if not facts.spoken.any():
        return
    counts = countable(facts)
    seen: set[str] = set()
    for number in range(count):
        sentences, templates, rows, word = [], [], [], ""
        for template, text, mentioned, relation in _facts(facts, references, counts, rng):
            sentences.append(text)
            templates.append(template.id)
            rows += mentioned
            word = word or relation
        text = " ".join(sentences)
        if not sentences or text in seen:
            continue
        seen.add(text)
        yield Utterance(
            id=f"{facts.graph.scene_id}-s-{number:04d}",
            scene_id=facts.graph.scene_id,
            kind="scene_caption",
            text=text,
            target_ids=facts.ids(list(dict.fromkeys(rows))),
            relation=word,
            source="template:" + "+".join(templates),
            seed=seed,
        )


def countable(facts: SceneFacts) -> list[tuple[str, np.ndarray]]:
    """Nouns whose number is certain, with their rows: every object that might be called so certainly is."""
    result = []
    for noun in dict.fromkeys(facts.label[row] for row in np.flatnonzero(facts.spoken)):
        if facts.words.is_countable(noun):
            description = facts.describe(Kind(noun))
            if (description.sure == description.maybe).all():
                result.append((noun, np.flatnonzero(description.sure)))
    return result


def counted(noun: str, number: int, facts: SceneFacts) -> str:
    """ "a desk", "three chairs"."""
    return indefinite(noun, facts.words, noun) if number == 1 else f"{number_word(number)} {pluralize(noun)}"


def _facts(
    facts: SceneFacts, references: References, counts: list[tuple[str, np.ndarray]], rng: random.Random
) -> Iterator[tuple[Template, str, list[int], str]]:
    """A random subset of the scene's facts, each as template, sentence, rows it speaks of, relation."""
    room = facts.room
    chosen = rng.sample(counts, min(len(counts), 2 + int(rng.random() * 3)))
    listed = join([counted(noun, len(rows), facts) for noun, rows in chosen]) if chosen else ""
    rows = [int(r) for _, members in chosen for r in members]
    slots = {"room": room or "room", "a room": f"{article(room or 'room')} {room or 'room'}", "list": listed}
    first_many = bool(chosen) and len(chosen[0][1]) > 1
    slots["are"] = "are" if first_many else "is"
    if listed and (rng.random() < 0.5 or not room):
        template = pick("captions", "intro list", rng)
        yield template, template.fill(slots, rng), rows, ""
    else:
        if room:
            template = pick("captions", "intro", rng)
            yield template, template.fill(slots, rng), [], ""
        if listed and rng.random() < 0.7:
            template = pick("captions", "counts", rng)
            yield template, template.fill(slots, rng), rows, ""
    yield from _layout(facts, references, rng, 1 + int(rng.random() * 2))
    if rng.random() < 0.25:
        yield from _style(facts, rng)
    if room in room_functions() and rng.random() < 0.4:
        options = room_functions()[room]
        template = pick("captions", "function", rng)
        yield template, template.fill({"function": options[int(rng.random() * len(options))]}, rng), [], ""


def _layout(
    facts: SceneFacts, references: References, rng: random.Random, count: int
) -> Iterator[tuple[Template, str, list[int], str]]:
    """Sentences on where things are; objects are called by their label, "a chair" where there are several."""
    candidates = np.array([c.index for c in facts.clauses if c.word in CAPTION_WORDS], np.int64)
    used: list[int] = []
    for _ in range(count):
        if not len(candidates):
            return
        clause = facts.clauses[draw(candidates, facts, rng)]
        rows = np.flatnonzero(references.usable[clause.index])
        rows = rows[~np.isin(rows, used)]
        if not len(rows):
            continue
        row = int(rows[int(rng.random() * len(rows))])
        used.append(row)
        kind = Kind(facts.label[row], color=facts.color[row] if rng.random() < 0.4 else "")
        description = facts.describe(kind)
        plural = facts.words.is_plural(kind.noun)
        slots = subject(facts, description)
        slots["the x"] = facts.mention(description)
        slots["says"], slots["which"] = says(facts, clause, rng, plural), which(facts, clause, rng, plural)
        others = [
            c
            for c in references.clauses_for(row, kind)
            if facts.clauses[c].word in CAPTION_WORDS
            and not alike(facts.clauses[c], clause)
            and not facts.clauses[c].noun
        ]
        template = pick("captions", "layout", rng)
        if "tail" in template.slots:
            tails = [
                t for c in others if (t := which(facts, facts.clauses[c], rng, plural)) and not t.startswith("with ")
            ]
            if not tails or clause.word in ("supporting", "containing", "facing"):
                continue
            slots["tail"] = tails[int(rng.random() * len(tails))]
        yield template, template.fill(slots, rng, plural), [row, *clause.anchor_rows()], clause.word


def _style(facts: SceneFacts, rng: random.Random) -> Iterator[tuple[Template, str, list[int], str]]:
    """The material or colour of most things, where one dominates."""
    objects = facts.graph.objects
    rows = np.flatnonzero(facts.spoken)
    if len(rows) < 4:
        return
    for words in ([objects.material[r] for r in rows], [facts.color[r] for r in rows]):
        word, number = Counter(words).most_common(1)[0]
        is_material = word in facts.words.materials
        if word and number >= DOMINANT * len(rows):
            options = [t for t in read_templates("captions")["style"] if ("material" in t.slots) == is_material]
            template = options[int(rng.random() * len(options))]
            yield template, template.fill({"material": word, "color": word}, rng), [], ""
            return
