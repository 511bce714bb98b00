from __future__ import annotations

import json
import multiprocessing
import os
import pickle
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.scenes.samples import assert_same_scene, sample_scene, sample_utterances

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes import Objects, Scene, Source, Utterance, scenefile
from sceneglot.scenes.store import Store
from sceneglot.scenes.tensorfile import TensorFile


@pytest.fixture
def store(tmp_path) -> Store:
    store = Store.create(tmp_path / "data", origin="test", licence="CC0-1.0")
    store.add(sample_scene("room-2", views=3), split="val")
    store.add(sample_scene("room-1"), split="train")
    store.finish()
    return store


def _bytes(folder) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_scene_comes_back_as_it_was(store):
    again = Store.open(store.path)
    assert (again.origin, again.licence) == ("test", "CC0-1.0")
    assert again.scene_ids == ("room-1", "room-2")
    assert_same_scene(again.scene("room-2"), sample_scene("room-2", views=3))
    assert [scene.id for scene in again] == ["room-1", "room-2"]
    np.testing.assert_array_equal(again.object_nyu40("room-1"), [5, 0])  # majority of points, unknown word


def test_scenes_without_points_objects_or_labels(tmp_path):
    store = Store.create(tmp_path / "data", origin="test", licence="x")
    nothing = np.zeros((0, 3), np.float32)
    boxes = Objects(np.array([7]), ("sofa",), np.zeros((1, 3)), np.ones((1, 3)))
    only_boxes = Scene("boxes", nothing, nothing.astype(np.uint8), Source("test"), objects=boxes, has_color=False)
    only_points = Scene("points", np.eye(3, dtype=np.float32), np.eye(3, dtype=np.uint8), Source("test"))
    for scene in (only_boxes, only_points):
        store.add(scene)
        assert_same_scene(store.scene(scene.id), scene)
    store.finish()
    assert store.object_nyu40("boxes").tolist() == [6]


def test_points_are_mapped_and_objects_need_no_points(store, monkeypatch):
    xyz = store.scene("room-1").xyz
    assert not xyz.flags.owndata
    assert not xyz.flags.writeable
    monkeypatch.setattr(TensorFile, "map", lambda *_: pytest.fail("the points were touched"))
    read = []
    original = TensorFile.read
    monkeypatch.setattr(
        TensorFile, "read", lambda self, names: original(self, [n for n in names if not read.append(n)])
    )
    assert store.objects("room-1").label == ("office chair", "Täbel")
    assert all(name.startswith("objects.") for name in read)


def test_views_are_read_when_looked_at(store):
    scene = store.scene("room-2")
    (store.path / "views" / "room-2.safetensors").write_bytes(b"damaged")
    assert len(scene.views) == 3  # known without the file
    with pytest.raises(BadFileError, match="room-2"):
        scene.views[0]


def test_views_slice_index_and_end(store):
    views = store.scene("room-2").views
    assert [view.name for view in views[1:]] == ["view-1", "view-2"]
    assert views[-1].name == "view-2"
    with pytest.raises(IndexError):
        views[3]


def test_the_manifest_counts_and_splits(store):
    manifest = json.loads((store.path / "manifest.json").read_text())
    assert manifest["version"] == 1
    assert manifest["counts"] == {"scenes": 2, "points": 400, "objects": 4, "views": 3, "utterances": {}}
    assert manifest["splits"] == {"train": 1, "val": 1, "test": 0}
    again = Store.open(store.path)
    assert (again.split("train"), again.split("val"), again.split("test")) == (("room-1",), ("room-2",), ())
    with pytest.raises(SceneglotError, match="no split"):
        again.split("dev")


def test_the_object_table_has_every_object(store):
    rows = pq.read_table(store.path / "objects.parquet").to_pylist()
    assert [(row["scene_id"], row["id"], row["label"]) for row in rows[:2]] == [
        ("room-1", 0, "office chair"),
        ("room-1", 5, "Täbel"),
    ]
    assert (rows[0]["parent_id"], rows[1]["parent_id"]) == (5, None)
    assert (rows[0]["front_y"], rows[1]["front_y"]) == (-1.0, None)
    assert rows[0]["nyu40"] == 5
    assert rows[0]["split"] == "train"
    assert [row["state"] for row in rows[:2]] == ["", "folded"]


def test_states_are_written_where_known_and_older_stores_open(tmp_path):
    scene = sample_scene()
    without = replace(scene, id="room-2", objects=replace(scene.objects, state=()))
    store = Store.create(tmp_path / "data", origin="test", licence="CC0-1.0")
    for each in (scene, without):
        store.add(each)
    store.finish()
    headers = [
        scenefile.read_header(store.path / "scenes" / f"room-{number}.safetensors").text["objects"] for number in (1, 2)
    ]
    assert headers[0]["state"] == ["", "folded"]
    assert "state" not in headers[1]  # as in the files of older versions: the bytes are the same
    assert store.objects("room-2").state == ("", "")
    assert store.scene("room-1").objects.select([1]).state == ("folded",)


