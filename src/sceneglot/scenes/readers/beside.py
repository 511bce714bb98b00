"""Files that a file names: materials, textures and buffers may lie beside it, and nowhere else."""

from __future__ import annotations

from pathlib import Path


def beside(path: Path, name: str) -> Path:
    """Where a file named in `path` lies, which need not exist.

    Raises:
        ValueError: outside the folder of `path`, by its name or through a link.
    """
    inner = Path(name.replace("\\", "/").replace("\0", "?"))
    found = path.parent / inner
    leaves = inner.is_absolute() or ".." in inner.parts
    if leaves or not found.resolve().is_relative_to(path.parent.resolve()):
        raise ValueError(f"{name[:60]!r} lies outside the file's folder")
    return found
