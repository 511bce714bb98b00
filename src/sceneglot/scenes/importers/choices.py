"""With which options the scenes of a store were imported: it keeps them, also where the next import asks otherwise."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from sceneglot.atomic import to_jsonable, write_json
from sceneglot.errors import BadFileError

FILE = "import.json"
"""In the store: a list of the different options of its imports, in order."""


def other_options(store: Path, options: Any) -> tuple[str, ...]:
    """Names of the options in which these differ from those of the last import into a store.

    Args:
        options: the dataclass of an importer.

    Returns:
        None of them where some earlier import had the same ones, or where nothing is known.

    Raises:
        BadFileError: the list is damaged.
    """
    earlier, now = _read(store), _plain(options)
    if not earlier or now in earlier:
        return ()
    return tuple(name for name, value in now.items() if name not in earlier[-1] or earlier[-1][name] != value)


def remember_options(store: Path, options: Any) -> None:
    """Add the options to the store's list, if they are not there."""
    earlier, now = _read(store), _plain(options)
    if now not in earlier:
        write_json(store / FILE, [*earlier, now])


def _read(store: Path) -> list[dict[str, Any]]:
    path = store / FILE
    if not path.exists():
        return []
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BadFileError(path, f"cannot be read ({str(error)[:80]})", "delete it") from error
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise BadFileError(path, "is no list of options", "delete it")
    return value


def _plain(options: Any) -> dict[str, Any]:
    """Of paths only the names: stores travel."""
    values = {field.name: getattr(options, field.name) for field in fields(options)}
    return to_jsonable({name: value.name if isinstance(value, Path) else value for name, value in values.items()})
