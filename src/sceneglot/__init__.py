"""sceneglot teaches 3D scenes to speak."""

__version__ = "0.1.0"
