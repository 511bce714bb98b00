"""Facts: everything that can be said of a scene, as columns of true, false and doubtful."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from sceneglot.graph.build import EXTREME_MAX, SceneGraph
from sceneglot.graph.relations import ID, NEVER, PAIR_RELATIONS, ROOM_RELATIONS
from sceneglot.graph.relations_multi import between, extreme
from sceneglot.language.bits import bits_of
from sceneglot.language.clauses import NEEDS_THE_ANCHOR, PAIR_WORDS, ROOM_WORDS, Clause, Description, Kind
from sceneglot.language.colors import object_colors
from sceneglot.language.lexicon import Lexicon, indefinite, lexicon, normalize

CLEAR = 0.02
"""Metres by which a fact must hold to be said, and fail to be denied."""

MAX_BETWEEN = 24
"""Pairs of anchors per scene that "between" is tried with."""

_PAIR_IDS = tuple([tuple(ID[name] for name in pair[which]) for pair in PAIR_WORDS.values()] for which in (0, 1))


class SceneFacts:
    """Descriptions and clauses of one scene graph.

    Attributes:
        graph: the scene graph.
        words: the lexicon.
        room: the room's type in words, "" where unknown.
        label: K normalised labels.
        spoken: (K,) rows worth speaking of.
        color: K colour words, "" where unsure; color_maybe: K sets of words that might be used.
        state: K states that there are words for, "" where unknown.
        clauses: all clauses that are sure of at least one spoken object.
        sure, maybe: (C, K) boolean columns of the clauses: clearly true; not clearly false.
        sure_bits, maybe_bits: the same as numbers, see `bits`.
    """

    def __init__(self, graph: SceneGraph, words: Lexicon | None = None) -> None:
        objects = graph.objects
        self.graph = graph
        self.words = words or lexicon()
        self.room = normalize(graph.room_type)
        self.label = [normalize(text) for text in objects.label]
        structural = graph.affordances["structural"]
        self._speakable = ~structural
        self.spoken = np.array([self.words.is_spoken(text) for text in self.label], bool) & self._speakable
        self.color, self.color_maybe = object_colors(objects)
        self.state = [self.words.state_of(text) for text in objects.state]
        self._ids = objects.id.tolist()
        self._descriptions: dict[Kind, Description] = {}
        self._kinds: dict[int, list[Kind]] = {}
        self._phrases: dict[Description, tuple[str, str]] = {}
        self._fits: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.clauses = [
            Clause(c.word, c.anchors, c.sure, c.maybe, c.noun, index) for index, c in enumerate(self._all_clauses())
        ]
        shape = len(self.clauses), len(objects)
        sure = np.array([c.sure for c in self.clauses]).reshape(shape)
        maybe = np.array([c.maybe for c in self.clauses]).reshape(shape)
        self.sure = (sure > CLEAR) & self.spoken
        self.maybe = (maybe > -CLEAR) & self._speakable
        self.sure_bits, self.maybe_bits = bits_of(self.sure), bits_of(self.maybe)

    # Descriptions ----------------------------------------------------------------------------------------------------

    def describe(self, kind: Kind) -> Description:
        """Which objects a kind fits; structural objects never."""
        found = self._descriptions.get(kind)
        if found is None:
            sure, maybe = (column.copy() for column in self._noun_columns(kind.noun))
            objects = self.graph.objects
            for row in np.flatnonzero(maybe):
                fits, might = self._attributes_fit(kind, int(row), objects.material[row], objects.shape[row])
                sure[row] &= fits
                maybe[row] &= might
            found = self._descriptions[kind] = Description(kind, sure, maybe)
        return found

    def kinds(self, row: int) -> list[Kind]:
        """Kinds of an object, by its label and the names that mean the same."""
        found = self._kinds.get(row)
        if found is None:
            found = self._kinds[row] = list(self.kinds_of(row, self.words.names(self.label[row])))
        return found

    def kinds_of(self, row: int, nouns: tuple[str, ...] | None = None) -> Iterator[Kind]:
        """Kinds that surely fit an object, from plain to detailed, for each of the nouns (default: its label)."""
        objects = self.graph.objects
        material, shape, state = objects.material[row], objects.shape[row], self.state[row]
        adjective = self.words.materials.get(material, "")
        for noun in nouns or (self.label[row],):
            yield Kind(noun)
            color = "" if noun.startswith(self.color[row]) else self.color[row]  # a white board is white
            made = material if adjective and not _says(noun, material, adjective) else ""  # no "paper paper"
            outline = "" if _says(noun, shape) else shape
            if color:
                yield Kind(noun, color=color)
            if made:
                yield Kind(noun, material=made)
            if outline:
                yield Kind(noun, shape=outline)
            if color and outline:
                yield Kind(noun, color=color, shape=outline)
            if color and made:
                yield Kind(noun, color=color, material=made)
            if state and not noun.startswith(state):  # no "open open door"
                yield Kind(noun, state=state)
                if color:
                    yield Kind(noun, color=color, state=state)

    def definite(self, description: Description) -> str:
        """ "the brown chair"."""
        return self.phrases(description)[0]

    def indefinite(self, description: Description) -> str:
        """ "a brown chair", "books"."""
        return self.phrases(description)[1]

    def phrases(self, description: Description) -> tuple[str, str]:
        """Definite and indefinite, computed once: "the brown chair", "a brown chair"."""
        found = self._phrases.get(description)
        if found is None:
            phrase = description.kind.phrase(self.words)
            found = f"the {phrase}", indefinite(phrase, self.words, description.kind.noun)
            self._phrases[description] = found
        return found

    def mention(self, description: Description) -> str:
        """Definite where only one object can be meant, else indefinite."""
        return self.definite(description) if description.is_unique else self.indefinite(description)

    def ids(self, rows: np.ndarray | list[int]) -> tuple[int, ...]:
        """Object ids of rows."""
        return tuple([self._ids[row] for row in rows])

    # Clauses ---------------------------------------------------------------------------------------------------------

    def _all_clauses(self) -> list[Clause]:
        if not self.spoken.any():
            return []
        anchors = self.anchors
        return [
            *self._room_clauses(),
            *self._pair_clauses(anchors),
            *self._between_clauses(anchors),
            *self._extreme_clauses(anchors),
        ]

    @cached_property
    def anchors(self) -> list[Description]:
        """Plain nouns of the scene, and ones with colour or state that single out one object of an ambiguous noun."""
        found: dict[Kind, Description] = {}
        for row in np.flatnonzero(self.spoken):
            plain = self.describe(Kind(self.label[row]))
            found[plain.kind] = plain
            if plain.is_unique:
                continue
            for detailed in (
                Kind(plain.kind.noun, color=self.color[row]),
                Kind(plain.kind.noun, state=self.state[row]),
            ):
                if not detailed.is_plain and self.describe(detailed).is_unique:
                    found[detailed] = self.describe(detailed)
        return list(found.values())

    def _room_clauses(self) -> Iterator[Clause]:
        names = [r.name for r in ROOM_RELATIONS]
        for word, relations in ROOM_WORDS.items():
            rows = [names.index(name) for name in relations]
            sure, maybe = self.graph.to_room.sure[rows].max(0), self.graph.to_room.maybe[rows].max(0)
            if (sure[self.spoken] > CLEAR).any():
                yield Clause(word, (), sure, maybe)

    def _pair_clauses(self, anchors: list[Description]) -> Iterator[Clause]:
        words = list(PAIR_WORDS)
        for anchor in anchors:
            sure_columns, maybe_columns = self._columns(self.pair_sure, anchor.sure), None
            true = (sure_columns[:, self.spoken] > CLEAR).any(1)
            for index in np.flatnonzero(true).tolist():
                if words[index] in NEEDS_THE_ANCHOR and not anchor.is_unique:
                    continue
                if maybe_columns is None:
                    maybe_columns = self._columns(self.pair_maybe, anchor.maybe)
                yield Clause(words[index], (anchor,), sure_columns[index], maybe_columns[index])

    def _columns(self, margins: np.ndarray, anchors: np.ndarray) -> np.ndarray:
        """(W, K, K) margins -> (W, K) of the relation to any of the anchors."""
        rows = np.flatnonzero(anchors)
        return margins[:, :, rows[0]] if len(rows) == 1 else margins[:, :, rows].max(2, initial=NEVER)

    @cached_property
    def pair_sure(self) -> np.ndarray:
        """(W, K, K) margins by which words of `PAIR_WORDS` hold between two objects."""
        return self._by_word(self.graph.pairs.sure, 0)

    @cached_property
    def pair_maybe(self) -> np.ndarray:
        """(W, K, K) margins by which words of `PAIR_WORDS` are arguable."""
        return self._by_word(self.graph.pairs.maybe, 1)

    def _by_word(self, margins: np.ndarray, which: int) -> np.ndarray:
        assert len(margins) == len(PAIR_RELATIONS)
        lists = _PAIR_IDS[which]
        return np.stack([margins[i[0]] if len(i) == 1 else margins[list(i)].max(0) for i in lists])

    def _between_clauses(self, anchors: list[Description]) -> Iterator[Clause]:
        by_row = {int(a.sure.argmax()): a for a in reversed(anchors) if a.is_unique}
        pairs = sorted({(int(a), int(b)) for _, a, b in self.graph.between if int(a) in by_row and int(b) in by_row})
        every = np.arange(len(self.graph))
        for a, b in pairs[:MAX_BETWEEN]:
            margins = between(self.graph.boxes, every, np.array(a), np.array(b), self.graph.thresholds)
            if (margins.sure[self.spoken] > CLEAR).any():
                yield Clause("between", (by_row[a], by_row[b]), margins.sure, margins.maybe)

    def _extreme_clauses(self, anchors: list[Description]) -> Iterator[Clause]:
        hollow = self.graph.sprawling
        unique = [a for a in anchors if a.is_unique and not hollow[a.row]]
        rows = np.array([a.row for a in unique], np.int64)
        for group in anchors:
            members = np.flatnonzero(group.maybe)
            certain = group.sure[members].all() and not hollow[members].any()
            if not (group.kind.is_plain and 2 <= len(members) <= EXTREME_MAX and certain):
                continue
            outside = ~group.maybe[rows]
            if not outside.any():
                continue
            both = extreme(self.graph.boxes, members, rows[outside], self.graph.thresholds)
            for word, margins in zip(("closest", "farthest"), both):
                for column, at in enumerate(np.flatnonzero(outside)):
                    if (margins.sure[:, column] > CLEAR).any():
                        sure, maybe = np.full(len(self.graph), NEVER), np.full(len(self.graph), NEVER)
                        sure[members], maybe[members] = margins.sure[:, column], margins.maybe[:, column]
                        yield Clause(word, (unique[at],), sure, maybe, group.kind.noun)

    # Columns ---------------------------------------------------------------------------------------------------------

    def _noun_columns(self, noun: str) -> tuple[np.ndarray, np.ndarray]:
        columns = self._fits.get(noun)
        if columns is None:
            fits, might = self.words.fits, self.words.might_fit
            sure = np.array([fits(noun, label) for label in self.label], bool) & self.spoken
            maybe = np.array([might(noun, label) for label in self.label], bool) & self._speakable
            columns = self._fits[noun] = (sure, maybe)
        return columns

    def _attributes_fit(self, kind: Kind, row: int, material: str, shape: str) -> tuple[bool, bool]:
        """Whether an object has the attributes of a kind, and whether it might (nothing known rules nothing out)."""
        fits = (
            (not kind.color or self.color[row] == kind.color)
            and (not kind.material or material == kind.material)
            and (not kind.shape or shape == kind.shape)
            and (not kind.state or self.state[row] == kind.state)
        )
        might = (
            (not kind.color or kind.color in self.color_maybe[row])
            and (not kind.material or material in ("", kind.material))
            and (not kind.shape or shape in ("", kind.shape))
            and (not kind.state or self.words.state_fits(kind.state, self.state[row]))
        )
        return fits, might or fits


def _says(noun: str, *words: str) -> bool:
    """Whether a noun begins with one of the words: "paper towel", "round table"."""
    return noun.partition(" ")[0] in words
