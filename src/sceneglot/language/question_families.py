"""The families of questions: each yields its candidates for a scene, with answers, before any text is written."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sceneglot.language.colors import SPELLINGS
from sceneglot.language.facts import Clause, Description, Kind, SceneFacts
from sceneglot.language.lexicon import number_word, pluralize
from sceneglot.language.predicates import Reference, References
from sceneglot.language.realize import anchor_slots, forms, says, subject, which
from sceneglot.language.realize import place as place_text

Slots = Mapping[str, str]

PLACES = frozenset(
    ("on", "in", "under", "above", "next_to", "left", "right", "in_front", "behind", "between", "on_wall",
     "against_wall", "in_corner", "in_center", "from_ceiling")
)  # fmt: skip
"""Words that answer "where"."""

ASKED_PLACES = PLACES | {"beside", "close", "adjacent", "facing", "below"}
"""Words that may locate what a question is about."""

MOST_YES_NO = 12
"""Yeses, and noes, per family and scene among which to draw."""

MOST_COUNTED = 10
"""Questions ask for numbers up to this."""

COMMON = (
    "chair", "table", "bed", "couch", "desk", "door", "window", "cabinet", "bookshelf", "lamp", "curtain", "mirror",
    "toilet", "sink", "bathtub", "refrigerator", "tv", "monitor", "keyboard", "laptop", "pillow", "plant", "picture",
    "trash can", "box", "rug", "clock", "nightstand", "dresser", "stool", "armchair", "bench", "microwave", "stove",
    "backpack", "towel", "wardrobe", "printer", "whiteboard", "radiator", "ottoman", "basket", "vase", "piano",
    "bicycle", "fan",
)  # fmt: skip
"""Kinds of things a room may lack: asked for where absent."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A question that could be asked.

    Attributes:
        section: section of `templates/questions.txt`.
        answers: accepted answers, most usual first.
        balance: the answer (or its kind) by which candidates are balanced.
        slots: makes the slots of the template, or None where the object cannot be singled out.
        rows: rows the answer is about; anchors: rows mentioned.
    """

    section: str
    answers: tuple[str, ...]
    balance: str
    slots: Callable[[], Slots | None]
    rows: tuple[int, ...]
    anchors: tuple[int, ...] = ()
    relation: str = ""
    view_dependent: bool = False
    plural: bool = False


@dataclass(eq=False)
class Asker:
    """What the families share: facts, references and the scene's random numbers."""

    facts: SceneFacts
    references: References
    rng: random.Random
    _objects: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._objects = [int(r) for r in np.flatnonzero(self.facts.spoken)]
        self._refer_memory: dict[tuple[int, bool, frozenset[str]], Reference | None] = {}

    @property
    def rows(self) -> list[int]:
        """Rows worth asking about."""
        return self._objects

    @cached_property
    def unique_rows(self) -> list[int]:
        """Rows whose noun alone singles them out."""
        return [r for r in self.rows if self.references.bare(r, Kind(self.noun(r))) is not None]

    @cached_property
    def asked_clauses(self) -> list[Clause]:
        """Clauses that locate something, without superlatives."""
        return [c for c in self.facts.clauses if c.word in ASKED_PLACES and not c.noun]

    def noun(self, row: int) -> str:
        """The label of an object."""
        return self.facts.label[row]

    def refer(self, row: int, *, colored: bool = True, avoid: frozenset[str] = frozenset()) -> Reference | None:
        """A way to single out an object: the noun where unique, else with a colour or one relation.

        Args:
            colored: whether its colour may be named (not where it is asked).
            avoid: relation words that would give the answer away.
        """
        key = (row, colored, avoid)
        if key not in self._refer_memory:
            self._refer_memory[key] = self._refer(row, colored, avoid)
        return self._refer_memory[key]

    def _refer(self, row: int, colored: bool, avoid: frozenset[str]) -> Reference | None:
        plain = self.references.bare(row, Kind(self.noun(row)))
        if plain is not None:
            return plain
        color = self.facts.color[row]
        if colored and color and self.rng.random() < 0.7:
            found = self.references.bare(row, Kind(self.noun(row), color=color))
            if found is not None:
                return found
        return self.references.with_clauses(row, Kind(self.noun(row)), self.rng, avoid, most=1)

    def named(self, reference: Reference) -> str:
        """ "the chair next to the desk"."""
        text = self.facts.definite(reference.description)
        plural = self.facts.words.is_plural(reference.description.kind.noun)
        for clause in reference.clauses:
            text += " " + which(self.facts, clause, self.rng, plural)
        return text

    def clause_text(self, clause: Clause) -> str:
        """The clause as words after "is"."""
        options = forms(clause.word, "is")
        template = options[int(self.rng.random() * len(options))]
        return "".join(
            str(v) if kind == "text" else anchor_slots(self.facts, clause)[str(v)] for kind, v in template.pieces
        )

    def answer_names(self, row: int) -> tuple[str, ...]:
        """An object as an answer: its label and two synonyms."""
        return self.facts.words.names(self.noun(row))[:3]


