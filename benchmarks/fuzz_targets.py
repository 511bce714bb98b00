"""What is fuzzed: every file reader and every importer, on small valid files in the official layouts.

The layouts are written by the tests of each importer, so this module runs in the repository only.
"""

from __future__ import annotations

import gzip
import json
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes:
        write: makes valid files in a new folder.
        read: reads them; raises SceneglotError on bad input.
        fresh: read every input at a path of its own, for readers that remember files by their path.
    """

    name: str
    write: Callable[[Path], None]
    read: Callable[[Path], None]
    fresh: bool = False


_TESTS = "tests.scenes.importers"


def targets() -> list[Target]:
    """All targets, file readers first."""
    files = [*(_file_target(name) for name in _FILES), *(_laser_target(name) for name in _LASER_FILES)]
    textured = [_textured_target(ending) for ending in ("glb", "gltf", "obj")]
    texts = [_text_target(kind) for kind in _TEXTS]
    others = [Target("store", _write_store, _read_store), Target("tables", _write_tables, _read_tables)]
    return [*files, *textured, *_importers(), *_captures(), *others, *texts]


def _read_file(name: str, root: Path) -> None:
    from sceneglot.scenes.files import read_scene

    use(read_scene(root / name))


def use(scene) -> None:
    """What every user of a scene does first; a scene that passed the reader must survive it."""
    assert np.isfinite(scene.xyz).all() and np.isfinite(scene.objects.center).all()
    assert len(scene.rgb) == len(scene.xyz)
    assert all(view.rgb.shape[:2] == (view.camera.height, view.camera.width) for view in scene.views)


def _file_target(name: str) -> Target:
    return Target(f"file {name}", lambda root: _write_file(name, root), lambda root: _read_file(name, root))


_FILES = (
    "binary.ply", "big.ply", "text.ply", "binary.pcd", "text.pcd", "packed.pcd", "a.npz", "a.npy", "a.xyz", "a.obj",
    "a.glb", "a.stl", "a.off",
)  # fmt: skip


def _write_file(name: str, root: Path) -> None:
    import trimesh
    from tests.scenes.samples import SCAN_FACES, SCAN_RGB, SCAN_XYZ, write_ply

    rng = np.random.default_rng(0)
    xyz = rng.random((40, 3)).astype(np.float32)
    path = root / name
    head = (
        "VERSION 0.7\nFIELDS x y z rgb\nSIZE 4 4 4 4\nTYPE F F F U\nCOUNT 1 1 1 1\nWIDTH 40\nHEIGHT 1\nPOINTS 40\nDATA "
    )
    body = np.concatenate([xyz, xyz[:, :1]], axis=1).tobytes()
    literal = b"".join(bytes([31]) + body[i : i + 32] for i in range(0, 640, 32))
    labels = np.arange(40) % 3
    match name:
        case "binary.ply":
            write_ply(path, SCAN_XYZ, SCAN_RGB, SCAN_FACES)
        case "big.ply":
            write_ply(path, SCAN_XYZ, SCAN_RGB, [[0, 1, 2, 3], [4, 5, 6]], order=">")
        case "text.ply":
            write_ply(path, SCAN_XYZ, SCAN_RGB, SCAN_FACES, text=True)
        case "binary.pcd":
            path.write_bytes(head.encode() + b"binary\n" + body)
        case "text.pcd":
            path.write_bytes(head.encode() + b"ascii\n" + b"1.5 2 3 255\n" * 40)
        case "packed.pcd":
            path.write_bytes(head.encode() + b"binary_compressed\n" + struct.pack("<II", len(literal), 640) + literal)
        case "a.npz":
            np.savez_compressed(path, xyz=xyz, instance=labels, nyu40=labels, boxes=np.ones((1, 7)))
        case "a.npy":
            np.save(path, xyz)
        case "a.xyz":
            np.savetxt(path, xyz)
        case _:
            trimesh.creation.box((0.1, 0.1, 0.1)).export(path)


def _textured_target(ending: str) -> Target:
    """A mesh with a picture on it, inside the file or beside it."""

    def write(root: Path) -> None:
        import trimesh
        from PIL import Image

        box = trimesh.creation.box((0.1, 0.1, 0.1))
        picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8))
        uv = box.vertices[:, :2] * 10 + 0.5
        box.visual = trimesh.visual.TextureVisuals(uv, image=picture)  # type: ignore[assignment]
        made = box.export(root / f"a.{ending}") if ending != "gltf" else box.export(file_type="gltf")
        for name, data in made.items() if isinstance(made, dict) else ():
            (root / ("a.gltf" if name == "model.gltf" else name)).write_bytes(data)

    return Target(f"file textured.{ending}", write, lambda root: _read_file(f"a.{ending}", root))


_TEXTS = ("scanrefer", "nr3d", "sr3d", "scanqa", "sqa3d", "scan2cap", "multi3drefer", "3dssg", "sceneverse")


def _text_target(kind: str) -> Target:
    """Annotations of one kind in the official layout."""

    def write(root: Path) -> None:
        from tests.scenes.annotations import official

        for path in official.files(root / "all")[kind]:
            (root / kind / path.relative_to(root / "all")).parent.mkdir(parents=True, exist_ok=True)
            path.rename(root / kind / path.relative_to(root / "all"))
        shutil.rmtree(root / "all")

    def read(root: Path) -> None:
        from sceneglot.scenes.annotations.importing import READERS
        from sceneglot.scenes.annotations.sceneverse import read_sceneverse, sceneverse_files

        paths = sorted((root / kind).rglob("*.json*")) + sorted((root / kind).rglob("*.csv"))
        groups = sceneverse_files(paths).values() if kind == "sceneverse" else [paths]
        for group in groups:
            for annotation in (read_sceneverse if kind == "sceneverse" else READERS[kind])(group):
                assert annotation.utterance.text is not None

    return Target(f"text {kind}", write, read)


_LASER_FILES = ("a.las", "b.las", "a.laz", "a.e57", "a.csv")


def _laser_target(name: str) -> Target:
    def write(root: Path) -> None:
        from tests.scenes.readers.test_formats import LAZ, WRITERS

        (root / name).write_bytes(LAZ) if name == "a.laz" else WRITERS[name](root / name)

    def read(root: Path) -> None:
        if name == "a.e57":  # new checksums, else they catch everything before the reader's own checks are reached
            from tests.scenes.readers.test_formats import with_checksums

            data = (root / name).read_bytes()
            if data and len(data) % 1024 == 0:
                with_checksums(root / name, np.frombuffer(data, np.uint8).reshape(-1, 1024)[:, :-4].tobytes())
        _read_file(name, root)

    return Target(f"file {name}", write, read)


def _captures() -> list[Target]:
    """One target per layout of posed RGB-D."""

    def target(layout: str) -> Target:
        def write(root: Path) -> None:
            from tests.scenes.capture.boxcapture import WRITERS

            WRITERS[layout](root / "room")

        def read(root: Path) -> None:
            from sceneglot.scenes.importers.capture import CaptureOptions, capture_jobs

            for job in capture_jobs(root, CaptureOptions(voxel=0.2, views=1)):  # what is fuzzed is the reading
                use(job.load())

        return Target("capture" if layout == "scannet" else f"capture {layout}", write, read)

    return [target(name) for name in ("scannet", "posed", "record3d", "scanner-app", "tum", "redwood")]


def _imports(kind: str) -> Callable[[Path], None]:
    def read(root: Path) -> None:
        from sceneglot.scenes.importers.catalog import KINDS

        importer = KINDS[kind]
        for job in list(importer.jobs(root, importer.options()))[:2]:
            use(job.load())

    return read


def _importers() -> list[Target]:
    return [
        _target("scannet", "tests.scenes.samples", "write_scan", "scene0000_00"),
        _target("scannet-votenet", f"{_TESTS}.test_scannet_prepared", "write_votenet"),
        Target("scannet-pointgroup", _write_pointgroup, _imports("scannet-pointgroup")),
        _target("scannet-pointcept", f"{_TESTS}.test_scannet_prepared", "write_pointcept"),
        _target("s3dis", f"{_TESTS}.test_s3dis", "write_room", "Area_1/office_1"),
        _target("semantickitti", f"{_TESTS}.test_semantickitti", "write_sequence", "sequences/00"),
        _target("nuscenes", f"{_TESTS}.test_nuscenes", "write_nuscenes"),
        _target("sunrgbd", f"{_TESTS}.test_sunrgbd", "write_frame"),
        Target("sceneverse", _write_sceneverse, _imports("sceneverse")),
        _target("3rscan", f"{_TESTS}.test_rscan", "write_scan", "a"),
        _target("multiscan", f"{_TESTS}.test_multiscan", "write_scan", "scene_00000_00"),
        _target("arkitscenes", f"{_TESTS}.test_arkitscenes", "write_scan"),
        _target("hm3d", f"{_TESTS}.test_hm3d", "write_house"),
        _target("structured3d", f"{_TESTS}.test_structured3d", "write_room"),
        _target("procthor", f"{_TESTS}.test_procthor", "write_houses", fresh=True),
        *(_objects_target(name) for name in ("o.json.gz", "o.csv", "o.csv.gz", "o.parquet")),
    ]


def _target(kind: str, module: str, writer: str, folder: str = ".", *, fresh: bool = False) -> Target:
    """An importer whose test module writes its layout; imported when it is used."""

    def write(root: Path) -> None:
        getattr(import_module(module), writer)(root / folder)

    return Target(kind, write, _imports(kind), fresh)


def _write_sceneverse(root: Path) -> None:
    from tests.scenes.importers.test_sceneverse import write_scan

    write_scan(root, "3RScan", "a", [1, 1, 7, 7, -1], {1: "wall", 7: "plant"})


def _write_pointgroup(root: Path) -> None:
    import torch
    from tests.scenes.importers.test_scannet_prepared import INSTANCE, NYU40, RGB, XYZ, class20

    value = (XYZ, RGB / np.float32(127.5) - 1, class20(NYU40, -100).astype(np.float64), INSTANCE.astype(np.float64))
    torch.save(value, root / "scene0000_00_inst_nostuff.pth")


def _objects_target(name: str) -> Target:
    """A table of objects; that of JSON is called like its kind, the others like their files."""

    def write(root: Path) -> None:
        from tests.scenes.importers.test_object_columns import write as write_table

        row = {
            "id": 3,
            "label": "sofa",
            "center": [1, 2, 0.5],
            "size": [2, 1, 1],
            "rgb": [1, 2, 3],
            "front_point": [1, 0, 0],
        }
        if name == "o.json.gz":
            text = json.dumps({"a": [row, {**row, "id": 4, "label": "lamp"}]})
            (root / name).write_bytes(gzip.compress(text.encode(), mtime=0))
        else:
            lamp = {**row, "id": 4, "label": "lamp", "parent_id": 3, "state": "switched on", "obb": [1, 1, 1, 2, 2, 2]}
            write_table(root / name, {"a": [row, lamp], "b": [row]})

    def read(root: Path) -> None:
        from sceneglot.scenes.importers.objects import object_jobs

        for job in object_jobs(root / name)[:2]:
            use(job.load())

    return Target("objects" if name == "o.json.gz" else f"objects {name}", write, read)


def _write_store(root: Path) -> None:
    from tests.scenes.samples import sample_scene

    from sceneglot.scenes.store import Store

    store = Store.create(root / "data", origin="test", licence="x")
    store.add(sample_scene("room-1", views=1), split="val")
    store.finish()


def _read_store(root: Path) -> None:
    from sceneglot.scenes.check import check_scene
    from sceneglot.scenes.store import Store

    store = Store.open(root / "data")
    for scene_id in store.scene_ids[:1]:
        check_scene(store.scene(scene_id))  # which reports numbers that are none; the store does not look at them


def _write_tables(root: Path) -> None:
    """Label tables, split lists and angles that users give beside a data set."""
    (root / "labels.tsv").write_text("id\tnyu40id\traw_category\n1\t5\toffice chair\n2\t\tghost\n")
    (root / "category_mapping.tsv").write_text("raw_category\tnyu40id\tmpcat40\nsofa\t6\tsofa\nghost\t\t\n")
    (root / "lists").mkdir()
    for split, scans in (("train", "scene0000_00\nscene0000_01\n"), ("val", "scene0001_00\n")):
        (root / "lists" / f"scannetv2_{split}.txt").write_text(scans)
    (root / "Area_1_alignmentAngle.txt").write_text("## Global alignment angle\noffice_1 90\nhallway_2 0\n")


def _read_tables(root: Path) -> None:
    from sceneglot.scenes.importers.s3dis import read_angles
    from sceneglot.scenes.importers.splits import read_splits
    from sceneglot.scenes.labels import read_label_table
    from sceneglot.scenes.labels_maps import read_category_mapping

    assert all(0 <= kind <= 40 for kind in read_label_table(root / "labels.tsv").values())
    assert all(0 <= row.nyu40 <= 40 for row in read_category_mapping(root / "category_mapping.tsv").values())
    assert read_splits(root / "lists")
    read_angles(root / "Area_1_alignmentAngle.txt")
