"""Annotations into a store: what joins, what does not, official counts, splits, and real files."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from tests.scenes.annotations import official

from sceneglot.cli.main import run
from sceneglot.errors import SceneglotError
from sceneglot.scenes import Objects, Scene, Source
from sceneglot.scenes.annotations.annotation import NO_TARGET_CLASS, STRUCTURE
from sceneglot.scenes.annotations.counts import OFFICIAL, check_counts
from sceneglot.scenes.annotations.importing import READERS, TextReport, import_text
from sceneglot.scenes.annotations.join import NO_OBJECT, NO_OBJECTS, NO_POSE, NO_SCENE, OTHER_LABEL, REPEATED
from sceneglot.scenes.check import check
from sceneglot.scenes.store import Store

NAMES = {
    "scanrefer": ["scanrefer_train"], "scan2cap": ["scan2cap_train"], "nr3d": ["nr3d"], "sr3d": ["sr3d"],
    "sr3d+": ["sr3d_plus"], "scanqa": ["scanqa_val"], "sqa3d": ["sqa3d_val"], "multi3drefer": ["multi3drefer_val"],
    "3dssg": ["3dssg"],
    "sceneverse": [f"sceneverse_{part}_train" for part in (
        "anno", "scene_cap", "ssg_obj_caption_template", "ssg_ref_rel2_template", "ssg_ref_star_gpt")],
}  # fmt: skip


def whys(report: TextReport) -> dict[str, int]:
    return {finding.what: finding.count for finding in (*report.dropped, *report.noted)}


@pytest.mark.parametrize("kind", sorted(READERS))
def test_every_kind_goes_in_and_leaves_a_sound_store(kind: str, store: Store, files: dict[str, list[Path]]) -> None:
    report = import_text(store, kind, files[kind])
    assert list(report.written) == NAMES[kind]
    again = Store.open(store.path)
    assert {name: len(again.utterances(name=name)) for name in again.utterance_names} == report.written
    assert check(store.path).errors == ()
    assert report.rows == sum(report.written.values()) + sum(f.count for f in report.dropped)
    json.dumps(report.to_dict())


def test_the_reasons_are_told(store: Store, files: dict[str, list[Path]]) -> None:
    report = import_text(store, "scanrefer", files["scanrefer"])
    assert whys(report) == {NO_SCENE: 1, NO_OBJECT: 1}
    (lacks,) = [f for f in report.dropped if f.what == NO_OBJECT]
    assert lacks.examples == ("scanrefer-scene0000_00-77-1: 77 in scene0000_00",)


def test_official_filters_can_be_switched_off(store: Store, files: dict[str, list[Path]]) -> None:
    assert whys(import_text(store, "nr3d", files["nr3d"])) == {NO_TARGET_CLASS: 1}
    assert import_text(store, "nr3d", files["nr3d"], unfiltered=True).written == {"nr3d": 2}
    assert whys(import_text(store, "sceneverse", files["sceneverse"])) == {STRUCTURE: 1}


def test_a_hidden_target_never_becomes_a_zero_target(store: Store, tmp_path: Path) -> None:
    row = {k: v for k, v in official.MULTI3DREFER[0].items() if k != "object_ids"}
    path = official.write_json(tmp_path / "multi3drefer_test.json", [row])
    with pytest.raises(SceneglotError, match="no published target"):
        import_text(store, "multi3drefer", [path], unfiltered=True)
    assert store.utterance_names == ()


def test_other_labels_and_repeated_ids_are_noted(store: Store, tmp_path: Path) -> None:
    rows = [official.SCANREFER[0] | {"object_name": "bucket"}, official.SCANREFER[0]]
    path = official.write_json(tmp_path / "ScanRefer_filtered_val.json", rows)
    report = import_text(store, "scanrefer", [path])
    assert whys(report) == {OTHER_LABEL: 1, REPEATED: 1}
    ids = [u.id for u in store.utterances(name="scanrefer_val")]
    assert ids == ["scanrefer-scene0000_00-0-3", "scanrefer-scene0000_00-0-3.2"]


@pytest.mark.parametrize("written", ["3RScan_" + official.RIO, "3RScan/" + official.RIO, official.RIO])
def test_the_name_of_the_data_set_in_front_does_not_matter(written: str, store: Store, tmp_path: Path) -> None:
    path = official.write_json(tmp_path / "scene_cap.json", {written: {"captions": ["An office."]}})
    import_text(store, "sceneverse", [path])
    assert [u.scene_id for u in store.utterances(kind="scene_caption")] == [official.RIO]


@pytest.mark.parametrize("listed", ["", "3RScan_"])
@pytest.mark.parametrize("written", ["", "3RScan_"])
def test_nor_does_it_in_front_of_scans_of_a_split(
    written: str, listed: str, store: Store, files: dict[str, list[Path]]
) -> None:
    folder = files["sceneverse"][0]
    official.write_json(folder / "scene_cap.json", {written + official.RIO: {"captions": ["An office."]}})
    (folder / "splits" / "train_split.txt").write_text(listed + official.RIO + "\n")
    report = import_text(store, "sceneverse", [folder / "scene_cap.json"])
    assert report.written == {"sceneverse_scene_cap_train": 1} and report.dropped == ()


def test_a_scene_without_objects_takes_no_referral(tmp_path: Path, files: dict[str, list[Path]]) -> None:
    store = Store.create(tmp_path / "raw", origin="test", licence="CC0-1.0")
    points = np.zeros((3, 3), np.float32)
    store.add(Scene("scene0000_00", points, points.astype(np.uint8), Source("test")))
    with pytest.raises(SceneglotError, match=r"none of 4 rows fits .*whose objects the store does not know"):
        import_text(store, "scanrefer", files["scanrefer"])
    assert NO_OBJECTS  # the text above


def test_labels_of_the_store_stand_in_for_missing_ones(store: Store, files: dict[str, list[Path]]) -> None:
    import_text(store, "3dssg", files["3dssg"])
    assert [u.text for u in store.utterances()] == [
        "The trash can is to the left of the desk.", "The trash can is standing on the wall.",
        "The office chair has the same color as the office chair.",
    ]  # fmt: skip


def test_counts_agree_exactly_or_are_told() -> None:
    (whole,) = check_counts("scanqa", {"val": 4675})
    assert whole.agrees is True and "as many as the official file" in str(whole)
    (part,) = check_counts("scanqa", {"val": 4674})
    assert part.agrees is False and "the official file has 4,675" in str(part)
    (unknown,) = check_counts("3dssg", {"": 7})
    assert unknown.agrees is None
    (both,) = check_counts("nr3d", {"train": 33_000, "test": 8_503})
    assert both.agrees is True
    assert sum(n[0] for n in OFFICIAL["scanrefer"].values()) == 51_583
    assert sum(n[0] for n in OFFICIAL["scanqa"].values()) == 41_363
    assert sum(n[0] for n in OFFICIAL["sqa3d"].values()) == 33_403
    assert sum(n[0] for n in OFFICIAL["multi3drefer"].values()) == 61_926


def test_a_whole_official_file_gives_the_exact_count(store: Store, tmp_path: Path) -> None:
    rows = [official.SCANQA[0] | {"question_id": f"val-scene0001-{i}"} for i in range(4675)]
    report = import_text(store, "scanqa", [official.write_json(tmp_path / "ScanQA_v1.0_val.json", rows)])
    assert [check.agrees for check in report.counts] == [True]
    assert report.written == {"scanqa_val": 4675}


def posed_store(path: Path, alignment: np.ndarray, scan: str = "scene0001_00") -> Store:
    """One scene whose raw mesh spans -1..3, 0..6, 0..2, stored aligned."""
    raw = np.array([[-1, 0, 0], [3, 6, 2], [0, 1, 1]], np.float64)
    xyz = (raw @ alignment[:3, :3].T + alignment[:3, 3]).astype(np.float32)
    objects = Objects(np.arange(1), ("desk",), xyz[:1].astype(np.float64), np.ones((1, 3)))
    store = Store.create(path, origin="test", licence="CC0-1.0")
    store.add(Scene(scan, xyz, np.zeros((3, 3), np.uint8), Source("test"), objects=objects))
    return store


def test_poses_come_into_the_frame_of_the_scene(tmp_path: Path, files: dict[str, list[Path]]) -> None:
    alignment = np.array([[0, -1, 0, 5], [1, 0, 0, 7], [0, 0, 1, 0.5], [0, 0, 0, 1]], np.float64)  # a quarter turn
    store = posed_store(tmp_path / "posed", alignment)
    table = official.write_json(tmp_path / "alignments.json", {"scene0001_00": alignment.reshape(-1).tolist()})
    scan = tmp_path / "scans" / "scene0001_00"
    scan.mkdir(parents=True)
    (scan / "scene0001_00.txt").write_text("axisAlignment = " + " ".join(map(str, alignment.reshape(-1))))
    for scans in (table, tmp_path / "scans"):
        import_text(store, "sqa3d", files["sqa3d"], scans=scans)
        (asked,) = store.utterances()
        # raw centre (1, 3): the asker at (1, 2) from it stands at raw (2, 5), turned (-5, 2), moved (0, 9)
        assert asked.position == pytest.approx((0, 9, 0))
        # looks along -x, turned by a quarter (file) and a quarter (alignment): along +x
        assert asked.heading == pytest.approx(0, abs=1e-9)
    report = import_text(store, "sqa3d", files["sqa3d"])
    assert store.utterances()[0].position is None and store.utterances()[0].heading is None
    assert whys(report)[NO_POSE] == 1


def test_poses_of_scans_with_the_name_of_the_data_set_in_front(tmp_path: Path, files: dict[str, list[Path]]) -> None:
    store = posed_store(tmp_path / "posed", np.eye(4), "scannet_scene0001_00")
    table = official.write_json(tmp_path / "alignments.json", {"scene0001_00": np.eye(4).reshape(-1).tolist()})
    report = import_text(store, "sqa3d", files["sqa3d"], scans=table)
    assert store.utterances()[0].position == pytest.approx((2, 5, 0)) and NO_POSE not in whys(report)


def test_import_from_the_command_line(store: Store, files: dict[str, list[Path]], tmp_path: Path, capsys) -> None:
    report = tmp_path / "report.json"
    paths = [str(path) for path in files["scanrefer"]]
    assert run(["import-text", "scanrefer", *paths, "--data", str(store.path), "--out", str(report)]) == 0
    shown = capsys.readouterr().out
    assert "scanrefer train: 4 rows, the official file has 36,665" in shown
    assert "left out: 1 times a row " + NO_OBJECT in shown
    assert "scanrefer_train.parquet: 2 utterances" in shown
    assert json.loads(report.read_text())["written"] == {"scanrefer_train": 2}


@pytest.mark.parametrize("content", ["{", "[]", "[3]", '[{"scene_id": "x"}]', '{"scans": 3}', "null"])
@pytest.mark.parametrize("kind", sorted(set(READERS) - {"sceneverse"}))
def test_bad_files_exit_with_two_and_one_line(kind: str, content: str, store: Store, tmp_path: Path, capsys) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    assert run(["import-text", kind, str(path), "--data", str(store.path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("sceneglot: error: ") and error.count("\n") == 1
    assert store.utterance_names == ()


# Real files ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scannet(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The object tables of real training scans, those that the language samples are mostly about."""
    tables = json.loads(gzip.decompress((real_data / "meta/scannet/scannet_objects_train.json.gz").read_bytes()))
    store = Store.create(tmp_path_factory.mktemp("real") / "data", origin="objects", licence="ScanNet Terms of Use")
    nothing = np.zeros((0, 3), np.float32)
    for scene_id, rows in sorted(tables.items()):
        objects = Objects(
            np.array([int(row["id"]) for row in rows]),
            tuple(str(row["label"]) for row in rows),
            np.array([row["center"] for row in rows], np.float64).reshape(-1, 3),
            np.array([row["size"] for row in rows], np.float64).reshape(-1, 3),
        )
        store.add(Scene(scene_id, nothing, nothing.astype(np.uint8), Source("objects"), objects=objects), split="train")
    return store


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("kind", "file", "rows", "joined"),
    [
        ("scanrefer", "scanrefer/ScanRefer_filtered_train_sampled1000.json", 1000, 1.0),
        ("scan2cap", "scanrefer/ScanRefer_filtered_train_sampled1000.json", 1000, 1.0),
        ("nr3d", "referit3d/nr3d_train_sampled1000.csv", 1000, 0.85),
        ("sr3d", "referit3d/sr3d_train_between.csv", 5466, 1.0),
        ("sr3d", "referit3d/sr3d_train_allocentric.csv", 3006, 1.0),
        ("sr3d", "referit3d/sr3d_train_support.csv", 1190, 1.0),
        ("sr3d", "referit3d/sr3d_train_vertical.csv", 2606, 1.0),
    ],
)
def test_real_rows_join_real_objects(scannet: Store, real_data: Path, kind: str, file: str, rows: int, joined: float):
    report = import_text(scannet, kind, [real_data / "language" / file], name="real")
    assert report.rows == rows
    assert sum(report.written.values()) >= joined * rows, report
    (name,) = report.written
    for utterance in scannet.utterances(name=name)[:50]:
        assert asdict(utterance)["target_ids"]
    labels = {f.what: f.count for f in report.noted}.get(OTHER_LABEL, 0)
    assert labels <= 0.02 * rows, report.noted


@pytest.mark.realdata
def test_real_questions_are_read_whole(real_data: Path) -> None:
    questions = list(READERS["scanqa"]([real_data / "language/scanqa/ScanQA_v1.0_val_part.json"]))
    assert len(questions) == 1485 and {q.split for q in questions} == {"val"}
    assert all(q.utterance.answers and q.utterance.target_ids for q in questions)
    folder = real_data / "language/sqa3d"
    files = [folder / f"v1_balanced_{name}_val_scannetv2.json" for name in ("questions", "sqa_annotations")]
    asked = list(READERS["sqa3d"](files))
    (count,) = check_counts("sqa3d", {"val": len(asked)})
    assert count.agrees is True
    assert all(a.utterance.answers and a.utterance.position and a.utterance.heading is not None for a in asked)


@pytest.mark.realdata
def test_real_relations_become_sentences(real_data: Path) -> None:
    found = list(READERS["3dssg"]([real_data / "language/3dssg/relationships_train_partial.json"]))
    assert len(found) > 10_000 and len({a.utterance.id for a in found}) == len(found)
    assert all(a.needs_label for a in found)
