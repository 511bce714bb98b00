"""`sceneglot study gps-losses | gps-data | gps-fusion | gps-text`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sceneglot.recipes.gps_studies import GPSPlan, GPSRow, StudyName
    from sceneglot.recipes.study import RowResult

COLUMNS = ("overall", "easy", "hard", "view-dependent", "view-independent")


def study_gps(
    name: StudyName,
    plan: GPSPlan,
    out: Path,
    rooms: int,
    seeds: tuple[int, ...],
    rows: tuple[str, ...],
    workers: int,
    data_seed: int,
) -> None:
    """Generate rooms (unless there are 0 to make), run the chosen rows, print and write the table; see `cli.study`."""
    from sceneglot.cli.steps import Steps, chosen_rows
    from sceneglot.recipes.gps_studies import study_rows
    from sceneglot.recipes.rooms_data import RoomsData, make_rooms
    from sceneglot.recipes.study import run_study
    from sceneglot.train.jobs import Listener

    chosen = chosen_rows(study_rows(name, plan.real, plan.texts), rows)
    with Steps() as steps:
        steps.headline(f"study {name}: {len(chosen)} rows, seeds {', '.join(map(str, seeds))}")
        if rooms:
            make_rooms(plan.data, RoomsData(rooms=rooms, seed=data_seed, teacher=""), steps.progress)
    with Steps(shown=workers != 1) as steps:
        results = run_study(chosen, seeds, plan, workers, Listener(steps.headline, steps.progress))
    # Rows tested on other scenes make a table of their own.
    for place in dict.fromkeys(row.source == "rooms" for row in chosen):
        part = [r for r in results if (r.row.source == "rooms") == place]
        finish(name, plan, out, part, seeds, "" if place else "-real")


def finish(
    name: StudyName, plan: GPSPlan, out: Path, results: Sequence[RowResult[GPSRow]], seeds: Sequence[int], suffix: str
) -> None:
    """Print the table, write table.json and report.html."""
    from sceneglot.train.run import write_json
    from sceneglot.view.study_page import study_table, write_study_page
    from sceneglot.view.tables import print_table

    prior = plan.baselines(results[0].row, seeds[0])
    baselines: Mapping[str, Mapping[str, float]] = {
        "random object": {"overall": prior["random"]},
        "random object of the right class": {"overall": prior["class_only"]},
    }
    count = int(prior["sentences"])
    title = f"{name}, {plan.test_text}, {plan.split} scenes, protocol gt-boxes"
    print_table(study_table(title, results, baselines, count))
    record = [{"row": r.row.name, "runs": [p.name for p in r.runs], "scores": r.scores} for r in results]
    budget = {"object_steps": plan.object_steps, "steps": plan.steps}
    table = {"title": title, "seeds": seeds, "budget": budget, "sentences": count, "baselines": prior, "rows": record}
    print(f"wrote {write_json(out / f'table{suffix}.json', table)}")
    story = (
        f"GPS on points, tiny: {plan.object_steps} steps of the object stage, {plan.steps} steps of 64 sentences. "
        f"Tested on {count} sentences about scenes never seen in training, annotated objects without labels (gt-boxes)."
    )
    page = write_study_page(
        out / f"report{suffix}.html", f"sceneglot study {name}", story, results, baselines, COLUMNS, "loss/referral"
    )
    print(f"wrote {page}")
