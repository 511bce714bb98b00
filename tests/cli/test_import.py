from __future__ import annotations

import json

import pytest
from tests.scenes.samples import write_scan

from sceneglot.cli.main import run
from sceneglot.scenes.store import Store


@pytest.fixture
def scans(tmp_path):
    for name in ("scene0000_00", "scene0001_00"):
        write_scan(tmp_path / "scans" / name)
    return tmp_path / "scans"


def test_import_and_check_from_the_command_line(scans, tmp_path, capsys):
    out = tmp_path / "data"
    assert run(["import", "scannet", str(scans), str(out)]) == 0
    assert f"2 scenes imported, 0 kept: {out}" in capsys.readouterr().out.replace("\n", " ").replace("  ", " ")
    store = Store.open(out)
    assert (store.origin, store.licence, len(store)) == ("scannet", "ScanNet Terms of Use", 2)
    assert run(["import", "scannet", str(scans), str(out)]) == 0
    assert "0 scenes imported, 2 kept" in capsys.readouterr().out
    assert run(["check", str(out), "--out", str(tmp_path / "check.json")]) == 0
    assert "2 scenes, 18 points, 6 objects" in capsys.readouterr().out
    report = json.loads((tmp_path / "check.json").read_text())
    assert report["ok"] is True
    assert [scene["num_objects"] for scene in report["scenes"]] == [3, 3]


def test_kept_scenes_of_other_options_are_told(scans, tmp_path, capsys):
    out, lists = tmp_path / "data", tmp_path / "lists"
    lists.mkdir()
    (lists / "scannetv2_val.txt").write_text("scene0000_00\nscene0001_00\n")
    hidden = scans / "scene0001_00"
    hidden.rename(tmp_path / "hidden")
    assert run(["import", "scannet", str(scans), str(out)]) == 0
    assert run(["import", "scannet", str(scans), str(out)]) == 0
    assert "another" not in capsys.readouterr().out  # the same options, nothing to say
    for _ in range(2):  # said every time, as long as all scenes have the first options
        assert run(["import", "scannet", str(scans), str(out), "--splits", str(lists)]) == 0
        assert "kept may have been imported with another --splits" in capsys.readouterr().out
    (tmp_path / "hidden").rename(hidden)
    assert run(["import", "scannet", str(scans), str(out), "--splits", str(lists)]) == 0
    assert "kept may have been imported with another --splits" in capsys.readouterr().out
    store = Store.open(out)
    assert [store.entry(name).split for name in store.scene_ids] == ["", "val"]
    assert str(tmp_path) not in (out / "import.json").read_text()  # stores travel
    (out / "import.json").write_text("{")
    assert run(["import", "scannet", str(scans), str(out)]) == 2
    assert "import.json: cannot be read" in capsys.readouterr().err


