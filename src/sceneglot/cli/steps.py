"""The progress display of verbs that chain several long steps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID


class Steps:
    """A bar per kind of work, made when it first reports; headlines are printed with the time since the start.

    Args:
        shown: False leaves the screen to the bars of a training that runs in this process.
    """

    def __init__(self, shown: bool = True) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description:20s}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.console = Console(stderr=True)
        self.bars = Progress(*columns, console=self.console, disable=not shown)
        self.tasks: dict[str, TaskID] = {}
        self.start = time.perf_counter()

    def __enter__(self) -> Steps:
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def progress(self, what: str, done: int, total: int) -> None:
        """Advance the bar of `what`."""
        if what not in self.tasks:
            self.tasks[what] = self.bars.add_task(what, total=total)
        self.bars.update(self.tasks[what], completed=done, total=total)

    def headline(self, text: str) -> None:
        """Say what comes next."""
        self.console.print(f"[{time.perf_counter() - self.start:5.0f} s] {text}", highlight=False, markup=False)
