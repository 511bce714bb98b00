"""Records out of foreign JSON and CSV: every field is looked at before it is believed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sceneglot.errors import BadFileError

Json = Any

_NAMES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a truth value",
    type(None): "null",
}
_TRUTH = {"true": True, "false": False, "1": True, "0": False}
_LARGEST_ID = 2**31 - 1  # ids are stored as int32


def read_json(path: Path) -> Json:
    """The content of a JSON file.

    Raises:
        BadFileError: if it is absent, not UTF-8, not JSON, or nested absurdly deep.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadFileError(path, f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise BadFileError(path, f"is not UTF-8 text (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise BadFileError(path, f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except (RecursionError, ValueError):
        raise BadFileError(path, "is JSON that cannot be read (nested too deep, or a number too long)") from None


def read_json_lines(path: Path) -> Iterator[tuple[int, Json]]:
    """Line number and value of each line that is not blank, streaming.

    Raises:
        BadFileError: where `read_json` would.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, json.loads(line)
    except OSError as error:
        raise BadFileError(path, f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadFileError(path, "is not UTF-8 text") from None
    except (RecursionError, ValueError) as error:
        raise BadFileError(path, f"has a line that is not JSON ({str(error)[:80]})") from None


def kind_of(value: Json) -> str:
    """What a JSON value is, in words for an error message."""
    return _NAMES.get(type(value), "a number")


@dataclass(frozen=True)
class Record:
    """One object of a foreign file, with the place it came from.

    The accessors return a plain, checked value or raise `BadFileError` naming file, place, field and what was found.

    Attributes:
        path: the file.
        where: the place in it ("question 12", "line 7").
        fields: its fields as parsed.
    """

    path: Path
    where: str
    fields: dict[str, Json]

    @classmethod
    def of(cls, path: Path, where: str, value: Json) -> Record:
        """The record, or an error where the value is no object."""
        if not isinstance(value, dict):
            raise BadFileError(path, f"{where} is {kind_of(value)}, expected an object")
        return cls(path, where, value)

    def has(self, name: str) -> bool:
        """Whether the field is there and not null or empty text (CSV knows no null)."""
        return self.fields.get(name) not in (None, "")

    def problem(self, what: str, fix: str = "") -> BadFileError:
        """An error about this record."""
        return BadFileError(self.path, f"{self.where}: {what}", fix)

    def text(self, name: str) -> str:
        """A string; "" where the field is missing."""
        value = self.fields.get(name, "")
        if not isinstance(value, str):
            raise self.problem(f"{name} is {kind_of(value)}, expected a string")
        return self._storable(name, value)

    def sentence(self, name: str) -> str:
        """A string with something in it, its white space made single."""
        text = " ".join(self.text(name).split())
        if not text:
            raise self.problem(f"has no {name}")
        return text

    def key(self, name: str) -> str:
        """A name that may be written as a string or as a whole number."""
        value = self.fields.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
            raise BadFileError(self.path, f"{self.where} has no {name}")
        return self._storable(name, str(value))

    def integer(self, name: str) -> int:
        """An object id: a whole number, also as text ("12") or as a float without a fraction (12.0)."""
        return self._integer(name, self.fields.get(name))

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of such numbers; empty where the field is missing."""
        value = self.fields.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.problem(f"{name} is {kind_of(value)}, expected a list of whole numbers")
        return tuple(self._integer(name, item) for item in value)

    def texts(self, name: str, fix: str = "") -> tuple[str, ...]:
        """A non-empty list of strings."""
        value = self.fields.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise self.problem(f"{name} must be a non-empty list of strings", fix)
        return tuple(self._storable(name, item) for item in value)

    def records(self, name: str) -> tuple[Record, ...]:
        """A list of objects; empty where the field is missing."""
        value = self.fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.problem(f"{name} must be a list of objects")
        return tuple(Record(self.path, f"{self.where}, {name} {i}", item) for i, item in enumerate(value))

    def number(self, name: str) -> float:
        """A finite number."""
        value = self.fields.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.problem(f"{name} is {kind_of(value)}, expected a number")
        try:
            result = float(value)
        except OverflowError:
            result = math.inf
        if not math.isfinite(result):
            raise self.problem(f"{name} is not a finite number")
        return result

    def truth(self, name: str, default: bool) -> bool:
        """A truth value, also as the text "True" or "False"; `default` where the field is missing."""
        if not self.has(name):
            return default
        value = self.fields[name]
        found = value if isinstance(value, bool) else _TRUTH.get(str(value).strip().lower())
        if found is None:
            raise self.problem(f"{name} is {str(value)[:20]!r}, expected True or False")
        return found

    def _integer(self, name: str, value: Json) -> int:
        if isinstance(value, str) and len(value) <= 12:
            digits = value.strip()
            value = int(digits) if digits.lstrip("-").isdecimal() and digits.count("-") <= 1 else value
        if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_ID:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST_ID:
            raise self.problem(f"{name} must be whole numbers (object ids), found {str(value)[:20]!r}")
        return value

    def _storable(self, name: str, value: str) -> str:
        """JSON can spell lone surrogates, which no file can hold."""
        try:
            value.encode()
        except UnicodeEncodeError:
            raise self.problem(f"{name} holds text that is not valid Unicode") from None
        return value
