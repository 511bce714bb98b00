"""Where verbs print their tables."""

from __future__ import annotations

from rich.console import Console

PIPED_WIDTH = 130
"""Characters of a line that goes into a file or a pipe, which have no width of their own."""


def output() -> Console:
    """Standard output: as wide as the terminal, or wide enough for every column of our tables where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, PIPED_WIDTH))
