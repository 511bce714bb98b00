"""A page of grounding mistakes, each with the scene from above: the object meant, the one chosen, the ones named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.language.lexicon import normalize
from sceneglot.metrics.referit3d import is_view_dependent, split_tokens
from sceneglot.scenes import Objects
from sceneglot.scenes.store import Store
from sceneglot.tasks.grounding.predict import Grounded
from sceneglot.view.floor_plan import draw_floor_plan
from sceneglot.view.page import Page

if TYPE_CHECKING:
    from sceneglot.recipes.ground import GroundingResult, Test

HOW_TO_READ = (
    "Seen from above, +x to the right, +y up. Red: the object meant. Orange: the one chosen. Blue: the ones the "
    "sentence names to locate it (where the data say so). z: heights of underside and top in metres."
)


@dataclass(frozen=True)
class Mistake:
    """One wrong answer.

    Attributes:
        answer: what was said; meant, chosen: their labels.
        relation: of the sentence, "unknown" where the data do not say; view_dependent: by ReferIt3D's words.
        rivals: objects of the meant one's label, itself included.
    """

    answer: Grounded
    meant: str
    chosen: str
    relation: str
    view_dependent: bool
    rivals: int

    @property
    def kind(self) -> str:
        """The first thing to know about it."""
        if self.meant != self.chosen:
            return "wrong class"
        return "right class, view-dependent" if self.view_dependent else "right class, not view-dependent"


def mistakes(answers: Sequence[Grounded], objects: Callable[[str], Objects]) -> list[Mistake]:
    """The wrong ones, in the order given."""
    found = []
    for answer in answers:
        if answer.is_right:
            continue
        table, sentence = objects(answer.sentence.scene_id), answer.sentence
        labels = [normalize(text) for text in table.label]
        meant, chosen = labels[table.row_of[sentence.target_ids[0]]], labels[table.row_of[answer.chosen]]
        view = is_view_dependent(split_tokens(sentence.text))
        relation = sentence.relation or "unknown"
        found.append(Mistake(answer, meant, chosen, relation, view, labels.count(meant)))
    return found


def choose(found: Sequence[Mistake], count: int, seed: int = 0) -> list[Mistake]:
    """`count` mistakes at random, kinds and relations in turn, so that frequent ones do not fill the page."""
    order = np.random.default_rng(seed).permutation(len(found))
    groups: dict[tuple[str, str], list[Mistake]] = {}
    for index in order:
        groups.setdefault((found[index].kind, found[index].relation), []).append(found[index])
    rounds = max((len(group) for group in groups.values()), default=0)
    turns = [groups[key][turn] for turn in range(rounds) for key in sorted(groups) if turn < len(groups[key])]
    return sorted(turns[:count], key=lambda mistake: (mistake.kind, mistake.relation))


def write_failures(path: Path, title: str, result: GroundingResult, test: Test, count: int) -> Path:
    """Write the page: how often what goes wrong, then `count` pictures.

    Raises:
        SceneglotError: the result has no choices among annotated objects to look at.
    """
    if result.choice is None:
        raise SceneglotError("--failures shows choices among annotated objects; leave out --protocol detected")
    store = Store.open(test.data)
    objects = lru_cache(maxsize=256)(store.objects)
    answers = result.choice.answers
    found = mistakes(answers, objects)
    page = Page(f"Grounding mistakes: {title}")
    page.paragraph(f"{len(found)} of {len(answers)} answers are wrong. {HOW_TO_READ}")
    page.table(["what went wrong", "mistakes", "share of mistakes"], _shares([m.kind for m in found]))
    for name, key in (("relation", _relation), ("class of the object meant", _meant), ("dependence on view", _view)):
        page.heading(f"By {name}")
        every = _answers_by(answers, objects, key)
        page.table([name, "sentences", "accuracy"], every)
    shown = choose(found, count)
    page.paragraph(f"Below are {len(shown)} mistakes, drawn at random with kinds and relations in turn.")
    for kind in dict.fromkeys(m.kind for m in shown):
        page.heading(kind)
        drawn = [(picture(m, objects(m.answer.sentence.scene_id)), caption(m)) for m in shown if m.kind == kind]
        page.pictures(drawn, width=340)
    return page.write(path)


def picture(mistake: Mistake, objects: Objects, side: int = 420) -> np.ndarray:
    """(H, W, 3) uint8: the scene from above."""
    sentence = mistake.answer.sentence
    chosen = () if mistake.answer.chosen in sentence.target_ids else (mistake.answer.chosen,)
    return draw_floor_plan(objects, sentence.target_ids, sentence.anchor_ids, chosen=chosen, side=side)


def caption(mistake: Mistake) -> str:
    """The sentence, what was said, how sure, and where the object meant ranks."""
    answer, sentence = mistake.answer, mistake.answer.sentence
    ranks = np.flatnonzero(np.isin(answer.ids, sentence.target_ids))
    place = f"the one meant is number {int(ranks[0]) + 1} of {len(answer.ids)}" if len(ranks) else "it was no candidate"
    said = f"chose {mistake.chosen} #{answer.chosen} ({100 * float(answer.scores[0]):.0f} %), {place}"
    return f"“{sentence.text}” {said}; {mistake.rivals} of this label; {mistake.relation}; {sentence.scene_id}"


def _relation(answer: Grounded, objects: Objects) -> str:
    return answer.sentence.relation or "unknown"


def _meant(answer: Grounded, objects: Objects) -> str:
    return normalize(objects.label[objects.row_of[answer.sentence.target_ids[0]]])


def _view(answer: Grounded, objects: Objects) -> str:
    return "view-dependent" if is_view_dependent(split_tokens(answer.sentence.text)) else "view-independent"


def _answers_by(
    answers: Sequence[Grounded],
    objects: Callable[[str], Objects],
    key: Callable[[Grounded, Objects], str],
    most: int = 20,
) -> list[list[str]]:
    """Rows of name, number and accuracy, the most frequent first."""
    groups: dict[str, list[bool]] = {}
    for answer in answers:
        groups.setdefault(key(answer, objects(answer.sentence.scene_id)), []).append(answer.is_right)
    order = sorted(groups, key=lambda name: (-len(groups[name]), name))[:most]
    return [[name, str(len(groups[name])), f"{100 * np.mean(groups[name]):.1f}"] for name in order]


def _shares(kinds: Sequence[str]) -> list[list[str]]:
    counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    return [[kind, str(count), f"{100 * count / len(kinds):.0f} %"] for kind, count in counts.items()]
