from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from tests.scenes.samples import SCAN_XYZ, sample_scene, sample_utterances, write_ply

from sceneglot.errors import BadFileError
from sceneglot.scenes import Objects, Scene, Source, Utterance
from sceneglot.scenes.check import check, check_scene
from sceneglot.scenes.scenefile import read_header
from sceneglot.scenes.store import Store
from sceneglot.scenes.tensorfile import open_tensors, write_tensors


@pytest.fixture
def store(tmp_path) -> Store:
    store = Store.create(tmp_path / "data", origin="test", licence="CC0-1.0")
    store.add(sample_scene("room-1", points=400, views=2), split="train")
    store.add(sample_scene("room-2", points=400), split="val")
    store.finish()
    store.write_utterances("templates", sample_utterances("room-1"))
    return store


def found(report_or_scene, level: str) -> list[str]:
    problems = check_scene(report_or_scene)[1] if isinstance(report_or_scene, Scene) else report_or_scene.problems
    return [problem.what for problem in problems if problem.level == level]


def test_a_good_store_has_no_problem_and_right_counts(store):
    steps = []
    report = check(store.path, on_step=lambda done, total: steps.append((done, total)))
    assert report.problems == ()
    assert report.ok
    assert steps == [(1, 2), (2, 2)]
    one = report.scenes[0]
    assert (one.id, one.split, one.num_points, one.num_objects, one.num_views) == ("room-1", "train", 400, 2, 2)
    assert one.units == "metres"
    assert one.known_labels == 0.5  # "Täbel" is no word we know
    scene = store.scene("room-1")
    assert one.labelled_points == pytest.approx((scene.instance >= 0).mean())
    assert report.utterances[0].kinds == {"question": 1, "referral": 1}
    json.dumps(dataclasses.asdict(report))


def test_a_single_file_can_be_checked(tmp_path):
    write_ply(tmp_path / "a.ply", SCAN_XYZ)
    report = check(tmp_path / "a.ply")
    assert (report.scenes[0].num_points, report.scenes[0].high) == (9, (9.0, 9.0, 9.0))
    assert report.ok
    with pytest.raises(BadFileError, match="no such file"):
        check(tmp_path / "b.ply")
    with pytest.raises(BadFileError, match="is no sceneglot store"):
        check(tmp_path)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"xyz": np.full((200, 3), np.nan, np.float32)}, "200 of 200 rows of xyz are not finite"),
        ({"normal": np.full((200, 3), np.inf, np.float32)}, "rows of normal are not finite"),
        ({"semantic": np.full(200, 41, np.int16)}, "labels run from 41 to 41"),
        ({"instance": np.full(200, 77, np.int32)}, "1 instance ids have no object: 77"),
    ],
)
def test_wrong_points_are_errors(change, what):
    errors = found(dataclasses.replace(sample_scene(), **change), "error")
    assert len(errors) == 1
    assert what in errors[0]


@pytest.mark.parametrize("parent", [2, -3, 0])
def test_a_parent_that_is_none_is_an_error(parent):
    scene = sample_scene()
    objects = dataclasses.replace(scene.objects, parent=np.array([parent, -1]))
    assert (
        "objects 0 stand on a row that is not there" in found(dataclasses.replace(scene, objects=objects), "error")[0]
    )


def test_an_empty_scene_is_an_error():
    nothing = np.zeros((0, 3), np.float32)
    assert found(Scene("e", nothing, nothing.astype(np.uint8), Source("t")), "error") == [
        "has neither points nor objects"
    ]


def test_odd_scenes_are_warned_about():
    scene = sample_scene()
    assert found(scene, "warning") == []
    moved = dataclasses.replace(scene.objects, center=scene.objects.center + 1)
    assert "objects 0, 5 lie outside" in found(dataclasses.replace(scene, objects=moved), "warning")[0]
    extra = Objects(
        np.array([0, 5, 9]),
        ("a", "b", "c"),
        *(np.concatenate([a, a[:1]]) for a in (scene.objects.center, scene.objects.size)),
    )
    assert found(dataclasses.replace(scene, objects=extra), "warning") == ["objects without any point: 9"]
    long = dataclasses.replace(scene, normal=scene.normal * 2)
    assert found(long, "warning") == ["200 normals are not of unit length"]
    large = dataclasses.replace(scene, xyz=scene.xyz * 1000, objects=Objects.empty(), instance=None)
    assert "perhaps in millimetres" in found(large, "warning")[0]


