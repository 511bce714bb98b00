"""Run folder: config, metrics, curves and checkpoints of one training, in files any tool can open."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sceneglot.atomic import to_jsonable, write_json, write_text
from sceneglot.errors import BadFileError
from sceneglot.records import read_json


class RunFolder:
    """A folder with `config.json`, `metrics.jsonl`, `environment.json`, `tensorboard/` and `checkpoints/`.

    `last.safetensors` holds the optimiser too and is what an interrupted run continues from; `best.safetensors` (by the
    task's own score) and `final.safetensors` hold weights and facts only and are what others load.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def last(self) -> Path:
        """Checkpoint to continue from, with the optimiser."""
        return self.path / "checkpoints" / "last.safetensors"

    @property
    def best(self) -> Path:
        """Weights with the best validation score so far."""
        return self.path / "checkpoints" / "best.safetensors"

    @property
    def final(self) -> Path:
        """Weights after the last step."""
        return self.path / "checkpoints" / "final.safetensors"

    @property
    def finished(self) -> bool:
        """Whether the training reached its last step."""
        return self.final.is_file()

    def usable(self) -> Path:
        """The checkpoint to load for inference: best, else final, else last.

        Raises:
            BadFileError: the folder holds no checkpoint.
        """
        for candidate in (self.best, self.final, self.last):
            if candidate.is_file():
                return candidate
        raise BadFileError(self.path, "holds no checkpoint", "name a folder written by 'sceneglot train'")

    def start(self, recipe: str, config: Any) -> None:
        """Write what is about to be trained.

        Raises:
            BadFileError: the folder holds checkpoints of another config. One without checkpoints, as a command that
                failed leaves it, takes the new config.
        """
        content = {"recipe": recipe, "config": to_jsonable(config)}
        file = self.path / "config.json"
        if file.exists():
            before = read_json(file)
            if before == content:
                return
            if self.last.is_file() or self.best.is_file() or self.finished:
                changed = _first_difference(before, content)
                raise BadFileError(
                    file,
                    f"this run folder belongs to another configuration ({changed})",
                    "use another --out, or delete the folder to start over",
                )
        write_json(file, content)
        packages = ("sceneglot", "torch", "numpy", "numba", "transformers", "accelerate")
        facts = {name: version(name) for name in packages} | {"python": platform.python_version()}
        write_json(self.path / "environment.json", facts | {"cpu_count": os.cpu_count()})

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Append one line to metrics.jsonl; see `rewind` for lines of steps that are trained again after a crash."""
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **{k: logged(v) for k, v in values.items()}}) + "\n")

    def rewind(self, step: int) -> None:
        """Drop logged lines after `step`, so that a resumed run leaves the log of an uninterrupted one."""
        file = self.path / "metrics.jsonl"
        if file.exists():
            kept = [line for line in self.history() if line["step"] <= step]
            write_text(file, "".join(json.dumps(line) + "\n" for line in kept))

    def history(self) -> list[dict[str, float]]:
        """All logged lines; a torn last line (killed while writing) is ignored."""
        file = self.path / "metrics.jsonl"
        lines = []
        for text in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
            try:
                lines.append(json.loads(text))
            except json.JSONDecodeError:
                continue
        return lines


def logged(value: float) -> float:
    """A number as metrics.jsonl keeps it; scores are compared so, for a resumed run to pick the same best."""
    return round(float(value), 6)


def _first_difference(a: Any, b: Any, where: str = "") -> str:
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            if a.get(key) != b.get(key):
                return _first_difference(a.get(key), b.get(key), f"{where}.{key}".lstrip("."))
    return f"{where}: {a!r} on disk, {b!r} asked for"
