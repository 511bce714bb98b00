"""Object tables as CSV and Parquet: the same objects as from JSON, and what is refused."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.scenes.samples import sample_scene

from sceneglot.cli.scene_argument import load_scene
from sceneglot.errors import BadFileError
from sceneglot.scenes.importers.objects import object_jobs
from sceneglot.scenes.importers.run import run_jobs
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.store import Store

BOX = {"id": 7, "label": "sofa", "center": [1.0, 2.0, 0.5], "size": [2.0, 1.0, 1.0]}
FULL = BOX | {
    "id": -4, "label": 'shelf, "tall"\nor not', "rgb": [10, 20, 30], "front": [0.0, -1.0, 0.0], "parent_id": 7,
    "material": "wood", "shape": "L-shaped", "color_name": "brown", "state": "öffen",
}  # fmt: skip
VECTORS = {"center": "center_{}", "size": "size_{}", "front": "front_{}", "front_point": "front_point_{}"}
HEADER = "id,label,cx,cy,cz,dx,dy,dz"


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """The row with a column per number."""
    cells: dict[str, Any] = {}
    for name, value in row.items():
        if name == "rgb":
            cells |= dict(zip(("red", "green", "blue"), value or [None] * 3))
        elif name in VECTORS:
            cells |= {VECTORS[name].format(axis): v for axis, v in zip("xyz", value or [None] * 3)}
        else:
            cells[name] = value
    return cells


def csv_text(rows: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write(path: Path, scenes: Mapping[Any, list[dict[str, Any]]], *, nested: bool = False) -> Path:
    """The same scenes in the form that the file's name says."""
    if ".json" in path.name:
        data = json.dumps(scenes).encode()
    else:
        rows = [{"scene_id": name, **(row if nested else flat(row))} for name, rows in scenes.items() for row in rows]
        if path.suffix == ".parquet":
            names = list(dict.fromkeys(name for row in rows for name in row))
            pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in names}), path)
            return path
        data = csv_text(rows).encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def read(path: Path) -> dict[str, Objects]:
    return {job.scene_id: job.load().objects for job in object_jobs(path)}


def assert_same(left: Objects, right: Objects) -> None:
    for column in fields(Objects):
        a, b = getattr(left, column.name), getattr(right, column.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), column.name
        else:
            assert a == b, column.name


numbers = st.floats(-100, 100, width=32)
sizes = st.floats(0, 100, width=32)
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)
bodies = st.fixed_dictionaries(
    {"label": words, "center": st.tuples(numbers, numbers, numbers), "size": st.tuples(sizes, sizes, sizes)},
    optional={
        "rgb": st.none() | st.tuples(*[st.integers(0, 255)] * 3),
        "front_point": st.none() | st.tuples(numbers, numbers, numbers),
        "parent_id": st.none() | st.integers(0, 3),
        "material": words, "state": words,
    },
)  # fmt: skip
scenes = st.dictionaries(st.sampled_from(["a", "b_1", "c.2"]), st.lists(bodies, min_size=1, max_size=4), min_size=1)


@settings(max_examples=40, deadline=None)
@given(scenes)
def test_all_forms_give_the_same_objects(tmp_path_factory, made):
    tables = {name: [{"id": i, **row} for i, row in enumerate(rows)] for name, rows in made.items()}
    folder = tmp_path_factory.mktemp("tables")
    expected = read(write(folder / "o.json", tables))
    assert sorted(expected) == sorted(made)
    for name, nested in (("o.csv", False), ("n.csv", True), ("o.parquet", False), ("n.parquet", True)):
        found = read(write(folder / name, tables, nested=nested))
        assert found.keys() == expected.keys()
        for scene_id in expected:
            assert_same(found[scene_id], expected[scene_id])


@pytest.mark.parametrize("name", ["o.json", "o.json.gz", "o.csv", "o.csv.gz", "O.CSV", "o.parquet"])
def test_every_field_is_read(tmp_path, name):
    objects = read(write(tmp_path / name, {"room": [BOX, FULL]}))["room"]
    assert objects.id.tolist() == [7, -4]
    assert objects.label == ("sofa", 'shelf, "tall"\nor not')
    assert objects.center.tolist() == [[1, 2, 0.5]] * 2 and objects.size.tolist() == [[2, 1, 1]] * 2
    assert objects.color.tolist() == [[128] * 3, [10, 20, 30]]
    assert objects.parent.tolist() == [-1, 0]
    assert np.isnan(objects.front[0]).all() and objects.front[1].tolist() == [0, -1, 0]
    assert (objects.material[1], objects.shape[1], objects.color_name[1], objects.state[1]) == (
        "wood", "L-shaped", "brown", "öffen",
    )  # fmt: skip