def test_the_same_scenes_in_any_order_give_the_same_bytes(tmp_path, store):
    other = Store.create(tmp_path / "other", origin="test", licence="CC0-1.0")
    for scene_id, split in (("room-1", "train"), ("room-2", "val")):
        other.add(sample_scene(scene_id, views=3 if scene_id == "room-2" else 0), split=split)
    other.finish()
    assert _bytes(other.path) == _bytes(store.path)
    other.finish()
    assert _bytes(other.path) == _bytes(store.path)


def test_a_scene_that_is_there_is_kept_unless_replaced(store):
    changed = sample_scene("room-1", seed=9)
    store.add(changed, split="test")
    assert store.scene("room-1").source.seed == 0
    store.add(changed, split="test", replace=True)
    assert store.scene("room-1").source.seed == 9
    assert store.split("test") == ("room-1",)


def test_a_crash_while_writing_leaves_no_scene_and_the_next_run_continues(tmp_path, monkeypatch):
    store = Store.create(tmp_path / "data", origin="test", licence="x")
    store.add(sample_scene("room-1"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.add(sample_scene("room-2", views=2))
    (store.path / "scenes" / ".partial-x-room-3.safetensors").write_bytes(b"killed here")  # as kill -9 leaves it
    again = Store.create(tmp_path / "data", origin="test", licence="x")
    assert again.scene_ids == ("room-1",)
    assert not again.has("room-2")
    again.add(sample_scene("room-2", views=2))
    again.finish()
    assert sorted(path.name for path in (store.path / "scenes").iterdir()) == [
        "room-1.safetensors",
        "room-2.safetensors",
    ]
    assert Store.open(store.path).scene("room-2").views[1].name == "view-1"


@pytest.mark.parametrize("left", ["a half manifest", "no folder of scenes"])
def test_a_crash_while_a_store_is_begun_is_repaired(tmp_path, left):
    folder = tmp_path / "data"
    if left == "a half manifest":  # as kill -9 leaves it
        folder.mkdir()
        (folder / ".partial-x-manifest.json").write_bytes(b"{")
    else:
        (Store.create(folder, origin="test", licence="x").path / "scenes").rmdir()
    store = Store.create(folder, origin="test", licence="x")
    assert len(store) == 0
    store.add(sample_scene("room-1"))
    store.finish()
    assert Store.open(folder).listed_ids == ("room-1",)


def test_a_crash_between_views_and_scene_is_repaired(tmp_path, monkeypatch):
    store = Store.create(tmp_path / "data", origin="test", licence="x")
    with monkeypatch.context() as patch:
        patch.setattr(scenefile, "write_tensors", _fail_on("scenes", scenefile.write_tensors))
        with pytest.raises(KeyboardInterrupt):
            store.add(sample_scene("room-1", views=1))
    assert (store.path / "views" / "room-1.safetensors").exists()
    assert not store.has("room-1")
    store.add(sample_scene("room-1", views=1))
    assert_same_scene(store.scene("room-1"), sample_scene("room-1", views=1))


def _fail_on(folder, original):
    def write(path, *rest):
        if path.parent.name == folder:
            raise KeyboardInterrupt
        return original(path, *rest)

    return write


def test_an_unfinished_store_can_be_used(tmp_path):
    store = Store.create(tmp_path / "data", origin="test", licence="x")
    store.add(sample_scene("room-1"), split="val")
    again = Store.open(tmp_path / "data")
    assert again.split("val") == ("room-1",)
    assert again.listed_ids == ()


def _add(path, number: int) -> None:
    Store.open(path).add(sample_scene(f"room-{number}", seed=number), split="train")


def test_several_processes_add_at_once(tmp_path):
    store = Store.create(tmp_path / "data", origin="test", licence="x")
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(partial(_add, store.path), range(6))
    store.finish()
    assert len(store) == 6
    assert_same_scene(store.scene("room-4"), sample_scene("room-4", seed=4))


def test_a_store_travels_to_workers(store):
    again = pickle.loads(pickle.dumps(store))
    assert again.split("val") == ("room-2",)
    assert pickle.loads(pickle.dumps(store.scene("room-2"))).views[1].name == "view-1"


def test_utterances_come_back_and_filter(store):
    items = [*sample_utterances("room-1"), *sample_utterances("room-2")]
    store.write_utterances("templates", iter(items))
    store.write_utterances("human", [Utterance("h", "room-1", "question", "?", source="human:scanqa")])
    again = Store.open(store.path)
    assert again.utterances(name="templates") == items
    assert again.utterance_names == ("human", "templates")
    assert [item.id for item in again.utterances(scene_id="room-1")] == ["h", "q-1", "r-1"]
    assert [item.id for item in again.utterances(scene_id="room-1", kind="question")] == ["h", "q-1"]
    assert again.utterances(scene_id="nowhere") == []
    assert json.loads((store.path / "manifest.json").read_text())["counts"]["utterances"] == {
        "human": 1,
        "templates": 4,
    }
    with pytest.raises(SceneglotError, match="no utterances named 'llm', there are: human, templates"):
        again.utterances(name="llm")


def test_utterances_stream_and_survive_a_failing_writer(store):
    store.write_utterances("templates", sample_utterances())

    def broken():
        yield from sample_utterances() * 10_000
        raise SceneglotError("the template is wrong")

    with pytest.raises(SceneglotError, match="template"):
        store.write_utterances("templates", broken())
    assert store.utterances() == sample_utterances()
    assert [path.name for path in (store.path / "utterances").iterdir()] == ["templates.parquet"]


def test_many_utterances_pass_through_several_row_groups(store):
    items = [Utterance(f"u-{i}", f"room-{i % 7}", "referral", "x", (i,)) for i in range(20_001)]
    path = store.write_utterances("many", iter(items))
    assert pq.read_metadata(path).num_row_groups == 3
    assert store.utterances(name="many") == items
    assert len(store.utterances(scene_id="room-3")) == sum(i % 7 == 3 for i in range(20_001))


def test_utterances_of_an_unknown_kind_are_refused(store):
    with pytest.raises(SceneglotError, match="poem"):
        store.write_utterances("x", [Utterance("u", "room-1", "poem", "roses")])  # type: ignore[arg-type]


def test_feature_folders_have_file_names(store):
    assert store.feature_dir("openai/clip-vit-base-patch32").name == "openai--clip-vit-base-patch32"
    with pytest.raises(SceneglotError):
        store.feature_dir("../outside" + chr(0))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "has no manifest.json"),
        ("{", "not valid JSON"),
        ("[]", "not the manifest"),
        ('{"format": "sceneglot-store", "version": 99}', "format version 99, this sceneglot reads up to 1; upgrade"),
        ('{"format": "sceneglot-store", "version": "1"}', "positive whole number"),
        ('{"format": "sceneglot-store", "version": 1}', "lacks what a manifest must hold"),
        ('{"format": "sceneglot-store", "version": 1, "origin": "", "licence": "", "scenes": []}', "lacks"),
    ],
)
def test_what_is_no_store_is_not_opened(store, text, message):
    manifest = store.path / "manifest.json"
    manifest.unlink() if text is None else manifest.write_text(text)
    with pytest.raises(BadFileError, match=message):
        Store.open(store.path)


