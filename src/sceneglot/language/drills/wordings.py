"""The wordings of drills, read from `templates/drills.txt`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def wordings() -> dict[str, tuple[str, ...]]:
    """Section -> its lines, in order; see the head of the file for the slots."""
    text = files("sceneglot.language").joinpath("templates/drills.txt").read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1], [])
        elif line and not line.startswith("#"):
            current.append(line)
    return {name: tuple(lines) for name, lines in sections.items()}