def numbers(n: int) -> tuple[str, ...]:
    """Accepted spellings of a number."""
    return (str(n), number_word(n), "none") if n == 0 else (str(n), number_word(n))


def colors(word: str) -> tuple[str, ...]:
    """Accepted spellings of a colour."""
    return (word, *SPELLINGS.get(word, ()))


def _about(
    asker: Asker, reference: Reference | None, extra: Callable[[Reference], Slots] | None = None
) -> Callable[[], Slots | None]:
    """Slots of a question about one object."""

    def slots() -> Slots | None:
        if reference is None:
            return None
        base = subject(asker.facts, reference.description) | {"the x": asker.named(reference)}
        return base | dict(extra(reference)) if extra else base

    return slots


def _is_plural(asker: Asker, row: int) -> bool:
    return asker.facts.words.is_plural(asker.noun(row))


# Place ---------------------------------------------------------------------------------------------------------------


def place(asker: Asker) -> Iterator[Candidate]:
    """Where is X? Every place of X that is certain counts; the first answer is drawn evenly over the place words."""
    facts = asker.facts
    for row in asker.rows:
        clauses = [facts.clauses[c] for c in np.flatnonzero(asker.references.usable[:, row])]
        clauses = [c for c in clauses if c.word in PLACES and all(a.kind.is_plain for a in c.anchors)]
        by_word: dict[str, list[Clause]] = {}
        for clause in clauses:
            by_word.setdefault(clause.word, []).append(clause)
        reference = asker.refer(row, avoid=PLACES) if clauses else None
        if reference is None:
            continue
        for word, members in by_word.items():
            first = members[int(asker.rng.random() * len(members))]
            others = [c for c in clauses if c is not first]
            chosen = [first, *asker.rng.sample(others, min(2, len(others)))]
            answers = [place_text(facts, first, "short"), place_text(facts, first, "long")]
            answers += [place_text(facts, c, "short") for c in chosen[1:]]
            yield Candidate(
                "place",
                tuple(dict.fromkeys(answers)),
                word,
                _about(asker, reference),
                (row,),
                tuple(r for c in (*chosen, *reference.clauses) for r in c.anchor_rows()),
                word,
                first.view_dependent or reference.view_dependent,
                _is_plural(asker, row),
            )


# Number --------------------------------------------------------------------------------------------------------------


def _certain(description: Description) -> bool:
    return bool((description.sure == description.maybe).all())


def count(asker: Asker) -> Iterator[Candidate]:
    """How many X are there? Also of a colour, also of what is absent."""
    facts = asker.facts
    kinds = dict.fromkeys(Kind(asker.noun(row)) for row in asker.rows)
    kinds |= dict.fromkeys(Kind(asker.noun(row), color=facts.color[row]) for row in asker.rows if facts.color[row])
    absent = [noun for noun in COMMON if not facts.describe(Kind(noun)).maybe.any()]
    kinds |= dict.fromkeys(Kind(noun) for noun in asker.rng.sample(absent, min(4, len(absent))))
    for kind in kinds:
        description = facts.describe(kind)
        n = int(description.sure.sum())
        if n <= MOST_COUNTED and facts.words.is_countable(kind.noun) and _certain(description):
            yield _count(asker, "count", description, n, None, np.flatnonzero(description.sure))