def test_a_dry_run_says_what_is_needed_and_writes_nothing(scans, tmp_path, capsys):
    before = sorted(tmp_path.rglob("*"))
    assert run(["import", "scannet", str(scans), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "scans/<scan>/<scan>_vh_clean_2.ply: 2 files" in shown
    assert "http://www.scan-net.org/" in shown
    assert "would import 2 scenes" in shown and "2 of 1,613" in shown
    assert run(["import", "scannet", str(tmp_path / "none"), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "needs scans/<scan>/<scan>_vh_clean_2.ply" in shown and "nothing to import" in shown
    assert sorted(tmp_path.rglob("*")) == before


def test_tables_of_objects_from_csv(tmp_path, capsys):
    table, out = tmp_path / "rooms.csv", tmp_path / "data"
    row = "chair,1,2,0.5,1,1,1,0.3"
    table.write_text(
        f"scene_id,id,label,cx,cy,cz,dx,dy,dz,yaw\na,0,{row}\nb,0,{row}\nb,1,{row}\nc,0,{row}\nc,0,{row}\n"
    )
    assert run(["import", "objects", "--help"]) == 0
    assert "JSON, CSV or Parquet" in " ".join(capsys.readouterr().out.split())
    assert run(["import", "objects", str(table), "--dry-run"]) == 0
    assert "would import 3 scenes from" in capsys.readouterr().out and not out.exists()
    assert run(["import", "objects", str(table), str(out), "--workers", "2"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("note: columns that are not read: yaw") == 1
    assert "skipped c: " in shown and "scene c, line 6: id 0 is that of scene c, line 5, too" in shown
    assert Store.open(out).objects("b").id.tolist() == [0, 1]
    assert run(["graph", str(table), "--scene-id", "b"]) == 0
    assert "1 scenes, 2 objects" in capsys.readouterr().out
    table.write_text("id,label\n0,chair\n")
    assert run(["import", "objects", str(table), str(tmp_path / "more")]) == 2
    assert (
        "has no column center_x, center_y, center_z or cx, cy, cz or center; found id, label" in capsys.readouterr().err
    )


def test_kinds_are_listed_and_misspelt_ones_suggested(capsys):
    assert run(["import"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {kind} " in shown for kind in ("scannet", "sceneverse", "3rscan", "file"))
    assert run(["import", "scanet", "a", "b"]) == 2
    assert "did you mean 'scannet'" in capsys.readouterr().err
    assert run(["import", "scannet", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "--unknown-labels" in shown and "--workers" in shown and "--stride" not in shown


def test_the_store_is_named_or_it_is_an_error(scans, capsys):
    assert run(["import", "scannet", str(scans)]) == 2
    assert "name the folder of the store" in capsys.readouterr().err
    assert run(["import", "scannet", str(scans), "x", "--workers", "0"]) == 2
    assert "--workers" in capsys.readouterr().err


def test_reports_are_written_as_json(scans, tmp_path):
    (scans / "scene0001_00" / "scene0001_00.aggregation.json").write_text("{")
    assert run(["import", "scannet", str(scans), "--dry-run", "--out", str(tmp_path / "plan.json")]) == 0
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert (plan["num_scenes"], plan["files"][0]["num_files"]) == (2, 2)
    assert run(["import", "scannet", str(scans), str(tmp_path / "d"), "--out", str(tmp_path / "report.json")]) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["imported"] == ["scene0000_00"]
    assert report["failed"][0][0] == "scene0001_00" and "JSON" in report["failed"][0][1]
    assert report["counts"] == {"": [1, 1613]}


def test_workers_and_the_summary(scans, tmp_path, capsys):
    assert run(["import", "scannet", str(scans), str(tmp_path / "data"), "--workers", "2"]) == 0
    shown = capsys.readouterr().out
    assert "2 scenes imported" in shown and "in the store: scenes 2 of 1,613" in shown and "MB/s" in shown


def test_a_bad_scan_is_skipped_unless_strict(scans, tmp_path, capsys):
    (scans / "scene0001_00" / "scene0001_00.aggregation.json").write_text("{")
    assert run(["import", "scannet", str(scans), str(tmp_path / "a")]) == 0
    shown = capsys.readouterr().out
    assert "skipped scene0001_00" in shown
    assert "1 skipped" in shown
    assert run(["import", "scannet", str(scans), str(tmp_path / "b"), "--strict"]) == 2
    assert Store.open(tmp_path / "b").scene_ids == ("scene0000_00",)


def test_when_all_fail_nothing_is_left_behind(scans, tmp_path, capsys):
    for name in ("scene0000_00", "scene0001_00"):
        (scans / name / f"{name}_vh_clean_2.ply").write_bytes(b"ply\n")
    out = tmp_path / "data"
    assert run(["import", "scannet", str(scans), str(out)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("sceneglot: error: nothing could be imported")
    assert error.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "scannet", "nowhere", "OUT"],
        ["import", "file", "nowhere.ply", "OUT"],
        ["import", "objects", "nowhere.json", "OUT"],
        ["import", "file", "SRC", "OUT", "--labels", "x.tsv"],
        ["import", "file", "SRC", "OUT", "--splits", "x"],
        ["import", "scannet", "SRC", "OUT", "--labels", "x.tsv"],
        ["import", "scannet", "SRC", "OUT", "--splits", "x"],
        ["import", "scannet", "SRC", "SRC"],
        ["check", "OUT"],
        ["check", "SRC"],
    ],
)
def test_bad_input_exits_with_two_and_one_line(scans, tmp_path, capsys, arguments: list[str]):
    places = {"SRC": str(scans), "OUT": str(tmp_path / "data")}
    before = sorted(tmp_path.rglob("*"))
    assert run([places.get(argument, argument) for argument in arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("sceneglot: error: ")
    assert error.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_pipe_gets_the_table_and_nothing_before_it(scans, tmp_path, capsys):
    assert run(["import", "scannet", str(scans), str(tmp_path / "data")]) == 0
    assert run(["check", str(tmp_path / "data")]) == 0
    assert "" not in capsys.readouterr().out.splitlines()


def test_check_exits_with_two_on_errors_and_still_writes_the_report(scans, tmp_path, capsys):
    out = tmp_path / "data"
    assert run(["import", "scannet", str(scans), str(out)]) == 0
    path = out / "scenes" / "scene0000_00.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    assert run(["check", str(out), "--out", str(tmp_path / "check.json")]) == 2
    assert "scene0000_00" in capsys.readouterr().err
    assert json.loads((tmp_path / "check.json").read_text())["ok"] is False


@pytest.mark.realdata
def test_the_real_scan_goes_through(real_data, tmp_path):
    out = tmp_path / "data"
    assert run(["import", "scannet", str(real_data / "scans" / "scannet_raw"), str(out)]) == 0
    assert run(["check", str(out), "--out", str(tmp_path / "check.json")]) == 0
    report = json.loads((tmp_path / "check.json").read_text())
    scene = report["scenes"][0]
    assert (scene["num_points"], scene["num_objects"], scene["units"], scene["up_axis"]) == (81_369, 67, "metres", "z")
    assert report["problems"] == []
