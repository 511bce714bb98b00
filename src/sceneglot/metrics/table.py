"""A table of scores that cannot be shown without its blind row and its number of questions.

Questions about rooms can be answered astonishingly well without looking (SQA3D: 44 % blind, 21 % by the most frequent
answer), so a number means little without the number a system reaches that saw no scene.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sceneglot.atomic import write_json
from sceneglot.errors import SceneglotError

if TYPE_CHECKING:
    from rich.table import Table

Kind = Literal["system", "blind", "prior"]
NOT_GIVEN = "blind: not given"


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        name: what is measured.
        values: column -> number.
        kind: "system" sees the scene, "blind" is a trained model that does not, "prior" a computed language baseline.
        spread: column -> standard deviation over seeds, where it is known; shown behind the number.
    """

    name: str
    values: Mapping[str, float]
    kind: Kind = "system"
    spread: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ScoreTable:
    """Rows of scores on one set of questions.

    Attributes:
        title: what was scored, with the protocol.
        num_questions: how many questions every number is a mean over.
        rows: at least one blind row, or, if `foreign`, at least one prior row.
        foreign: the predictions come from a system whose blind twin is not at hand. The table then says so and must
            carry a computed language prior instead.
        notes: printed below the table.
    """

    title: str
    num_questions: int
    rows: tuple[Row, ...]
    foreign: bool = False
    notes: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise SceneglotError unless the table may be shown."""
        if self.num_questions < 1:
            raise SceneglotError(f"table '{self.title}': the number of questions must be given")
        if not self.has_blind and not (self.foreign and any(row.kind == "prior" for row in self.rows)):
            need = "a language prior" if self.foreign else "a blind row (the same model without the scene)"
            raise SceneglotError(f"table '{self.title}' is not shown without {need}")

    @property
    def has_blind(self) -> bool:
        """Whether a blind row is there."""
        return any(row.kind == "blind" for row in self.rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in order of first appearance."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.values))

    @property
    def remarks(self) -> tuple[str, ...]:
        """The notes, and that no blind row was given where that is so."""
        return self.notes if self.has_blind else (NOT_GIVEN, *self.notes)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        self.check()
        return {
            "title": self.title,
            "num_questions": self.num_questions,
            "rows": [
                {"name": row.name, "kind": row.kind, "metrics": dict(row.values), "spread": dict(row.spread)}
                for row in self.rows
            ],
            "notes": list(self.remarks),
        }

    def to_markdown(self, digits: int = 2) -> str:
        """A GitHub table with title, number of questions and notes."""
        self.check()
        lines = [f"**{self.title}** ({self.num_questions:,} questions)", ""]
        lines.append("| | " + " | ".join(self.columns) + " |")
        lines.append("|---|" + "---:|" * len(self.columns))
        for row in self.rows:
            lines.append(f"| {row.name} | " + " | ".join(self._cells(row, digits)) + " |")
        return "\n".join([*lines, *(f"\n{note}" for note in self.remarks)]) + "\n"

    def to_rich(self, digits: int = 2) -> Table:
        """A table for the terminal."""
        from rich.table import Table
        from rich.text import Text

        self.check()
        title, caption = f"{self.title} ({self.num_questions:,} questions)", "\n".join(self.remarks)
        table = Table(title=Text(title), caption=Text(caption) if caption else None)
        table.add_column("")
        for name in self.columns:
            table.add_column(Text(name), justify="right", no_wrap=True)
        for row in self.rows:
            table.add_row(Text(row.name), *self._cells(row, digits), style="" if row.kind == "system" else "dim")
        return table

    def write(self, path: str | Path) -> Path:
        """Write `to_dict` as JSON; the file is either the old one or the whole new one."""
        return write_json(path, self.to_dict())

    def _cells(self, row: Row, digits: int) -> list[str]:
        spread = {name: f" ± {value:.{digits}f}" for name, value in row.spread.items() if not math.isnan(value)}
        shown = {name: f"{value:.{digits}f}{spread.get(name, '')}" for name, value in row.values.items()}
        return [shown.get(name, "–") for name in self.columns]
