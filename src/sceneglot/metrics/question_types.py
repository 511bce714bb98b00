"""Kinds of questions, as the benchmarks' own scripts tell them apart."""

from __future__ import annotations

QuestionType = str

_SCANQA = (
    ("Where", "place"),
    ("How many", "number"),
    ("What color", "color"),
    ("What is the color", "color"),
    ("What shape", "object nature"),
    ("What type", "object nature"),
    ("What kind", "object nature"),
    ("What is", "object"),
)
SCANQA_TYPES = ("place", "number", "color", "object nature", "object", "other")
SQA3D_TYPES = ("what", "is", "how", "can", "which", "others")


def scanqa_type(question: str) -> QuestionType:
    """One of `SCANQA_TYPES`: the first phrase found anywhere in the question, case kept, in the official order."""
    return next((name for phrase, name in _SCANQA if phrase in question), "other")


def sqa3d_type(question: str) -> QuestionType:
    """One of `SQA3D_TYPES` by the letters it begins with, lower-cased: "Isn't it?" is "is", as in the released code."""
    start = question.lstrip().lower()
    return next((name for name in SQA3D_TYPES[:-1] if start.startswith(name)), SQA3D_TYPES[-1])
