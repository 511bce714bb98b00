"""Utterance: one sentence about a scene, with where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["referral", "object_caption", "scene_caption", "question", "multi_referral", "situated_question"]
KINDS: tuple[Kind, ...] = (
    "referral", "object_caption", "scene_caption", "question", "multi_referral", "situated_question",
)  # fmt: skip

STANDARD_KINDS: tuple[Kind, ...] = KINDS[:4]
"""Kinds with one target or none to find and no place to stand: what is written unless more is asked for."""

QuestionType = Literal["place", "number", "color", "object nature", "object", "other"]
QUESTION_TYPES: tuple[QuestionType, ...] = ("place", "number", "color", "object nature", "object", "other")


@dataclass(frozen=True)
class Utterance:
    """One sentence, what it is about, and its provenance.

    Attributes:
        id: unique within its file ("rooms-000007-q-0012", or the official id of a human data set).
        scene_id: the scene it speaks about.
        kind: referral (exactly one target) | object_caption | scene_caption | question | multi_referral (none, one or
            several targets, in the manner of Multi3DRefer) | situated_question (asked from a place, as in SQA3D).
        text: the sentence.
        target_ids: object ids the sentence identifies or the answer is about (all of them).
        anchor_ids: object ids it mentions to locate the target.
        relation: name of the graph relation it uses, "" if none.
        answers: accepted answers of a question, most usual first; empty for other kinds.
        question_type: one of `QUESTION_TYPES` for questions, "" otherwise.
        view_dependent: True where the truth depends on where the speaker stands.
        source: "template:<id>", "llm:<model>" or "human:<data set>".
        seed: seed of the generator, -1 for human text.
        situation: where the asker is, in words; "" where it does not matter.
        position: where the asker stands, x, y, z in metres in the scene frame; None where unknown.
        heading: direction the asker faces, radians counter-clockwise from +x, seen from above; None where unknown.
    """

    id: str
    scene_id: str
    kind: Kind
    text: str
    target_ids: tuple[int, ...] = ()
    anchor_ids: tuple[int, ...] = ()
    relation: str = ""
    answers: tuple[str, ...] = ()
    question_type: str = ""
    view_dependent: bool = False
    source: str = ""
    seed: int = -1
    situation: str = ""
    position: tuple[float, float, float] | None = None
    heading: float | None = None