def count_where(asker: Asker) -> Iterator[Candidate]:
    """How many X are next to Y? Zero only where the scene has X elsewhere."""
    facts = asker.facts
    kinds = dict.fromkeys(Kind(asker.noun(row)) for row in asker.rows if facts.words.is_countable(asker.noun(row)))
    for kind in kinds:
        description = facts.describe(kind)
        if not _certain(description) or description.sure.sum() < 2:
            continue
        for clause in facts.clauses:
            if clause.word not in ASKED_PLACES or any((a.maybe & description.maybe).any() for a in clause.anchors):
                continue
            sure, maybe = facts.sure[clause.index] & description.sure, facts.maybe[clause.index] & description.maybe
            n = int(sure.sum())
            if (sure == maybe).all() and n <= MOST_COUNTED:
                rows = np.flatnonzero(sure) if n else np.flatnonzero(description.sure)
                yield _count(asker, "count where", description, n, clause, rows)


def count_on(asker: Asker) -> Iterator[Candidate]:
    """How many things are on X?"""
    facts = asker.facts
    for clause in facts.clauses:
        if clause.word not in ("on", "in", "on_wall", "in_corner"):
            continue
        rows = np.flatnonzero(facts.sure[clause.index])
        certain = (facts.sure[clause.index] == facts.maybe[clause.index]).all()
        plural = any(not facts.words.is_countable(asker.noun(int(r))) for r in rows)
        if certain and not plural and len(rows) <= MOST_COUNTED:
            yield _count(asker, "count on", None, len(rows), clause, rows)


def _count(
    asker: Asker, section: str, description: Description | None, n: int, clause: Clause | None, rows: np.ndarray
) -> Candidate:
    def slots() -> Slots:
        filled = {"room": asker.facts.graph.room_type or "room"}
        if description is not None:
            kind = description.kind
            filled["xs"] = " ".join(w for w in (kind.color, pluralize(kind.noun)) if w)
        if clause is not None:
            filled["clause"] = asker.clause_text(clause)
        return filled

    return Candidate(
        section,
        numbers(n),
        str(n),
        slots,
        tuple(int(r) for r in rows),
        tuple(clause.anchor_rows()) if clause else (),
        clause.word if clause else "",
        clause.view_dependent if clause else False,
    )


# Colour, shape, material ---------------------------------------------------------------------------------------------


def color(asker: Asker) -> Iterator[Candidate]:
    """What color is X? Not of things whose colour one knows without looking."""
    for row in asker.rows:
        word = asker.facts.color[row]
        if not word or asker.noun(row) in asker.facts.words.color_given:
            continue
        yield from _attribute(asker, "color", row, colors(word), word, colored=False)


def shape(asker: Asker) -> Iterator[Candidate]:
    """What shape is X?"""
    for row in asker.rows:
        word = asker.facts.graph.objects.shape[row]
        if word:
            yield from _attribute(asker, "shape", row, (word,), word)


def type_material(asker: Asker) -> Iterator[Candidate]:
    """What type of material is X made of?"""
    for row in asker.rows:
        word = asker.facts.graph.objects.material[row]
        if word in asker.facts.words.materials:
            yield from _attribute(asker, "type material", row, (word,), word)


def what_made(asker: Asker) -> Iterator[Candidate]:
    """What is X made of?"""
    for row in asker.rows:
        word = asker.facts.graph.objects.material[row]
        if word in asker.facts.words.materials:
            yield from _attribute(asker, "what made", row, (word,), word)


def _attribute(
    asker: Asker, section: str, row: int, answers: tuple[str, ...], balance: str, colored: bool = True
) -> Iterator[Candidate]:
    reference = asker.refer(row, colored=colored)
    if reference is not None:
        anchors, view, plural = tuple(reference.anchor_rows()), reference.view_dependent, _is_plural(asker, row)
        word = reference.clauses[0].word if reference.clauses else ""
        yield Candidate(section, answers, balance, _about(asker, reference), (row,), anchors, word, view, plural)


# Objects -------------------------------------------------------------------------------------------------------------


def _answered(asker: Asker, clause: Clause, among: np.ndarray | None = None) -> list[int]:
    """Rows of the only kind of thing that a clause may mean; empty where kinds differ or somebody might say another."""
    facts = asker.facts
    sure, maybe = facts.sure[clause.index], facts.maybe[clause.index]
    if among is not None:
        sure, maybe = sure & among, maybe & among
    rows = np.flatnonzero(sure)
    if not len(rows) or clause.noun or not forms(clause.word, "is"):
        return []
    noun = asker.noun(int(rows[0]))
    certain = facts.describe(Kind(noun)).maybe
    return [int(r) for r in rows] if not (maybe & ~certain).any() else []


