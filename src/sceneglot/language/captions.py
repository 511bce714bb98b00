"""Captions: of single objects (attributes, size, place) and of whole scenes (a random subset of facts each time)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sceneglot.language.clauses import Clause, Description, Kind
from sceneglot.language.facts import SceneFacts
from sceneglot.language.finder import draw
from sceneglot.language.lexicon import article, indefinite, join, number_word, pluralize, room_functions
from sceneglot.language.predicates import alike, said
from sceneglot.language.realize import Template, read_templates, subject
from sceneglot.language.sentences import choose, fill_units, smooth
from sceneglot.language.speaker import Speaker
from sceneglot.scenes.utterance import Utterance

CAPTION_WORDS = frozenset(
    ("on", "in", "supporting", "containing", "above", "under", "next_to", "beside", "between", "facing", "on_wall",
     "against_wall", "in_corner", "in_center", "from_ceiling")
)  # fmt: skip
"""Relations that tell of the layout without a viewer."""

SAY_STATE = 0.5
"""Share of the captions with a state that are about nothing else."""

DOMINANT = 0.5
"""Share of the objects that makes a colour or material the room's."""


@dataclass(frozen=True)
class _Caption:
    """One caption sentence: where it comes from, and what it speaks of."""

    template: Template
    text: str
    rows: tuple[int, ...] = ()
    relation: str = ""


