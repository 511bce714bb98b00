from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from tests.scenes.samples import SCAN_XYZ, sample_scene, write_ply

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.importers.files import file_jobs
from sceneglot.scenes.importers.objects import ObjectMapOptions, object_jobs
from sceneglot.scenes.importers.run import run_jobs
from sceneglot.scenes.importers.source import Job
from sceneglot.scenes.store import Store

ROW = {
    "id": 3,
    "label": "sofa",
    "center": [1, 2, 0.5],
    "size": [2, 1, 1],
    "rgb": [10, 20, 300],
    "front_point": [1, 0, 3],
}


@pytest.fixture
def store(tmp_path):
    return Store.create(tmp_path / "data", origin="test", licence="x")


def _bad():
    raise BadFileError("bad.ply", "is damaged")


def _never():
    raise AssertionError("must not be loaded again")


def test_what_is_there_is_kept_and_what_is_bad_is_skipped(store):
    steps = []
    jobs = [Job("a", lambda: sample_scene("a"), "train"), Job("b", _bad), Job("c", lambda: sample_scene("c"))]
    report = run_jobs(store, jobs, on_step=steps.append)
    assert (report.imported, report.kept, report.failed) == (("a", "c"), (), (("b", "bad.ply: is damaged"),))
    assert steps == ["a", "b", "c"]
    assert Store.open(store.path).split("train") == ("a",)
    again = run_jobs(store, [Job("a", _never), Job("b", lambda: sample_scene("b")), Job("c", _never)])
    assert (again.imported, again.kept) == (("b",), ("a", "c"))
    assert store.scene_ids == ("a", "b", "c")


def test_strict_stops_at_the_first_bad_scene_and_keeps_the_earlier_ones(store):
    with pytest.raises(SceneglotError, match="is damaged"):
        run_jobs(store, [Job("a", lambda: sample_scene("a")), Job("b", _bad), Job("c", _never)], strict=True)
    assert Store.open(store.path).listed_ids == ("a",)


def test_nothing_imported_is_an_error(store):
    with pytest.raises(SceneglotError, match=r"nothing could be imported: bad\.ply: is damaged \(and 1 more\)"):
        run_jobs(store, [Job("a", _bad), Job("b", _bad)])


def test_two_inputs_with_one_id_are_refused_before_any_is_read(store):
    files = [Job("a", _never, files=(Path(name),)) for name in ("x/a.ply", "x/a.xyz")]
    with pytest.raises(SceneglotError, match=r"several inputs would become scene a \(a\.ply, a\.xyz\); rename them"):
        run_jobs(store, files)


def test_files_and_folders_of_files(tmp_path):
    write_ply(tmp_path / "b.ply", SCAN_XYZ)
    np.save(tmp_path / "a.npy", SCAN_XYZ)
    (tmp_path / "readme.md").write_text("no scene")
    assert [job.scene_id for job in file_jobs(tmp_path)] == ["a", "b"]
    assert len(file_jobs(tmp_path / "b.ply")[0].load()) == 9
    with pytest.raises(BadFileError, match="no such file"):
        file_jobs(tmp_path / "c.ply")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadFileError, match="no file of a supported type"):
        file_jobs(tmp_path / "empty")


@pytest.mark.parametrize("compressed", [True, False])
def test_object_maps_are_scenes_without_points(tmp_path, compressed):
    plain = {"id": 9, "label": "box", "center": [0, 0, 0], "size": [1, 1, 1], "rgb": None, "front_point": None}
    above = {**ROW, "id": 4, "front_point": [1, 2, 9]}  # straight above: no horizontal direction
    text = json.dumps({"room_b": [ROW, plain, above], "room_a": []}).encode()
    path = tmp_path / ("o.json.gz" if compressed else "o.json")
    path.write_bytes(gzip.compress(text) if compressed else text)
    jobs = object_jobs(path)
    assert [job.scene_id for job in jobs] == ["room_a", "room_b"]
    scene = jobs[1].load()
    assert len(scene) == 0
    assert scene.objects.id.tolist() == [3, 9, 4]
    np.testing.assert_array_equal(scene.objects.front[0], [0, -1, 0])
    assert np.isnan(scene.objects.front[1:]).all()
    assert scene.objects.color.tolist() == [[10, 20, 255], [128, 128, 128], [10, 20, 255]]
    assert len(jobs[0].load().objects) == 0