def what(asker: Asker) -> Iterator[Candidate]:
    """What is next to X?"""
    for clause in asker.facts.clauses:
        if clause.word in ASKED_PLACES:
            rows = _answered(asker, clause)
            if rows and all(asker.noun(r) == asker.noun(rows[0]) for r in rows):
                yield _what(asker, "what", clause, rows, {})


def what_color(asker: Asker) -> Iterator[Candidate]:
    """What is the red object next to X?"""
    facts = asker.facts
    shades = sorted({facts.color[row] for row in asker.rows if facts.color[row]})
    every = facts.spoken | facts.maybe.any(0)
    for word in shades:
        among = np.array([word in maybe for maybe in facts.color_maybe]) & every
        for clause in facts.clauses:
            if clause.word not in ASKED_PLACES:
                continue
            rows = _answered(asker, clause, among)
            if rows and all(asker.noun(r) == asker.noun(rows[0]) and facts.color[r] == word for r in rows):
                yield _what(asker, "what color", clause, rows, {"color": word})


def type_thing(asker: Asker) -> Iterator[Candidate]:
    """What type of object is next to X?"""
    for clause in asker.facts.clauses:
        if clause.word in ASKED_PLACES:
            rows = _answered(asker, clause)
            if rows and all(asker.noun(r) == asker.noun(rows[0]) for r in rows):
                yield _what(asker, "type thing", clause, rows, {})


def type_of(asker: Asker) -> Iterator[Candidate]:
    """What type of chair is next to X? Only where the scene's label says more than the noun."""
    facts = asker.facts
    for row in asker.rows:
        label = asker.noun(row)
        broad = label.split()[-1]
        if broad == label or broad not in facts.words.broader_names(label) or not facts.words.is_countable(label):
            continue
        among = facts.describe(Kind(broad)).maybe
        for clause in facts.clauses:
            if clause.word not in ASKED_PLACES or not asker.references.usable[clause.index, row]:
                continue
            rows = _answered(asker, clause, among)
            if row in rows and all(asker.noun(r) == label for r in rows):
                yield _what(asker, "type", clause, rows, {"broad": broad})


def type_room(asker: Asker) -> Iterator[Candidate]:
    """What type of room is this?"""
    room = asker.facts.graph.room_type
    if room:
        yield Candidate("type room", (room,), room, dict, tuple(asker.rows[:1]))


def what_has(asker: Asker) -> Iterator[Candidate]:
    """What is the object that has X on it?"""
    facts = asker.facts
    for clause in facts.clauses:
        if clause.word in ("supporting", "containing", "facing"):
            rows = np.flatnonzero(facts.sure[clause.index])
            if len(rows) == 1 and not (facts.maybe[clause.index] & ~facts.sure[clause.index]).any():
                yield _what(asker, "what has", clause, [int(rows[0])], {})


def which_object(asker: Asker) -> Iterator[Candidate]:
    """Which object is next to X?"""
    for clause in asker.facts.clauses:
        if clause.word in ASKED_PLACES:
            rows = _answered(asker, clause)
            if len(rows) == 1 and asker.facts.words.is_countable(asker.noun(rows[0])):
                yield _what(asker, "which", clause, rows, {})


def _what(asker: Asker, section: str, clause: Clause, rows: list[int], extra: Slots) -> Candidate:
    def slots() -> Slots:
        filled = {"says": says(asker.facts, clause, asker.rng, False), **extra}
        if forms(clause.word, "is"):
            filled["clause"] = asker.clause_text(clause)
        return filled

    answers = asker.answer_names(rows[0])
    anchors = tuple(clause.anchor_rows())
    return Candidate(section, answers, answers[0], slots, tuple(rows), anchors, clause.word, clause.view_dependent)


# Yes and no, sides, comparisons --------------------------------------------------------------------------------------


def exists(asker: Asker) -> Iterator[Candidate]:
    """Is there an X in the room? As many kinds that are missing as are there."""
    facts = asker.facts
    here = [n for n in dict.fromkeys(asker.noun(r) for r in asker.rows) if n in COMMON]
    absent = [n for n in COMMON if not facts.describe(Kind(n)).maybe.any()]
    number = min(len(here), len(absent), 6)
    for noun in asker.rng.sample(here, number):
        description = facts.describe(Kind(noun))
        yield _yes_no("exists", True, lambda d=description: subject(facts, d), np.flatnonzero(description.sure))
    for noun in asker.rng.sample(absent, number):
        yield _yes_no("exists", False, lambda n=noun: subject(facts, facts.describe(Kind(n))), np.zeros(0, np.int64))


