"""sceneglot teaches 3D scenes to speak: the public API, and nothing else.

Names are imported when first used, so that `import sceneglot` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PLACES: dict[str, str] = {
    "Answerer": "sceneglot.tasks.vqa.answerer",
    "Camera": "sceneglot.scenes",
    "Grounder": "sceneglot.tasks.grounding.grounder",
    "Objects": "sceneglot.scenes",
    "Scene": "sceneglot.scenes",
    "SceneGraph": "sceneglot.graph",
    "SceneglotError": "sceneglot.errors",
    "Segmenter": "sceneglot.tasks.segmentation.segmenter",
    "Store": "sceneglot.scenes.store",
    "Utterance": "sceneglot.scenes",
    "View": "sceneglot.scenes",
    "Viewer": "sceneglot.graph",
    "build_graph": "sceneglot.graph",
    "describe": "sceneglot.language",
    "generate": "sceneglot.synth.generate",
    "load": "sceneglot.recipes.load",
    "load_grounder": "sceneglot.recipes.ground",
    "load_segmenter": "sceneglot.recipes.segment",
    "load_teacher": "sceneglot.teachers",
    "read_scene": "sceneglot.scenes.files",
    "render": "sceneglot.rendering",
    "top_down": "sceneglot.rendering",
}

__all__ = [
    "Answerer",
    "Camera",
    "Grounder",
    "Objects",
    "Scene",
    "SceneGraph",
    "SceneglotError",
    "Segmenter",
    "Store",
    "Utterance",
    "View",
    "Viewer",
    "build_graph",
    "describe",
    "generate",
    "load",
    "load_grounder",
    "load_segmenter",
    "load_teacher",
    "read_scene",
    "render",
    "top_down",
]

if TYPE_CHECKING:
    from sceneglot.errors import SceneglotError
    from sceneglot.graph import SceneGraph, Viewer, build_graph
    from sceneglot.language import describe
    from sceneglot.recipes.ground import load_grounder
    from sceneglot.recipes.load import load
    from sceneglot.recipes.segment import load_segmenter
    from sceneglot.rendering import render, top_down
    from sceneglot.scenes import Camera, Objects, Scene, Utterance, View
    from sceneglot.scenes.files import read_scene
    from sceneglot.scenes.store import Store
    from sceneglot.synth.generate import generate
    from sceneglot.tasks.grounding.grounder import Grounder
    from sceneglot.tasks.segmentation.segmenter import Segmenter
    from sceneglot.tasks.vqa.answerer import Answerer
    from sceneglot.teachers import load_teacher


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'sceneglot' has no attribute {name!r}")
    value = getattr(import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
