"""`sceneglot study`: each study has its own options, and every command line in the documentation is one it takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sceneglot.cli import study_gps, study_vqa, study_ws3d
from sceneglot.cli.main import run
from sceneglot.cli.study import STUDIES
from sceneglot.recipes.gps_studies import GPSPlan
from sceneglot.recipes.ws3d_study import Ws3dPlan

ROOT = Path(__file__).parents[2]
OWN = {
    "--percents": {"ws3d"},
    "--points": {"ws3d", "ws3d-sensitivity"},
    "--real": {"gps-data"},
    "--texts": {"gps-losses", "gps-data", "gps-fusion", "gps-text"},
}


def documented() -> list[str]:
    """All that is written after "sceneglot study" in the documentation, without comments and optional parts."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    found = [line for page in pages for line in re.findall(r"sceneglot study ([^\n`#|]+)", page.read_text("utf-8"))]
    return sorted({re.sub(r"\[|\]", "", re.split(r"\s{6,}", line)[0]).strip() for line in found})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What the studies would have been asked to do."""
    calls: list[tuple[object, ...]] = []
    studies = ((study_gps, "_gps_study"), (study_vqa, "vqa_study"))
    for module, name in (*studies, (study_ws3d, "_ws3d_study"), (study_ws3d, "_levels_study")):
        monkeypatch.setattr(module, name, lambda *arguments: calls.append(arguments))
    return calls


@pytest.mark.parametrize("name", STUDIES)
def test_help_shows_an_example_and_only_the_options_of_the_study(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["study", name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Example: sceneglot study {name}" in shown and "--pretrain-steps" in shown
    assert {option for option in OWN if option in shown} == {option for option, names in OWN.items() if name in names}


def test_the_list_of_studies(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["study"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in STUDIES)


@pytest.mark.parametrize("line", documented())
def test_documented_command_lines_are_understood(line: str, asked: list[tuple[object, ...]]) -> None:
    assert run(["study", *line.split()]) == 0
    assert len(asked) == 1


def test_options_arrive(asked: list[tuple[object, ...]]) -> None:
    line = "ws3d --seeds 0 --percents 5 100 --pretrain-steps 24 --finetune-steps 12 --out here --workers 2"
    assert run(["study", *line.split()]) == 0
    name, rows, options = asked[0]
    assert name == "study ws3d" and len(rows) == 9  # type: ignore[arg-type]  # 2 shares, 4 variants, one control
    assert isinstance(options, study_ws3d.EfficiencyOptions)
    assert (options.seeds, options.percents, options.pretrain_steps, options.finetune_steps) == ((0,), (5, 100), 24, 12)
    assert (options.out, options.store, options.workers) == (Path("here"), Path("here/data"), 2)


def test_sensitivity_can_be_asked_about_points_and_after_pretraining(asked: list[tuple[object, ...]]) -> None:
    for line in ("", "--percent 10", "--points 50 --pretrained"):
        assert run(["study", "ws3d-sensitivity", *line.split()]) == 0
    first = [(rows[0].name, rows[1].name) for _, rows, _ in asked]  # type: ignore[attr-defined, index]
    assert first == [
        ("5 % of scenes, scratch", "5 % of scenes, region-aware"),
        ("10 % of scenes, scratch", "10 % of scenes, region-aware"),
        ("50 points per scene, pre-trained", "50 points per scene, both"),
    ]


def test_a_study_keeps_its_own_numbers(asked: list[tuple[object, ...]]) -> None:
    for name in ("vqa", "gps-fusion", "ws3d-sensitivity"):
        assert run(["study", name]) == 0
    numbers = [(o.rooms, o.pretrain_steps, o.finetune_steps, str(o.out)) for *_, o in asked]  # type: ignore[attr-defined]
    assert numbers == [
        (384, 2000, 1500, "studies/vqa"),
        (128, GPSPlan.object_steps, GPSPlan.steps, "studies/gps-fusion"),
        (120, Ws3dPlan.pretrain_steps, Ws3dPlan.steps, "studies/ws3d-sensitivity"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("gps-tex", "did you mean 'gps-text'"),
        ("nonsense", "there are vqa, gps-losses"),
        ("vqa --rows nothing", "no row is called 'nothing'; there are blind"),
        ("gps-text", "name at least two with --texts"),
        ("ws3d-levels --rows regionss", "no row is called 'regionss'; there are scratch, regions, all"),
    ],
)
def test_mistakes_are_one_line(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["study", *line.split()]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_an_option_of_another_study_is_refused() -> None:
    assert run(["study", "vqa", "--percents", "5"]) == 2
