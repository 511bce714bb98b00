"""METEOR 1.5 without Java."""

from sceneglot.metrics.meteor.score import Meteor, MeteorStats

__all__ = ["Meteor", "MeteorStats"]
