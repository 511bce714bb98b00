"""Rooms that never were: furniture, layout and the virtual scanner."""

from sceneglot.synth.layout.rooms import ROOM_TYPES

__all__ = ["ROOM_TYPES"]
