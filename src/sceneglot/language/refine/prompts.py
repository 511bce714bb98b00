"""The four prompts: three freedoms for a referral (gps paper, section 3.2), one for a scene from facts."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Literal

from sceneglot.language.lexicon import normalize
from sceneglot.language.refine.scene_facts import MAX_WORDS, SceneFacts
from sceneglot.language.refine.speaker import Prompt
from sceneglot.scenes.utterance import Utterance

Freedom = Literal["structure", "subject", "function"]
FREEDOMS: tuple[Freedom, ...] = ("structure", "subject", "function")
"""What the model may change: the structure alone; the structure, with the target as subject; also words on its use."""


def referral_prompt(
    utterance: Utterance, target_label: str, freedom: Freedom, *, temperature: float, seed: int
) -> Prompt:
    """Ask for one sentence that says the same as a referral or object caption."""
    data = {"target": normalize(target_label), "description": utterance.text}
    return Prompt(_text(freedom), json.dumps(data, ensure_ascii=False), 120, temperature, seed)


def scene_prompt(facts: SceneFacts, *, temperature: float, seed: int) -> Prompt:
    """Ask for a description of a scene from a JSON of facts."""
    task = _text("scene").replace("{words}", str(MAX_WORDS))
    return Prompt(task, facts.to_json(), 240, temperature, seed)


@cache
def _text(name: str) -> str:
    text = files("sceneglot.language.refine").joinpath(f"prompts/{name}.txt").read_text(encoding="utf-8")
    return " ".join(text.split())
