"""Speaker: what one needs to describe the objects of a scene."""

from __future__ import annotations

from dataclasses import dataclass

from sceneglot.graph.build import SceneGraph
from sceneglot.language.facts import SceneFacts
from sceneglot.language.finder import Finder
from sceneglot.language.phrasebook import Phrasebook
from sceneglot.language.table import ClauseTable
from sceneglot.language.verify import Checker


@dataclass(frozen=True, eq=False)
class Speaker:
    """A scene's facts, ways to single out its objects, words for them, and the checker of what is said."""

    facts: SceneFacts
    finder: Finder
    book: Phrasebook
    checker: Checker

    @classmethod
    def of(cls, graph: SceneGraph, facts: SceneFacts | None = None) -> Speaker:
        """The speaker of a scene graph; `facts` of that graph where they are at hand."""
        facts = facts or SceneFacts(graph)
        checker = Checker(graph.objects, graph.viewer.position, graph.viewer.direction)
        return cls(facts, Finder(facts, ClauseTable(facts)), Phrasebook(facts), checker)
