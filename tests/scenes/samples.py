"""Small scenes and files with known content, shared by the tests of this folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from plyfile import PlyData, PlyElement

from sceneglot.scenes import Camera, Objects, Scene, Source, Utterance, View


def sample_scene(scene_id: str = "room-1", points: int = 200, views: int = 0, seed: int = 0) -> Scene:
    """Two labelled objects and some unlabelled points in a 4 x 3 x 2 m box."""
    rng = np.random.default_rng(seed)
    xyz = (rng.random((points, 3)) * (4, 3, 2)).astype(np.float32)
    instance = rng.integers(-1, 2, points).astype(np.int32) * 5  # -5 is turned into -1 below
    instance[instance < 0] = -1
    members = [xyz[instance == i] for i in (0, 5)]
    low, high = (np.stack([getattr(m, f)(0) for m in members]).astype(np.float64) for f in ("min", "max"))
    objects = Objects(
        id=np.array([0, 5]),
        label=("office chair", "Täbel"),
        center=(low + high) / 2,
        size=high - low,
        color=np.array([[1, 2, 3], [250, 0, 9]]),
        front=np.array([[0, -1, 0], [np.nan] * 3]),
        parent=np.array([1, -1]),
        material=("metal", ""),
        shape=("", "round"),
        color_name=("grey", "red"),
        state=("", "folded"),
    )
    return Scene(
        id=scene_id,
        xyz=xyz,
        rgb=rng.integers(0, 256, (points, 3), dtype=np.uint8),
        source=Source("test", "made/up.ply", "CC0-1.0", "tests 1", seed, ("a note",)),
        normal=np.tile(np.float32([0, 0, 1]), (points, 1)),
        segment=rng.integers(0, 9, points).astype(np.int32),
        instance=instance,
        semantic=np.where(instance == 0, 5, 0).astype(np.int16),
        objects=objects,
        room_type="office",
        views=[sample_view(f"view-{i}", i) for i in range(views)],
    )


def sample_view(name: str = "view", seed: int = 0) -> View:
    """A 6 x 4 picture."""
    rng = np.random.default_rng(seed)
    pose = np.eye(4)
    pose[:3, 3] = rng.random(3)
    camera = Camera(5.5, 5.25, 3.0, 2.0, 6, 4, pose)
    rgb = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
    return View(name, camera, rgb, rng.random((4, 6), dtype=np.float32), rng.integers(-1, 9, (4, 6)).astype(np.int32))


def sample_utterances(scene_id: str = "room-1") -> list[Utterance]:
    """One question and one referral about `sample_scene`."""
    question = Utterance(
        "q-1", scene_id, "question", "Wo ist «it»?", (0, 5), (), "", ("here", "hier"), "place", True, "template:7", 11
    )
    return [question, Utterance("r-1", scene_id, "referral", "the grey chair", (0,), (5,), "near")]


def assert_same_scene(left: Scene, right: Scene) -> None:
    """Every column equal, dtypes included."""
    for name in ("xyz", "rgb", "normal", "segment", "instance", "semantic"):
        a, b = getattr(left, name), getattr(right, name)
        assert (a is None) == (b is None), name
        if a is not None:
            assert a.dtype == b.dtype, name
            np.testing.assert_array_equal(a, b, err_msg=name)
    for name in ("id", "source", "room_type", "has_color"):
        assert getattr(left, name) == getattr(right, name), name
    for name in ("id", "center", "size", "color", "front", "parent"):
        np.testing.assert_array_equal(getattr(left.objects, name), getattr(right.objects, name), err_msg=name)
    for name in ("label", "material", "shape", "color_name", "state"):
        assert getattr(left.objects, name) == getattr(right.objects, name), name
    assert len(left.views) == len(right.views)
    for a, b in zip(left.views, right.views):
        assert a.name == b.name
        np.testing.assert_array_equal(a.camera.pose, b.camera.pose)
        assert (a.camera.fx, a.camera.cy, a.camera.projection) == (b.camera.fx, b.camera.cy, b.camera.projection)
        for name in ("rgb", "depth", "point"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


# A ScanNet scan with closed-form content: a horizontal unit square (segments 10, 11), a vertical one facing +x
# (segment 20), and a lone vertex (segment 30), turned by 90 degrees about z and lifted by the alignment.
SCAN_XYZ = np.array(
    [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [3, 0, 0], [3, 1, 0], [3, 1, 1], [3, 0, 1], [9, 9, 9]], np.float32
)
SCAN_FACES = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
SCAN_RGB = np.array([[10 * i, 20, 255 - 10 * i] for i in range(9)], np.uint8)
SCAN_SEGMENTS = [10, 10, 11, 11, 20, 20, 20, 20, 30]
SCAN_ALIGNMENT = np.array([[0, -1, 0, 1], [1, 0, 0, 2], [0, 0, 1, 0.5], [0, 0, 0, 1]], np.float64)
SCAN_GROUPS = [
    {"id": 0, "objectId": 0, "segments": [10, 11], "label": "table"},
    {"id": 1, "objectId": 1, "segments": [20], "label": "trash can"},
    {"id": 2, "objectId": 4, "segments": [11], "label": "book"},  # overlaps the table: the last one labels the points
]


def write_ply(path: Path, xyz: np.ndarray, rgb: np.ndarray | None = None, faces=None, *, text=False, order="<") -> None:
    """A PLY in ScanNet's layout (colour with alpha, uchar-int face lists), by an independent writer."""
    kinds = [(axis, "f4") for axis in "xyz"]
    kinds += [(name, "u1") for name in ("red", "green", "blue", "alpha")] if rgb is not None else []
    vertices = np.zeros(len(xyz), kinds)
    for i, axis in enumerate("xyz"):
        vertices[axis] = xyz[:, i]
    if rgb is not None:
        for i, name in enumerate(("red", "green", "blue")):
            vertices[name] = rgb[:, i]
        vertices["alpha"] = 255
    elements = [PlyElement.describe(vertices, "vertex")]
    if faces is not None:
        rows = np.empty(len(faces), [("vertex_indices", "O")])
        rows["vertex_indices"] = [np.asarray(face, np.int32) for face in faces]
        elements.append(PlyElement.describe(rows, "face", val_types={"vertex_indices": "i4"}))
    PlyData(elements, text=text, byte_order=order).write(path)


