"""Refinement: a language model rewrites template sentences, and only what passes the judge is kept."""

from sceneglot.language.refine.refine import RefineConfig, RefineSummary, refine_store
from sceneglot.language.refine.speaker import Answer, Prompt, Speaker, SpeakerError

__all__ = ["Answer", "Prompt", "RefineConfig", "RefineSummary", "Speaker", "SpeakerError", "refine_store"]
