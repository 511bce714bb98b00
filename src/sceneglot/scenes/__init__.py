"""The nouns every other part speaks: Scene, Objects, View, Utterance, and the store that keeps them."""

from sceneglot.scenes.objects import NO_PARENT, Objects
from sceneglot.scenes.scene import NO_INSTANCE, Scene, Source, check_scene_id
from sceneglot.scenes.utterance import KINDS, QUESTION_TYPES, STANDARD_KINDS, Kind, Utterance
from sceneglot.scenes.view import Camera, View

__all__ = [
    "KINDS",
    "NO_INSTANCE",
    "NO_PARENT",
    "QUESTION_TYPES",
    "STANDARD_KINDS",
    "Camera",
    "Kind",
    "Objects",
    "Scene",
    "Source",
    "Utterance",
    "View",
    "check_scene_id",
]