def write_scan(folder: Path, *, labelled: bool = True, aligned: bool = True, groups=SCAN_GROUPS) -> Path:
    """Write the scan in the official layout; returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    name = folder.name
    write_ply(folder / f"{name}_vh_clean_2.ply", SCAN_XYZ, SCAN_RGB, SCAN_FACES)
    segs = {"params": {"kThresh": "0.0001"}, "sceneId": name, "segIndices": SCAN_SEGMENTS}
    (folder / f"{name}_vh_clean_2.0.010000.segs.json").write_text(json.dumps(segs))
    lines = ["colorHeight = 968", "sceneType = Bedroom / Hotel"]
    if aligned:
        lines.insert(0, "axisAlignment = " + " ".join(f"{value:f}" for value in SCAN_ALIGNMENT.ravel()) + " ")
    (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
    if labelled:
        table = {"sceneId": f"scannet.{name}", "appId": "x", "segGroups": groups}
        (folder / f"{name}.aggregation.json").write_text(json.dumps(table))
    return folder


def write_label_table(path: Path, rows: dict[str, int]) -> Path:
    """A label table with the columns that matter, among others and in another order."""
    lines = ["id\tnyu40id\traw_category\tcount"]
    lines += [f"{i}\t{nyu40}\t{label}\t7" for i, (label, nyu40) in enumerate(rows.items())]
    path.write_text("\n".join(lines) + "\n")
    return path