def test_the_table_of_a_store_is_read_as_it_is(tmp_path):
    store = Store.create(tmp_path / "data", origin="test", licence="x")
    store.add(sample_scene("room-1"), split="val")
    store.add(sample_scene("room-2", seed=1))
    store.finish()
    jobs = object_jobs(store.path / "objects.parquet")
    assert [(job.scene_id, job.split) for job in jobs] == [("room-1", "val"), ("room-2", "")]
    again = Store.create(tmp_path / "again", origin="objects", licence="x")
    assert run_jobs(again, jobs, root=store.path).imported == ("room-1", "room-2")
    for scene_id in store.scene_ids:
        assert_same(again.objects(scene_id), store.objects(scene_id))
        assert again.header(scene_id).source.notes == ()
    kept = pq.read_table(store.path / "objects.parquet").drop(["nyu40"])
    assert pq.read_table(again.path / "objects.parquet").drop(["nyu40"]) == kept


def test_a_table_of_one_scene_is_called_like_its_file(tmp_path):
    for name in ("office.v2.csv", "office.v2.csv.gz"):
        data = f"{HEADER},r,g,b\n 7 ,sofa,1,2,.5,2,1,1e0,9,8,7\n\n8.0,,1,2,3,0,0,0,,,\n".encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
        objects = read(tmp_path / name)["office.v2"]
        assert (objects.id.tolist(), objects.label) == ([7, 8], ("sofa", ""))
        assert objects.color.tolist() == [[9, 8, 7], [128] * 3]


def test_lists_in_cells_may_have_commas_or_none(tmp_path):
    (tmp_path / "o.csv").write_text('﻿id,label,center,size,rgb\n1,box,"[1, 2, 3]",[1. 2. 3.],"(4,5,6)"\n')
    objects = read(tmp_path / "o.csv")["o"]
    assert (objects.center.tolist(), objects.color.tolist()) == ([[1, 2, 3]], [[4, 5, 6]])


def test_gaps_as_pandas_leaves_them(tmp_path):
    """NaN for a number that is not there, floats for ids, categories for text."""
    nan = float("nan")
    columns = {"id": [1.0, 2.0], "label": pa.array(["a", "b"]).dictionary_encode(), "parent_id": [2.0, nan]}
    columns |= {f"{name}_{axis}": [1.0, 2.0] for name in ("center", "size") for axis in "xyz"}
    columns |= {f"front_{axis}": [nan, 0.0] for axis in "xy"} | {"front_z": [nan, 2.0], "state": pa.nulls(2)}
    pq.write_table(pa.table(columns), tmp_path / "o.parquet")
    objects = read(tmp_path / "o.parquet")["o"]
    assert (objects.id.tolist(), objects.parent.tolist(), objects.state) == ([1, 2], [1, -1], ("", ""))
    assert np.isnan(objects.front[0]).all() and objects.front[1].tolist() == [0, 0, 1]


@pytest.mark.parametrize("name", ["o.csv", "o.parquet"])
def test_scenes_may_be_numbered(tmp_path, name):
    assert list(read(write(tmp_path / name, {12: [BOX], 3: [BOX]}))) == ["12", "3"]


@pytest.mark.parametrize("name", ["o.csv", "o.parquet"])
def test_columns_without_a_meaning_are_noted(tmp_path, name):
    row = BOX | {"yaw": 0.5, "color": "brown", "front_x": 1.0, "nyu40": 6}
    jobs = object_jobs(write(tmp_path / name, {"a": [row], "b": [row]}))
    assert {job.load().source.notes for job in jobs} == {("columns that are not read: yaw, color, front_x",)}
    assert jobs[0].load().objects.color_name == ("",)


def test_a_scene_argument_may_be_any_table(tmp_path):
    for name in ("o.csv", "o.csv.gz", "o.parquet", "o.json"):
        assert load_scene(write(tmp_path / name, {"room": [BOX]})).objects.label == ("sofa",)
    (tmp_path / "points.csv").write_text("x,y,z\n1,2,3\n4,5,6\n")
    assert len(load_scene(tmp_path / "points.csv")) == 2


