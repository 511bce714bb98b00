"""Paths that come out of other people's files: nothing leaves the folder the user named."""

from __future__ import annotations

import re
from pathlib import Path

from sceneglot.errors import BadFileError, SceneglotError

_NAME = re.compile(r"[A-Za-z0-9_+(),=@ -][A-Za-z0-9_.+(),=@ -]*")


def child(folder: Path, *names: str) -> Path:
    """`folder / names[0] / ...` where each name, taken from some file, must be one plain file name.

    Raises:
        SceneglotError: a name that is empty, begins with a dot, or holds a separator or control character.
    """
    for name in names:
        if not _NAME.fullmatch(name):
            raise SceneglotError(f"{folder}: {name[:80]!r} is no plain file name; the file that says so is damaged")
    return folder.joinpath(*names)


def safe_id(name: str) -> str:
    """A legal scene id out of a file or folder name: anything but letters, digits, "-", "_" and "." becomes "-"."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip(".") or "scene"


def check_inside(root: Path, path: Path) -> None:
    """Refuse a file that is not below `root` once all links are followed. The root itself may be a link.

    Raises:
        BadFileError: missing, or outside.
    """
    try:
        real, home = path.resolve(strict=True), root.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, up to Python 3.12
        reason = "no such file" if isinstance(error, FileNotFoundError) else f"cannot be followed ({error})"
        raise BadFileError(path, reason) from error
    if not real.is_relative_to(home):
        raise BadFileError(path, f"is a link that leads out of {root}", "name the folder it really lies in")
