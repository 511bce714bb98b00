"""Protocols of 3D question answering, named after the systems whose code defines them.

One prediction file moves by several points of EM and CIDEr from one protocol to the next, so a number means something
only together with the name of its preset. Sources: the evaluation code of each system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sceneglot.metrics.answers import clean, raw, single_spaced, without_final_dot
from sceneglot.metrics.question_types import QuestionType, scanqa_type, sqa3d_type

Normaliser = Callable[[str], str]


@dataclass(frozen=True)
class Preset:
    """How a protocol prepares and compares answers.

    Attributes:
        summary: one line for tables and help.
        prediction, reference: applied to both sides before the exact match.
        exact_match: whether the protocol reports EM at all.
        top10: report EM@10 (a closed vocabulary with ranked answers).
        refined: report EM-R, the match by substring.
        stop_at_loose, empty_matches: quirks of the refined match, see `answers.match`.
        f_value: report the unigram F-value.
        captions: report BLEU, ROUGE-L, CIDEr and METEOR.
        caption_prediction, caption_reference: applied before those.
        ptb: tokenise for them in the manner of the Penn Treebank; otherwise words are split at spaces, case kept.
        question_type: question -> type of the breakdown.
    """

    summary: str
    prediction: Normaliser = raw
    reference: Normaliser = raw
    exact_match: bool = True
    top10: bool = False
    refined: bool = False
    stop_at_loose: bool = False
    empty_matches: bool = False
    f_value: bool = False
    captions: bool = True
    caption_prediction: Normaliser = raw
    caption_reference: Normaliser = raw
    ptb: bool = True
    question_type: Callable[[str], QuestionType] = scanqa_type


_CHAT_SCENE = Preset(
    "Chat-Scene: cleaned prediction against raw references, PTB tokens",
    prediction=clean,
    refined=True,
    stop_at_loose=True,
    caption_prediction=clean,
)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "scanqa": Preset(
            "ScanQA's own score script (also BridgeQA): raw strings, PTB tokens", top10=True, f_value=True
        ),
        "leo": Preset(
            "LEO: both sides cleaned, EM-R, words split at spaces",
            prediction=clean,
            reference=clean,
            refined=True,
            stop_at_loose=True,
            empty_matches=True,
            caption_prediction=clean,
            caption_reference=clean,
            ptb=False,
        ),
        "ll3da": Preset(
            "LL3DA: no EM; captions with double spaces collapsed, words split at spaces",
            exact_match=False,
            caption_prediction=single_spaced,
            caption_reference=single_spaced,
            ptb=False,
        ),
        "chat-scene": _CHAT_SCENE,
        "gpt4scene": _CHAT_SCENE,
        "llava-3d": Preset(
            "LLaVA-3D: both sides cleaned, PTB tokens",
            prediction=clean,
            reference=clean,
            refined=True,
            caption_prediction=clean,
            caption_reference=clean,
        ),
        "video-3d-llm": Preset(
            "Video-3D-LLM: raw EM; captions without a final full stop, words split at spaces",
            caption_prediction=without_final_dot,
            ptb=False,
        ),
        "sqa3d-cls": Preset(
            "SQA3D's own accuracy over its answer classes, by question word", captions=False, question_type=sqa3d_type
        ),
        "sqa3d-refined": Preset(
            "SQA3D with free text: both sides cleaned, EM and EM-R, by question word",
            prediction=clean,
            reference=clean,
            refined=True,
            captions=False,
            question_type=sqa3d_type,
        ),
    }
)
