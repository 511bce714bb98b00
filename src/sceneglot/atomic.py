"""Atomic writes: a file is either the old one or the whole new one, whatever happens to the program in between.

Nothing is forced onto the disk: what the system had not written when the power went is lost.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sceneglot.errors import SceneglotError

_PREFIX = ".partial-"


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename it to `path` when the block ends well, remove it otherwise.

    The folder is created. Safe with several processes writing different or even the same names.

    Raises:
        SceneglotError: if the folder cannot be made or written to.
    """
    path = Path(path)
    temporary = _temporary_beside(path)
    try:
        yield temporary
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp makes files private; a data set is to be shared
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> Path:
    """Write UTF-8 text atomically, newlines as given. Raises SceneglotError where `atomic_path` does."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(text.encode())
    return Path(path)


def write_json(path: str | Path, value: Any, *, sort_keys: bool = False) -> Path:
    """Write JSON atomically in a fixed layout, so the same value gives the same bytes.

    Args:
        path: where to; its folder is created.
        value: whatever `to_jsonable` takes.
        sort_keys: True for files that must not depend on the order in which their content came about; else keys stay in
            the order given, which is how people read a table.
    """
    text = json.dumps(to_jsonable(value), indent=1, sort_keys=sort_keys, ensure_ascii=False, allow_nan=False)
    return write_text(path, text + "\n")


def to_jsonable(value: Any) -> Any:
    """Dataclasses, mappings, paths and tuples as plain JSON values; NaN and infinities, which JSON lacks, as None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_jsonable(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): to_jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_jsonable(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


def remove_leftovers(folder: Path) -> int:
    """Delete what interrupted writers left in `folder`; returns how many. What a living process writes there stays."""
    stale = [path for path in folder.glob(_PREFIX + "*") if not _is_written(path)]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)


def is_leftover(path: Path) -> bool:
    """Whether a file is, by its name, one that is being written or was left by an interrupted writer."""
    return path.name.startswith(_PREFIX)


def _is_written(path: Path) -> bool:
    """Whether the process that began the file is alive, on this machine."""
    number = path.name.removeprefix(_PREFIX).partition("-")[0]
    if os.name == "nt" or not (number.isascii() and number.isdigit()):  # Windows has no signal that does nothing
        return False
    try:
        os.kill(int(number), 0)
    except PermissionError:
        return True  # somebody else's
    except (OSError, OverflowError):
        return False
    return True


def _temporary_beside(path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        prefix = f"{_PREFIX}{os.getpid()}-"
        handle, name = tempfile.mkstemp(prefix=prefix, suffix="-" + path.name, dir=path.parent)
    except OSError as error:
        raise SceneglotError(f"{path}: cannot be written ({error.strerror})") from error
    os.close(handle)
    return Path(name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