def test_a_view_that_points_past_the_points_is_an_error():
    scene = sample_scene(views=1)
    few = dataclasses.replace(
        scene,
        **{name: getattr(scene, name)[:5] for name in ("xyz", "rgb", "normal", "segment", "instance", "semantic")},
    )
    assert any("view view-0 points at" in what for what in found(few, "error"))


def test_damaged_files_are_errors_and_do_not_stop_the_check(store):
    path = store.path / "scenes" / "room-1.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    (store.path / "utterances" / "human.parquet").write_bytes(b"PAR1")
    report = check(store.path)
    assert [scene.id for scene in report.scenes] == ["room-2"]
    assert {problem.where for problem in report.errors} == {"room-1", "utterances/human", "utterances/templates"}
    assert not report.ok


def test_damaged_views_are_errors(store):
    (store.path / "views" / "room-1.safetensors").unlink()
    assert [problem.where for problem in check(store.path).errors] == ["room-1"]


def test_duplicate_object_ids_are_errors(store):
    path = store.path / "scenes" / "room-2.safetensors"
    file = open_tensors(path)
    arrays = file.map()
    write_tensors(path, {**arrays, "objects.id": np.array([5, 5], np.int32)}, file.metadata)
    assert read_header(path).num_objects == 2
    errors = check(store.path).errors
    assert [problem.where for problem in errors] == ["room-2"]
    assert "ids must be unique" in errors[0].what


def test_dangling_and_repeated_utterances_are_errors(store):
    good = sample_utterances("room-1")
    store.write_utterances("a", [*good, good[0]])
    store.write_utterances("b", [Utterance("x", "room-9", "referral", "it")])
    store.write_utterances(
        "c", [Utterance("x", "room-1", "referral", " ", (0, 7)), Utterance("y", "room-1", "referral", "z", (), (8,))]
    )
    errors = {(problem.where, problem.what) for problem in check(store.path).errors}
    assert errors == {
        ("utterances/a", "1 repeated ids: q-1"),
        ("utterances/b", "1 utterances about scenes that are not there: x"),
        ("utterances/c", "1 empty texts: x"),
        ("utterances/c", "2 utterances about objects that are not there: x, y"),
    }


def test_lists_that_disagree_with_the_files(store):
    store.add(sample_scene("room-3"))
    (store.path / "scenes" / "room-2.safetensors").unlink()
    report = check(store.path)
    assert [(p.where, p.what) for p in report.errors] == [("manifest.json", "1 listed scenes are not there: room-2")]
    assert "1 scenes are not listed yet" in report.warnings[0].what
    store.finish()
    assert check(store.path).problems == ()
    (store.path / "objects.parquet").unlink()
    assert [p.where for p in check(store.path).warnings] == ["objects.parquet"]
    (store.path / "objects.parquet").write_bytes(b"PAR1")
    assert [p.where for p in check(store.path).errors] == ["objects.parquet"]


def test_an_empty_store_is_an_error(tmp_path):
    Store.create(tmp_path / "data", origin="test", licence="x")
    assert check(tmp_path / "data").errors[0].what == "the store holds no scene"


def test_features_of_scenes_that_are_gone_and_damaged_ones(store):
    folder = store.feature_dir("some/clip")
    for name in ("room-1", "room-9"):
        write_tensors(folder / "views" / f"{name}.safetensors", {"global": np.zeros((2, 4), np.float16)}, {})
    report = check(store.path)
    assert report.teachers == ("some--clip",)
    assert [(p.level, p.what) for p in report.problems] == [
        ("warning", "1 feature files of scenes that are not there: room-9")
    ]
    (folder / "texts.safetensors").write_bytes(b"1234")
    assert [p.where for p in check(store.path).errors] == ["features/some--clip"]