def test_a_truncated_scene_names_its_file(store):
    path = store.path / "scenes" / "room-1.safetensors"
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(BadFileError, match=r"room-1.*header promises [\d,]+ bytes, file holds [\d,]+; delete it"):
        Store.open(store.path).scene("room-1")
    with pytest.raises(BadFileError, match="room-1"):
        store.finish()


def test_a_renamed_scene_file_is_noticed(store):
    (store.path / "scenes" / "room-1.safetensors").rename(store.path / "scenes" / "other.safetensors")
    with pytest.raises(BadFileError, match="holds scene 'room-1'"):
        Store.open(store.path).scene("other")


def test_unknown_scenes_and_splits_and_places_are_refused(store, tmp_path):
    with pytest.raises(SceneglotError, match=r"has no scene 'room-9'; it has 2 scenes \(room-1"):
        store.scene("room-9")
    with pytest.raises(SceneglotError, match="not usable"):
        store.scene("../manifest")
    with pytest.raises(SceneglotError, match="split must be"):
        store.add(sample_scene("room-3"), split="dev")
    with pytest.raises(SceneglotError, match="origin 'test', not 'scannet'"):
        Store.create(store.path, origin="scannet", licence="x")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("precious")
    with pytest.raises(SceneglotError, match="not empty"):
        Store.create(tmp_path / "mine", origin="test", licence="x")
    (tmp_path / "file").write_text("x")
    with pytest.raises(SceneglotError, match="cannot make a store"):
        Store.create(tmp_path / "file", origin="test", licence="x")


def test_taking_back_an_empty_store_never_takes_a_full_one(store, tmp_path):
    store.remove_empty()
    assert store.has("room-1")
    empty = Store.create(tmp_path / "empty", origin="test", licence="x")
    empty.finish()
    empty.remove_empty()
    assert not (tmp_path / "empty").exists()
