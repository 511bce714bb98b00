"""Load what a recipe trained, by run folder."""

from __future__ import annotations

from pathlib import Path

from sceneglot.tasks.gps.answerer import PointAnswerer
from sceneglot.tasks.gps.spec import PointSpec
from sceneglot.tasks.vqa.answerer import Answerer
from sceneglot.tasks.vqa.net import VQASpec
from sceneglot.train.opened import opened


def load(run: str | Path) -> Answerer | PointAnswerer:
    """A trained question-answering system from its run folder (or from one checkpoint file).

    Raises:
        SceneglotError: no such run, a damaged checkpoint, or one for another task.
    """
    with opened(run) as checkpoint:
        if checkpoint.facts.get("tokens") == "points":
            blind = bool(checkpoint.facts.get("blind"))
            return PointAnswerer(PointSpec.from_facts(checkpoint.facts), checkpoint.tensors, blind=blind)
        return Answerer(VQASpec.from_facts(checkpoint.facts), checkpoint.tensors)
