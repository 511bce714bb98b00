"""Whatever happens to a file on its way, reading it ends well or with one clear error, in bounded memory."""

from __future__ import annotations

import json
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.scenes.samples import SCAN_FACES, SCAN_RGB, SCAN_XYZ, sample_scene, write_ply, write_scan

from sceneglot.errors import SceneglotError
from sceneglot.scenes.files import read_scene
from sceneglot.scenes.importers.scannet import read_scan
from sceneglot.scenes.store import Store

RNG = np.random.default_rng(0)
LIMIT = 64 << 20  # bytes; the files are a few kilobytes


def _make(folder: Path) -> dict[str, Path]:
    xyz = RNG.random((40, 3)).astype(np.float32)
    write_ply(folder / "a.ply", SCAN_XYZ, SCAN_RGB, SCAN_FACES)
    write_ply(folder / "b.ply", SCAN_XYZ, SCAN_RGB, [[0, 1, 2, 3], [4, 5, 6]], order=">")
    write_ply(folder / "c.ply", SCAN_XYZ, SCAN_RGB, SCAN_FACES, text=True)
    head = (
        "VERSION 0.7\nFIELDS x y z rgb\nSIZE 4 4 4 4\nTYPE F F F U\nCOUNT 1 1 1 1\nWIDTH 40\nHEIGHT 1\nPOINTS 40\nDATA "
    )
    body = np.concatenate([xyz, xyz[:, :1]], axis=1).tobytes()
    (folder / "a.pcd").write_bytes(head.encode() + b"binary\n" + body)
    (folder / "b.pcd").write_bytes(head.encode() + b"ascii\n" + b"1.5 2 3 255\n" * 40)
    literal = b"".join(bytes([31]) + body[i : i + 32] for i in range(0, 640, 32))
    (folder / "c.pcd").write_bytes(
        head.encode() + b"binary_compressed\n" + struct.pack("<II", len(literal), 640) + literal
    )
    labels = np.arange(40) % 3
    np.savez_compressed(folder / "a.npz", xyz=xyz, instance=labels, nyu40=labels, boxes=np.ones((1, 7)))
    np.save(folder / "a.npy", xyz)
    np.savetxt(folder / "a.xyz", xyz)
    box = trimesh.creation.box((0.1, 0.1, 0.1))
    for ending in ("obj", "glb", "stl", "off"):
        box.export(folder / f"a.{ending}")
    return {path.name: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def originals(tmp_path_factory) -> dict[str, bytes]:
    files = _make(tmp_path_factory.mktemp("originals"))
    return {name: path.read_bytes() for name, path in files.items()}


NAMES = (
    "a.ply", "b.ply", "c.ply", "a.pcd", "b.pcd", "c.pcd", "a.npz", "a.npy", "a.xyz", "a.obj", "a.glb", "a.stl", "a.off",
)  # fmt: skip

damage = st.fixed_dictionaries(
    {
        "cut": st.one_of(st.just(1.0), st.floats(0, 1)),
        "flips": st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
        "digits": st.one_of(
            st.none(), st.tuples(st.integers(0, 30), st.sampled_from([b"999999999", b"-1", b"nan", b""]))
        ),
    }
)


def damaged(data: bytes, how: dict) -> bytes:
    if how["digits"] is not None:  # replace a number in the text part: counts in headers, above all
        number, new = how["digits"]
        starts = [i for i in range(min(len(data), 2000)) if data[i : i + 1].isdigit()]
        if starts:
            i = starts[number % len(starts)]
            data = data[:i] + new + data[i + 1 :]
    changed = bytearray(data[: round(len(data) * how["cut"])])
    for where, value in how["flips"]:
        if changed:
            changed[int(where * len(changed))] = value
    return bytes(changed)


def ends_well(action) -> None:
    tracemalloc.start()
    try:
        action()
    except SceneglotError as error:
        assert "\n" not in str(error)
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < LIMIT


@pytest.mark.parametrize("name", NAMES)
def test_damaged_files_end_well(tmp_path_factory, originals, name):
    folder = tmp_path_factory.mktemp("damaged")
    assert len(read_scene(_write(folder / name, originals[name]))) > 0  # the original is fine

    @given(how=damage)
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def run(how):
        path = _write(folder / name, damaged(originals[name], how))
        ends_well(lambda: _use(read_scene(path)))

    run()


@pytest.mark.parametrize("ending", [".aggregation.json", "_vh_clean_2.0.010000.segs.json", ".txt", "_vh_clean_2.ply"])
def test_damaged_scans_end_well(tmp_path_factory, ending):
    folder = write_scan(tmp_path_factory.mktemp("scans") / "scene0000_00")
    path = folder / f"scene0000_00{ending}"
    original = path.read_bytes()

    @given(how=damage)
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def run(how):
        path.write_bytes(damaged(original, how))
        ends_well(lambda: _use(read_scan(folder)))

    run()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["segGroups", "segIndices", "objectId", "label", "segments", "x"]), inner, max_size=4
    ),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize("ending", [".aggregation.json", "_vh_clean_2.0.010000.segs.json"])
def test_scans_with_any_json_end_well(tmp_path_factory, ending):
    folder = write_scan(tmp_path_factory.mktemp("scans") / "scene0000_00")

    @given(value=JSON, group=JSON)
    @settings(max_examples=60, deadline=None)
    def run(value, group):
        for content in (
            value,
            {"segGroups": [{"objectId": 1, "label": "chair", "segments": group}], "segIndices": group},
        ):
            (folder / f"scene0000_00{ending}").write_text(json.dumps(content))
            ends_well(lambda: _use(read_scan(folder)))

    run()


@pytest.mark.parametrize("file", ["manifest.json", "scenes/room-1.safetensors", "views/room-1.safetensors"])
def test_damaged_stores_end_well(tmp_path_factory, file):
    store = Store.create(tmp_path_factory.mktemp("data"), origin="test", licence="x")
    store.add(sample_scene("room-1", views=1), split="val")
    store.finish()
    original = (store.path / file).read_bytes()

    def read():
        again = Store.open(store.path)
        _use(again.scene("room-1"))
        assert len(again.split("val")) <= 1

    @given(how=damage)
    @settings(max_examples=80, deadline=None)
    def run(how):
        (store.path / file).write_bytes(damaged(original, how))
        ends_well(read)

    run()


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _use(scene) -> None:
    assert np.isfinite(scene.objects.center).all()
    assert all(view.rgb.shape[:2] == (view.camera.height, view.camera.width) for view in scene.views)
    assert len(scene.rgb) == len(scene.xyz)