def test_object_maps_may_say_what_things_are_like(tmp_path):
    row = {"id": 1, "label": "door", "center": [0, 0, 1], "size": [1, 0.1, 2]}
    rows = [row | {"state": "open", "material": "wood", "shape": "flat", "color_name": "white"}, row | {"id": 2}]
    path = tmp_path / "map.json"
    path.write_text(json.dumps({"room": rows}))
    objects = object_jobs(path)[0].load().objects
    assert (objects.state, objects.material) == (("open", ""), ("wood", ""))
    assert (objects.shape, objects.color_name) == (("flat", ""), ("white", ""))
    path.write_text(json.dumps({"room": [row | {"state": ["open"]}]}))
    with pytest.raises(BadFileError, match="state is"):
        object_jobs(path)[0].load()


def test_fronts_are_measured_from_the_oriented_box(tmp_path):
    path = tmp_path / "o.json"
    path.write_text(json.dumps({"room": [{**ROW, "obb": [1.5, 0, 0.5, 1, 1, 1]}]}))
    np.testing.assert_array_equal(object_jobs(path)[0].load().objects.front[0], [-1, 0, 0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"center": [1, 2]}, r"scene room, row 0: center is \[1, 2\], expected 3 finite numbers"),
        ({"label": None}, "label is null, expected a string"),
        ({"size": [1, -1, 1]}, "expected extents that are not negative"),
        ({"center": [1, 2, float("nan")]}, "finite"),
        ({"center": "here"}, "center is 'here', expected 3 finite numbers"),
        ({"id": "x"}, "id must be whole numbers"),
        ({"rgb": [1, 2]}, "rgb is .* expected 3"),
        ({"front_point": [1]}, "front_point is .* expected 3"),
        ({"obb": [1]}, "obb is .* expected 2"),
    ],
)
def test_damaged_rows_name_the_scene(tmp_path, change, message):
    path = tmp_path / "o.json"
    path.write_text(json.dumps({"room": [{**ROW, **change}]}))
    with pytest.raises(BadFileError, match=message):
        object_jobs(path)[0].load()


def test_missing_fields_are_named(tmp_path):
    path = tmp_path / "o.json"
    path.write_text(json.dumps({"room": [{key: value for key, value in ROW.items() if key != "center"}]}))
    with pytest.raises(BadFileError, match="scene room, row 0: has no 'center'"):
        object_jobs(path)[0].load()


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"a": 1}', b"{}", b"\x1f\x8bnope", b"", gzip.compress(b"{}")[:-9]])
def test_damaged_object_maps(tmp_path, content):
    (tmp_path / "o.json").write_bytes(content)
    with pytest.raises(BadFileError, match=r"o\.json"):
        object_jobs(tmp_path / "o.json")


@pytest.mark.realdata
def test_the_real_object_table(real_data, store):
    jobs = object_jobs(
        real_data / "meta/scannet/scannet_objects_train.json.gz", ObjectMapOptions(real_data / "meta/scannet")
    )
    assert len(jobs) == 1201
    assert {job.split for job in jobs} == {"train"}
    report = run_jobs(store, jobs[:20])
    assert len(report.imported) == 20
    first = store.objects("scene0000_00")
    assert len(first) == 67
    known = np.isfinite(first.front).all(1)
    assert 5 < known.sum() < 67
    np.testing.assert_allclose(np.linalg.norm(first.front[known], axis=1), 1, atol=1e-5)