class Captioner:
    """Captions of one scene and its objects; clauses are only told where the independent checker finds them true."""

    def __init__(self, speaker: Speaker) -> None:
        self.facts, self.finder = speaker.facts, speaker.finder
        self.book, self.checker = speaker.book, speaker.checker
        room = self.facts.room or "room"
        self.room = {"room": room, "a room": f"{article(room)} {room}"}
        self._clauses: dict[tuple[int, Kind], list[list[int]]] = {}

    # Objects ---------------------------------------------------------------------------------------------------------

    def of_objects(self, rng: random.Random, seed: int, per_object: int) -> Iterator[Utterance]:
        """`per_object` captions of every spoken object: true of it, not necessarily of it alone."""
        number = 0
        scene_id = self.facts.graph.scene_id
        for row in np.flatnonzero(self.facts.spoken).tolist():
            seen: set[str] = set()
            for _ in range(per_object):
                caption = self._object(row, rng)
                if caption.text in seen:
                    continue
                seen.add(caption.text)
                yield Utterance(
                    id=f"{scene_id}-o-{number:04d}",
                    scene_id=scene_id,
                    kind="object_caption",
                    text=caption.text,
                    target_ids=self.facts.ids([row]),
                    anchor_ids=self.facts.ids(list(caption.rows)),
                    relation=caption.relation,
                    source=f"template:{caption.template.id}",
                    seed=seed,
                )
                number += 1

    def _object(self, row: int, rng: random.Random) -> _Caption:
        kinds = self.facts.kinds(row)
        one, other = kinds[int(rng.random() * len(kinds))], kinds[int(rng.random() * len(kinds))]
        kind = one if other.is_plain else other  # attributes are what a caption is for
        description = self.facts.describe(kind)
        if kind.state and rng.random() < SAY_STATE:
            return self._state(kind, rng)
        choice = rng.random()
        size = size_words(self.facts, row) if choice < 0.75 else {}
        if choice < 0.55:
            clause = self._clause(row, kind, rng)
            if clause is not None and size and choice > 0.4:
                return self._placed("object both", row, description, clause, rng, size)
            if clause is not None:
                return self._placed("object at", row, description, clause, rng, {})
        section = "object size" if size else "object"
        if choice > 0.75 and not kind.is_plain:
            section = "object look"
        plural = self.facts.words.is_plural(kind.noun)
        template = choose(section, kind.noun, rng, family="captions")
        slots = subject(self.facts, description) | self.room | size
        if section == "object look":
            slots |= self._look(kind)
        slots["stands"] = self.book.stands(row, plural)
        return _Caption(template, template.fill(slots, rng, plural))

    def _state(self, kind: Kind, rng: random.Random) -> _Caption:
        """ "The door is open."; {the n}, {a n} without the state."""
        template = choose("object state", kind.noun, rng, family="captions")
        other = self.facts.describe(kind._replace(state=""))
        slots = self.room | {"the n": self.facts.definite(other), "a n": self.facts.indefinite(other)}
        slots["state"] = self.facts.words.states[kind.state].predicate
        return _Caption(template, template.fill(slots, rng, self.facts.words.is_plural(kind.noun)))

    def _placed(
        self,
        section: str,
        row: int,
        description: Description,
        clause: Clause,
        rng: random.Random,
        more: dict[str, str],
        tail: Clause | None = None,
    ) -> _Caption:
        """A sentence that tells where a thing is."""
        kind = description.kind
        plural = self.facts.words.is_plural(kind.noun)
        places = self.book.names_place(clause)
        template = choose(
            section, kind.noun, rng, places=places, without="" if tail is not None else "tail", family="captions"
        )
        slots = subject(self.facts, description) | self.room | more
        slots["stands"] = self.book.stands(row, plural)
        fill_units(slots, template, [(clause,)], self.book, row, plural, rng)
        if tail is not None and "tail" in template.slots:
            slots["tail"] = self.book.place((tail,), row, plural, rng)
        text = smooth(template.fill(slots, rng, plural))
        return _Caption(template, text, tuple(clause.anchor_rows()), clause.word)

    def _clause(self, row: int, kind: Kind, rng: random.Random) -> Clause | None:
        """A clause that is true of an object by the graph and by the checker, and tells of the layout."""
        groups = self._layout_clauses(row, kind)
        for _ in range(3 if groups else 0):
            clause = self.finder.table.clauses[draw(groups, rng)]
            if self.checker.stands(said(clause), kind)[row]:
                return clause
        return None

    def _layout_clauses(self, row: int, kind: Kind) -> list[list[int]]:
        found = self._clauses.get((row, kind))
        if found is None:
            clauses, groups = self.finder.table.clauses, self.finder.options(row, kind).groups
            told = ([c for c in group if clauses[c].word in CAPTION_WORDS] for group in groups)
            found = self._clauses[row, kind] = [group for group in told if group]
        return found

    def _look(self, kind: Kind) -> dict[str, str]:
        """{look} "round and brown"; {a n}, {the n} without the attributes it names."""
        state = self.facts.words.states[kind.state].predicate if kind.state else ""
        words = [state, kind.shape, kind.color, self.facts.words.materials.get(kind.material, kind.material)]
        plain = self.facts.describe(Kind(kind.noun))
        look = join([w for w in words if w]) if not kind.is_plain else ""
        return {"look": look, "the n": self.facts.definite(plain), "a n": self.facts.indefinite(plain)}

    # Scenes ----------------------------------------------------------------------------------------------------------

    def of_scene(self, rng: random.Random, seed: int, count: int) -> Iterator[Utterance]:
        """`count` captions of the whole scene: what it is, how many of what, how it is laid out, what it is for."""
        facts = self.facts
        if not facts.spoken.any():
            return
        counts = countable(facts)
        seen: set[str] = set()
        for number in range(count):
            parts = list(self._scene(counts, rng))
            text = " ".join(part.text for part in parts)
            if not parts or text in seen:
                continue
            seen.add(text)
            yield Utterance(
                id=f"{facts.graph.scene_id}-s-{number:04d}",
                scene_id=facts.graph.scene_id,
                kind="scene_caption",
                text=text,
                target_ids=facts.ids(list(dict.fromkeys(row for part in parts for row in part.rows))),
                relation=next((part.relation for part in parts if part.relation), ""),
                source="template:" + "+".join(part.template.id for part in parts),
                seed=seed,
            )

    def _scene(self, counts: list[tuple[str, np.ndarray]], rng: random.Random) -> Iterator[_Caption]:
        """A random subset of the scene's facts."""
        facts = self.facts
        chosen = rng.sample(counts, min(len(counts), 2 + int(rng.random() * 3)))
        rows = tuple(int(r) for _, members in chosen for r in members)
        slots = dict(self.room)
        if chosen:
            several = len(chosen[0][1]) > 1
            slots["list"] = join([counted(noun, len(members), facts) for noun, members in chosen])
            slots |= {"are": "are" if several else "is", "make": "make" if several or len(chosen) > 1 else "makes"}
        if chosen and (rng.random() < 0.5 or not facts.room):
            yield self._plain("intro list", slots, rng, rows)
        else:
            if facts.room:
                yield self._plain("intro", slots, rng)
            if chosen and rng.random() < 0.7:
                yield self._plain("counts", slots, rng, rows)
        if rng.random() < 0.2 and (extent := self._extent()):
            yield self._plain("extent", slots | {"extent": extent}, rng)
        yield from self._layout(rng, 1 + int(rng.random() * 3))
        if rng.random() < 0.25:
            yield from self._style(rng)
        if facts.room in room_functions() and rng.random() < 0.4:
            options = room_functions()[facts.room]
            yield self._plain("function", {"function": options[int(rng.random() * len(options))]}, rng)

    def _plain(self, section: str, slots: dict[str, str], rng: random.Random, rows: tuple[int, ...] = ()) -> _Caption:
        template = choose(section, "", rng, family="captions")
        return _Caption(template, template.fill(slots, rng), rows)

    def _layout(self, rng: random.Random, count: int) -> Iterator[_Caption]:
        """Sentences on where things are; objects are called by their label, "a chair" where there are several."""
        facts = self.facts
        rows = np.flatnonzero(facts.spoken).tolist()
        for row in rng.sample(rows, min(count, len(rows))):
            kind = Kind(facts.label[row], color=facts.color[row] if rng.random() < 0.4 else "")
            clause = self._clause(row, kind, rng)
            if clause is None:
                continue
            other = self._clause(row, kind, rng)
            if other is not None and (alike(other, clause) or not self.book.names_place(other)):
                other = None
            description = facts.describe(kind)
            slots = {"the x": facts.mention(description)}
            told = self._placed("layout", row, description, clause, rng, slots, other)
            yield _Caption(told.template, told.text, (row, *told.rows), told.relation)

    def _style(self, rng: random.Random) -> Iterator[_Caption]:
        """The material or colour of most things, where one dominates."""
        facts, objects = self.facts, self.facts.graph.objects
        rows = np.flatnonzero(facts.spoken)
        if len(rows) < 4:
            return
        for words in ([objects.material[r] for r in rows], [facts.color[r] for r in rows]):
            word, number = Counter(words).most_common(1)[0]
            is_material = word in facts.words.materials
            if word and number >= DOMINANT * len(rows):
                options = [t for t in read_templates("captions")["style"] if ("material" in t.slots) == is_material]
                template = options[int(rng.random() * len(options))]
                yield _Caption(template, template.fill({"material": word, "color": word}, rng))
                return

    def _extent(self) -> str:
        """ "about 4 by 5.5 meters", where the floor or walls are labelled and the size is a room's."""
        graph = self.facts.graph
        if not graph.affordances["structural"].any():
            return ""
        short, long = sorted((graph.shell.high - graph.shell.low).tolist())
        return f"about {_half(short)} by {_half(long)} meters" if short >= 1.0 else ""


def size_words(facts: SceneFacts, row: int) -> dict[str, str]:
    """{size} and {measures} in round numbers; empty for flat or tiny things whose box says little, and for those that
    stand on nothing known, and doors and windows: they are often scanned in part."""
    length, height = float(facts.graph.boxes.size[row, :2].max()), float(facts.graph.boxes.size[row, 2])
    in_part = facts.graph.support[row] == -1 or facts.graph.affordances["opening"][row]
    if min(length, height) < 0.15 or in_part:
        return {}
    wide, high = _meters(length), _meters(height)
    return {"size": f"about {wide} wide and {high} high", "measures": f"about {wide} in width and {high} in height"}


def _meters(value: float) -> str:
    if value < 0.95:
        return f"{round(value * 10) * 10} centimeters"
    return "one meter" if _half(value) == "1" else f"{_half(value)} meters"


def _half(value: float) -> str:
    """To the nearest half."""
    return f"{round(value * 2) / 2:g}"


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
