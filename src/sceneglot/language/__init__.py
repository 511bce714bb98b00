"""Language: sentences and questions about scenes, true by construction and checked apart."""

from sceneglot.language.describe import describe

__all__ = ["describe"]
