"""What color, shape, material is X, and in what state?"""

from __future__ import annotations

from collections.abc import Iterator

from sceneglot.language.colors import SPELLINGS
from sceneglot.language.families.asker import Asker, Candidate, Slots, about, is_plural


def colors(word: str) -> tuple[str, ...]:
    """Accepted spellings of a colour."""
    return (word, *SPELLINGS.get(word, ()))


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
        if word in asker.facts.words.materials and asker.noun(row) not in asker.facts.words.material_given:
            yield from _attribute(asker, "type material", row, (word,), word)


def what_made(asker: Asker) -> Iterator[Candidate]:
    """What is X made of?"""
    for row in asker.rows:
        word = asker.facts.graph.objects.material[row]
        if word in asker.facts.words.materials and asker.noun(row) not in asker.facts.words.material_given:
            yield from _attribute(asker, "what made", row, (word,), word)


def state(asker: Asker) -> Iterator[Candidate]:
    """Is X open or closed? Of states that another one rules out."""
    states = asker.facts.words.states
    for row in asker.rows:
        word = asker.facts.state[row]
        if not word or not states[word].excludes:
            continue
        said, other = states[word].predicate, states[states[word].excludes[0]].predicate
        one, two = (said, other) if asker.rng.random() < 0.5 else (other, said)
        answers = tuple(dict.fromkeys((said, word)))
        yield from _attribute(asker, "state", row, answers, word, stated=False, more={"one": one, "other": two})


def _attribute(
    asker: Asker,
    section: str,
    row: int,
    answers: tuple[str, ...],
    balance: str,
    colored: bool = True,
    stated: bool = True,
    more: Slots | None = None,
) -> Iterator[Candidate]:
    reference = asker.refer(row, colored=colored, stated=stated)
    if reference is not None:
        anchors, view, plural = tuple(reference.anchor_rows()), reference.view_dependent, is_plural(asker, row)
        word = reference.clauses[0].word if reference.clauses else ""
        slots = about(asker, reference, (lambda _: more) if more else None)
        yield Candidate(section, answers, balance, slots, (row,), anchors, word, view, plural)
