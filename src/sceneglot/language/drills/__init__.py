"""Drills: short sentences that single out one object among others of its label, made from a bare object map."""

from sceneglot.language.drills.make import Driller, as_utterance, drills

__all__ = ["Driller", "as_utterance", "drills"]