def exists_where(asker: Asker) -> Iterator[Candidate]:
    """Is there an X next to Y? In the noes X and Y are both there, apart."""
    facts = asker.facts
    nouns = [n for n in dict.fromkeys(asker.noun(r) for r in asker.rows) if facts.words.is_countable(n)]
    every = [facts.describe(Kind(noun)) for noun in nouns]
    clauses = asker.asked_clauses
    if not every or not clauses:
        return
    index = [c.index for c in clauses]
    fits, might = np.stack([d.sure for d in every], 1), np.stack([d.maybe for d in every], 1)
    true = facts.sure[index].astype(np.int32) @ fits.astype(np.int32) > 0
    possible = facts.maybe[index].astype(np.int32) @ might.astype(np.int32) > 0
    for yes, at, noun_at in _cells(asker, true, ~possible):
        clause, description = clauses[at], every[noun_at]
        if any((a.maybe & description.maybe).any() for a in clause.anchors):
            continue
        rows = np.flatnonzero(facts.sure[clause.index] & description.sure if yes else description.sure)

        def slots(d: Description = description, c: Clause = clause) -> Slots:
            return subject(facts, d) | {"clause": asker.clause_text(c)}

        yield _yes_no("exists where", yes, slots, rows, clause)


def is_there(asker: Asker) -> Iterator[Candidate]:
    """Is X next to Y?"""
    facts = asker.facts
    clauses = asker.asked_clauses
    unique = asker.unique_rows
    if not clauses or not unique:
        return
    cells = np.ix_([c.index for c in clauses], unique)
    for yes, at, row_at in _cells(asker, facts.sure[cells], ~facts.maybe[cells]):
        clause, row = clauses[at], unique[row_at]
        if any(a.maybe[row] for a in clause.anchors):
            continue

        def extra(_: Reference, c: Clause = clause) -> Slots:
            return {"clause": asker.clause_text(c)}

        reference = asker.references.bare(row, Kind(asker.noun(row)))
        yield _yes_no("is", yes, _about(asker, reference, extra), np.array([row]), clause, _is_plural(asker, row))


def _cells(asker: Asker, yes: np.ndarray, no: np.ndarray) -> Iterator[tuple[bool, int, int]]:
    """A few random cells of two boolean matrices, as many noes as yeses: (yes, row, column)."""
    drawn = []
    for answer, matrix in ((True, yes), (False, no)):
        rows, columns = np.nonzero(matrix)
        order = asker.rng.sample(range(len(rows)), min(MOST_YES_NO, len(rows)))
        drawn.append([(answer, int(rows[at]), int(columns[at])) for at in order])
    number = min(map(len, drawn))
    for cells in drawn:
        yield from cells[:number]


def is_color(asker: Asker) -> Iterator[Candidate]:
    """Is X red? The wrong colour is one that something else in the scene has."""
    facts = asker.facts
    shades = sorted({facts.color[row] for row in asker.rows if facts.color[row]})
    for row in asker.rows:
        word = facts.color[row]
        if not word or asker.noun(row) in facts.words.color_given:
            continue
        others = [s for s in shades if s not in facts.color_maybe[row]]
        reference = asker.refer(row, colored=False)
        if reference is None or not others:
            continue
        for asked in (word, others[int(asker.rng.random() * len(others))]):
            plural = _is_plural(asker, row)
            slots = _about(asker, reference, lambda _, a=asked: {"color": a})
            yield _yes_no("is color", asked == word, slots, np.array([row]), None, plural, reference)