@pytest.mark.parametrize("missing", ["id", "label", "center", "size"])
@pytest.mark.parametrize("name", ["o.csv", "o.parquet", "n.parquet"])
def test_missing_columns_are_named_before_any_row_is_read(tmp_path, missing, name):
    row = {key: value for key, value in BOX.items() if key != missing}
    path = write(tmp_path / name, {"room": [row]}, nested=name == "n.parquet")
    expected = {
        "center": "center_x, center_y, center_z or cx, cy, cz or center",
        "size": "size_x, size_y, size_z or dx",
    }
    with pytest.raises(BadFileError, match=f"has no column {expected.get(missing, missing)}.*; found scene_id, "):
        object_jobs(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "has no column id; found no column"),
        (f"{HEADER}\n", "holds no object"),
        (f"{HEADER},id\n", "has several columns called 'id'"),
        (f"{HEADER}\n7,sofa,1,2,3,1,1\n", "line 2: has 7 cells, the header 8"),
        (f"scene_id,{HEADER}\n,7,sofa,1,2,3,1,1,1\n", "line 2: has no 'scene_id'"),
        (f"{HEADER},split\n7,sofa,1,2,3,1,1,1,dev\n", "line 2: split is 'dev', expected train"),
        (f"{HEADER},split\n7,a,1,2,3,1,1,1,val\n8,a,1,2,3,1,1,1,\n", "line 3: scene 'o' is in split 'val', too"),
        (f'{HEADER}\n7,"sofa,1,2,3,1,1,1\n', "cannot be read as CSV"),
        (b"id,label\xff\n", "cannot be read as CSV"),
        (f"{HEADER}\n7,{'a' * 200_000},1,2,3,1,1,1\n", "cannot be read as CSV"),
    ],
)
def test_bad_csv_is_refused_at_once(tmp_path, content, message):
    (tmp_path / "o.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadFileError, match=rf"o\.csv: {message}"):
        object_jobs(tmp_path / "o.csv")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("7,sofa,1,2,3,1,-1,1", "size is .* not negative"),
        ("7,sofa,1,nan,3,1,1,1", "center is .*, expected 3 finite numbers"),
        ("7,sofa,1,2,3,1,1,inf", "size is .*, expected 3 finite numbers"),
        ("7,sofa,1,,3,1,1,1", "center is .*, expected 3 finite numbers"),
        ("7,sofa,1,2,1e39,1,1,1", "center is .*, expected 3 finite numbers"),
        ("7,sofa,1,2,here,1,1,1", "center is .*, expected 3 finite numbers"),
        ("7,sofa,,,,1,1,1", "has no 'center'"),
        (",sofa,1,2,3,1,1,1", "has no 'id'"),
        ("7.5,sofa,1,2,3,1,1,1", "id must be whole numbers"),
        ("99999999999,sofa,1,2,3,1,1,1", "id must be whole numbers"),
        ("1,sofa,1,2,3,1,1,1", "id 1 is that of scene o, line 2, too"),
    ],
)
def test_bad_rows_are_named(tmp_path, cells, message):
    (tmp_path / "o.csv").write_text(f"{HEADER}\n1,lamp,1,2,3,1,1,1\n{cells}\n")
    with pytest.raises(BadFileError, match=rf"o\.csv: scene o, line 3: {message}"):
        object_jobs(tmp_path / "o.csv")[0].load()


def parquet_of(path: Path, **columns: Any) -> Path:
    rows = len(next(iter(columns.values())))
    box = {"label": ["a"] * rows} | {f"{v}_{axis}": [1.0] * rows for v in ("center", "size") for axis in "xyz"}
    pq.write_table(pa.table({"id": list(range(rows))} | box | columns), path)
    return path


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"label": [5]}, "column label is of type int64, expected text"),
        ({"id": [b"5"]}, "column id is of type binary, expected numbers"),
        ({"center_x": [True]}, "column center_x is of type bool, expected numbers"),
        ({"label": ["a" * 5000]}, "column label has a cell of more than 4096 bytes of text"),
        ({"front": [[0.0] * 100]}, "column front has a cell of more than 64 numbers"),
    ],
)
def test_bad_columns_of_parquet_are_refused_at_once(tmp_path, columns, message):
    with pytest.raises(BadFileError, match=rf"o\.parquet: {message}"):
        object_jobs(parquet_of(tmp_path / "o.parquet", **columns))


def test_rows_of_parquet_are_bounded_by_the_file(tmp_path):
    """Half a million equal rows take a few kilobytes."""
    path = parquet_of(tmp_path / "o.parquet", id=[1] * 500_000)
    with pytest.raises(BadFileError, match="unpacks to more than 100 times its size"):
        object_jobs(path)


def test_parquet_with_null_labels_or_bad_vectors(tmp_path):
    for change, message in (({"label": [None]}, "label is null"), ({"front": [[1.0]]}, "front is .*, expected 3")):
        job = object_jobs(parquet_of(tmp_path / "o.parquet", **change))[0]
        with pytest.raises(BadFileError, match=f"scene o, row 0: {message}"):
            job.load()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["o.csv", "o.csv.gz", "o.parquet"]), st.data())
def test_damaged_files_are_read_or_refused(tmp_path_factory, name, data):
    path = write(tmp_path_factory.mktemp("damaged") / name, {"a": [BOX, FULL], "b": [FULL]})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
        content = content or bytearray(b"x")
    path.write_bytes(content)
    try:
        for job in object_jobs(path):
            assert np.isfinite(job.load().objects.center).all()
    except BadFileError as error:
        assert str(error).startswith(str(path)) and "\n" not in str(error)


@pytest.mark.realdata
def test_the_real_object_table_in_every_form(real_data, tmp_path):
    source = real_data / "meta/scannet/scannet_objects_train.json.gz"
    table = json.loads(gzip.decompress(source.read_bytes()))
    expected = read(source)
    for name, nested in (("o.csv.gz", True), ("o.csv", False), ("n.parquet", True)):
        found = read(write(tmp_path / name, table, nested=nested))
        assert len(found) == 1201 and sum(map(len, found.values())) == 38_349
        for scene_id in expected:
            assert_same(found[scene_id], expected[scene_id])
