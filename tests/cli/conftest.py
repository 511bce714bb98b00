"""The toy store of the recipes' tests serves the commands that train and ask, too."""

from tests.recipes.conftest import toy_store

__all__ = ["toy_store"]