def same_color(asker: Asker) -> Iterator[Candidate]:
    """Do X and Y have the same color?"""
    facts = asker.facts
    unique = [r for r in asker.unique_rows if facts.color[r] and not _is_plural(asker, r)]
    for _ in range(min(12, len(unique) * (len(unique) - 1) // 2)):
        a, b = asker.rng.sample(unique, 2)
        same = facts.color[a] == facts.color[b]
        if same or not (facts.color_maybe[a] & facts.color_maybe[b]):

            def slots(a: int = a, b: int = b) -> Slots:
                one, two = facts.describe(Kind(asker.noun(a))), facts.describe(Kind(asker.noun(b)))
                return {"Do": "Do", "the x": facts.definite(one), "the y": facts.definite(two)}

            yield _yes_no("same color", same, slots, np.array([a, b]))


def more(asker: Asker) -> Iterator[Candidate]:
    """Are there more X than Y?"""
    facts = asker.facts
    kinds = dict.fromkeys(Kind(asker.noun(r)) for r in asker.rows if facts.words.is_countable(asker.noun(r)))
    certain = [d for d in map(facts.describe, kinds) if _certain(d)]
    for _ in range(min(12, len(certain) * (len(certain) - 1))):
        if len(certain) < 2:
            return
        a, b = asker.rng.sample(certain, 2)
        if a.sure.sum() == b.sure.sum() or (a.maybe & b.maybe).any():
            continue

        def slots(a: Description = a, b: Description = b) -> Slots:
            return {"room": "room", "xs": pluralize(a.kind.noun), "ys": pluralize(b.kind.noun)}

        yield _yes_no("more", bool(a.sure.sum() > b.sure.sum()), slots, np.flatnonzero(a.sure | b.sure))


def _yes_no(
    section: str,
    yes: bool,
    slots: Callable[[], Slots | None],
    rows: np.ndarray,
    clause: Clause | None = None,
    plural: bool = False,
    reference: Reference | None = None,
) -> Candidate:
    anchors = [*(clause.anchor_rows() if clause else ()), *(reference.anchor_rows() if reference else ())]
    view = bool(clause and clause.view_dependent) or bool(reference and reference.view_dependent)
    answer = "yes" if yes else "no"
    word = clause.word if clause else (reference.clauses[0].word if reference and reference.clauses else "")
    return Candidate(section, (answer,), answer, slots, tuple(int(r) for r in rows), tuple(anchors), word, view, plural)


SIDE_ANSWERS = {
    "left": ("left", "left side", "on the left"),
    "right": ("right", "right side", "on the right"),
    "in_front": ("front", "in front"),
    "behind": ("back", "behind"),
}


def side(asker: Asker) -> Iterator[Candidate]:
    """On what side of Y is X? Only where X is on no other side of Y, even to a generous eye."""
    facts = asker.facts
    at = {(c.word, c.anchors[0].kind): c for c in facts.clauses if c.word in SIDE_ANSWERS}
    for (word, anchor), clause in at.items():
        if not clause.anchors[0].is_unique:
            continue
        for row in np.flatnonzero(asker.references.usable[clause.index]):
            rivals = [at[w, anchor] for w in SIDE_ANSWERS if w != word and (w, anchor) in at]
            if any(facts.maybe[c.index, row] for c in rivals):
                continue
            reference = asker.references.bare(int(row), Kind(asker.noun(int(row))))
            if reference is None:
                continue

            def extra(_: Reference, c: Clause = clause) -> Slots:
                return {"anchor": facts.mention(c.anchors[0])}

            yield Candidate(
                "side",
                SIDE_ANSWERS[word],
                word,
                _about(asker, reference, extra),
                (int(row),),
                tuple(clause.anchor_rows()),
                word,
                True,
                _is_plural(asker, int(row)),
            )


def nearer(asker: Asker) -> Iterator[Candidate]:
    """Which is closer to Z, X or Y? With a clear lead by centres and by gaps."""
    facts, boxes = asker.facts, asker.facts.graph.boxes
    unique = asker.unique_rows
    lead = facts.graph.thresholds.runner_up
    for _ in range(12 if len(unique) >= 3 else 0):
        z, x, y = asker.rng.sample(unique, 3)
        far = np.linalg.norm(boxes.center[[x, y]] - boxes.center[z], axis=1)
        gap = boxes.gap[[x, y], z]
        if abs(far[0] - far[1]) < 2 * lead or (far[0] - far[1]) * (gap[0] - gap[1]) <= 0:
            continue
        answer = x if far[0] < far[1] else y

        def slots(x: int = x, y: int = y, z: int = z) -> Slots:
            named = [facts.definite(facts.describe(Kind(asker.noun(r)))) for r in (x, y, z)]
            return {"the x": named[0], "the y": named[1], "anchor": named[2]}

        names = asker.answer_names(answer)
        balance = "first" if answer == x else "second"
        yield Candidate("nearer", names, balance, slots, (answer,), (z, y if answer == x else x), "closest")
