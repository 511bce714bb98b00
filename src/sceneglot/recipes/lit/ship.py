"""Make trained runs of the rooms teacher the package data of the embedded teacher, with their card.

    python -m sceneglot.recipes.lit.ship RUN [RUN ...] [--outside scores.json] [--cost "TEXT"]

The first run is shipped, the others (other seeds) tell its spread. `scores.json` is what
`benchmarks/teacher_zero_shot.py --out` writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import tyro

from sceneglot.recipes.lit.card import CardFacts, ship
from sceneglot.recipes.lit.pictures import load_rooms
from sceneglot.records import read_json
from sceneglot.scenes.store import Store
from sceneglot.teachers.embedded import WEIGHTS


def ship_runs(runs: Sequence[Path], folder: Path, *, outside: Path | None = None, cost: str = "not measured") -> None:
    """Copy the first run's weights to `folder` and write the card of all runs.

    Raises:
        BadFileError: a run lacks its config or exam, that is, has not ended.
    """
    configs = [read_json(run / "config.json")["config"] for run in runs]
    exams = [read_json(run / "exam.json") for run in runs]
    facts = CardFacts(
        exams=exams,
        seeds=[config["loop"]["seed"] for config in configs],
        training=_training(runs[0], configs[0], cost),
        outside=read_json(outside) if outside is not None else {},
    )
    ship(runs[0] / "rooms_vit.safetensors", folder, facts)


def _training(run: Path, config: dict, cost: str) -> dict[str, str]:
    store = Store.open(config["data"])
    train = load_rooms(run / "pictures", store.split("train"))
    names = {r.label for r in train.records if r.label}
    types = {r.room_type for r in train.records if r.room_type}
    rooms = {split: len(store.split(split)) for split in ("train", "val", "test")}
    side, loop = config["pictures"]["side"], config["loop"]
    looks = loop["steps"] * loop["batch_size"]
    return {
        "rooms": f"{rooms['train']} for training, {rooms['val']} for the curves, {rooms['test']} for the exam below; "
        f"{len(types)} room types",
        "pictures": f"{len(train)} of {side} x {side} (photographs of the virtual camera, point renders, crops), "
        f"{len(names)} names of things",
        "recipe": f"`sceneglot train rooms-teacher`: {loop['steps']} steps of {loop['batch_size']} pictures "
        f"({looks:,} looks), seed {loop['seed']}",
        "cost": cost,
    }


def main(
    runs: Annotated[tuple[Path, ...], tyro.conf.Positional], outside: Path | None = None, cost: str = "not measured"
) -> None:
    """Ship finished runs."""
    ship_runs(runs, WEIGHTS.parent, outside=outside, cost=cost)
    print(f"wrote {WEIGHTS.parent}")


if __name__ == "__main__":
    tyro.cli(main)
