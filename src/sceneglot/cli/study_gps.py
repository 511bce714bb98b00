"""`sceneglot study gps-losses | gps-data | gps-fusion | gps-text`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sceneglot.atomic import write_json
from sceneglot.cli.study import Progress, StudyOptions, chosen_rows, run_rows
from sceneglot.recipes.gps_studies import GPSPlan, GPSRow, StudyName, study_rows
from sceneglot.recipes.rooms_data import RoomsData, make_rooms
from sceneglot.recipes.study import RowResult
from sceneglot.view.study_page import study_table, write_study_page
from sceneglot.view.tables import print_table

COLUMNS = ("overall", "easy", "hard", "view-dependent", "view-independent")


@dataclass(frozen=True, kw_only=True)
class GPSOptions(StudyOptions):
    """What the studies of GPS on points can be asked for."""

    rooms: int = 128
    pretrain_steps: int = GPSPlan.object_steps
    finetune_steps: int = GPSPlan.steps
    texts: tuple[str, ...] = ("templates",)
    """Utterance files to train on; gps-text compares them."""
    test_text: str = ""
    """Utterance file of the test; the first of --texts if not given."""
    split: Literal["val", "test"] = "test"
    """Scenes of the test."""


@dataclass(frozen=True, kw_only=True)
class GPSDataOptions(GPSOptions):
    """What gps-data can be asked for: what the others can, and scans."""

    real: Path | None = None
    """Store of scans with sentences, for the rows that train on them and are tested on them."""


LOSSES = GPSOptions(out=Path("studies/gps-losses"))
DATA = GPSDataOptions(out=Path("studies/gps-data"))
FUSION = GPSOptions(out=Path("studies/gps-fusion"))
TEXT = GPSOptions(out=Path("studies/gps-text"))


def gps_losses(asked: GPSOptions = LOSSES) -> None:
    """Object stage, masked words and scene contrast of GPS, added one by one.

    Example: sceneglot study gps-losses --out studies/gps-losses --workers 2
    """
    _gps_study("gps-losses", asked)


def gps_data(asked: GPSDataOptions = DATA) -> None:
    """GPS trained on 12.5, 25, 50 and 100 % of the rooms; with --real, on scans alone and on rooms, then scans.

    Example: sceneglot study gps-data --real SCANS --seeds 0
    """
    _gps_study("gps-data", asked, asked.real)


def gps_fusion(asked: GPSOptions = FUSION) -> None:
    """The ways geometry enters the attention of GPS: five fusions, and the one that also sees the sentence.

    Example: sceneglot study gps-fusion --out studies/fusion
    """
    _gps_study("gps-fusion", asked)


def gps_text(asked: GPSOptions = TEXT) -> None:
    """GPS trained on one utterance file after the other of --texts.

    Example: sceneglot study gps-text --data DATA --texts templates refined human --test-text human
    """
    _gps_study("gps-text", asked)


def _gps_study(name: StudyName, asked: GPSOptions, real: Path | None = None) -> None:
    """Generate rooms (unless data is given), run the rows, print and write a table per place of testing."""

    def prepare(progress: Progress) -> None:
        if asked.data is None:
            make_rooms(asked.store, RoomsData(rooms=asked.rooms, seed=asked.data_seed, teacher=""), progress)

    plan = GPSPlan(
        asked.store,
        asked.out / "runs",
        object_steps=asked.pretrain_steps,
        steps=asked.finetune_steps,
        real=real,
        texts=asked.texts,
        test_text=asked.test_text or asked.texts[0],
        split=asked.split,
    )
    rows = chosen_rows(study_rows(name, real, asked.texts), asked.rows)
    results = run_rows(f"study {name}", rows, plan, asked, prepare)
    # Rows tested on other scenes make a table of their own.
    for on_rooms in dict.fromkeys(row.source == "rooms" for row in rows):
        part = [r for r in results if (r.row.source == "rooms") == on_rooms]
        _finish(name, plan, asked, part, "" if on_rooms else "-real")


def _finish(
    name: StudyName, plan: GPSPlan, asked: GPSOptions, results: Sequence[RowResult[GPSRow]], suffix: str
) -> None:
    """Print the table, write table.json and report.html."""
    prior = plan.baselines(results[0].row, asked.seeds[0])
    baselines: Mapping[str, Mapping[str, float]] = {
        "random object": {"overall": prior["random"]},
        "random object of the right class": {"overall": prior["class_only"]},
    }
    count = int(prior["sentences"])
    title = f"{name}, {plan.test_text}, {plan.split} scenes, protocol gt-boxes"
    print_table(study_table(title, results, baselines, count))
    record = [{"row": r.row.name, "runs": [p.name for p in r.runs], "scores": r.scores} for r in results]
    budget = {"object_steps": plan.object_steps, "steps": plan.steps}
    facts = {"title": title, "seeds": asked.seeds, "budget": budget, "sentences": count, "baselines": prior}
    print(f"wrote {write_json(asked.out / f'table{suffix}.json', facts | {'rows': record})}")
    story = (
        f"GPS on points, tiny: {plan.object_steps} steps of the object stage, {plan.steps} steps of 64 sentences. "
        f"Tested on {count} sentences about scenes never seen in training, annotated objects without labels (gt-boxes)."
    )
    page = asked.out / f"report{suffix}.html"
    write_study_page(page, f"sceneglot study {name}", story, results, baselines, COLUMNS, "loss/referral")
    print(f"wrote {page}")
