"""ARKitScenes, the 3DOD part, in its original layout.

`{Training,Validation}/<video>/<video>_3dod_mesh.ply` is the ARKit mesh with vertex colours (metres, z up);
`<video>_3dod_annotation.json` lists oriented boxes. There are no labels per point: a point belongs to the smallest box
that holds it. Objects are numbered from 1 in the order of the file, as SceneVerse numbers them.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.records import Record, read_json
from sceneglot.scenes.boxes import mean_colors
from sceneglot.scenes.importers.assemble import coordinates
from sceneglot.scenes.importers.oriented import OrientedBox, assign_points
from sceneglot.scenes.importers.paths import safe_id
from sceneglot.scenes.importers.sizes import estimated, official
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job, NoOptions
from sceneglot.scenes.labels_maps import label_map, unknown_note
from sceneglot.scenes.mesh import vertex_normals
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.readers.ply import read_ply
from sceneglot.scenes.scene import NO_INSTANCE, Scene, Source

LICENCE = "ARKitScenes licence (Apple, non-commercial)"
_MESH, _BOXES = "_3dod_mesh.ply", "_3dod_annotation.json"
_SPLIT_OF_FOLDER = {"Training": "train", "Validation": "val"}


def arkitscenes_jobs(root: Path, _options: NoOptions | None = None) -> list[Job]:
    """One job per `<video>_3dod_mesh.ply` below `root`: the data set, its `3dod` folder, one fold or one scan.

    Raises:
        BadFileError: there is none.
    """
    patterns = (f"3dod/*/*/*{_MESH}", f"*/*/*{_MESH}", f"*/*{_MESH}", f"*{_MESH}")
    meshes = next((found for pattern in patterns if (found := sorted(root.glob(pattern)))), [])
    if not meshes:
        raise BadFileError(root, f"holds no Training/<video>/<video>{_MESH}")
    jobs = []
    for mesh in meshes:
        split = _SPLIT_OF_FOLDER.get(mesh.resolve().parent.parent.name, "")
        name = mesh.name.removesuffix(_MESH)
        jobs.append(Job(safe_id(name), partial(read_scan, mesh), split, (mesh, mesh.with_name(name + _BOXES))))
    return sorted(jobs, key=lambda job: job.scene_id)


def read_scan(path: Path) -> Scene:
    """Read one scan, given its mesh.

    Raises:
        BadFileError: missing or damaged files.
    """
    name = path.name.removesuffix(_MESH)
    mesh = read_ply(path)
    xyz = coordinates(path, mesh.xyz)
    labels, boxes = _boxes(path.with_name(name + _BOXES))
    rgb = np.full((len(xyz), 3), 128, np.uint8) if mesh.rgb is None else mesh.rgb
    ids = np.arange(1, len(boxes) + 1)
    row = assign_points(xyz.astype(np.float64), boxes)
    instance = np.append(ids, NO_INSTANCE)[row].astype(np.int32)
    names = label_map("arkitscenes")
    kinds = np.array([*(names.nyu40_of(label) for label in labels), 0], np.int16)  # the last one is for row -1
    objects = Objects(
        id=ids,
        label=tuple(labels),
        center=np.array([box.center for box in boxes]).reshape(-1, 3),
        size=np.array([box.extent for box in boxes]).reshape(-1, 3),
        color=mean_colors(rgb, instance, ids),
    )
    notes = ("labels come from boxes: a point belongs to the smallest box that holds it",)
    return Scene(
        id=safe_id(name),
        xyz=xyz,
        rgb=rgb,
        source=Source("arkitscenes", path.name, LICENCE, notes=notes + unknown_note(labels, kinds.tolist())),
        normal=vertex_normals(xyz, mesh.faces) if mesh.faces is not None and len(mesh.faces) else None,
        instance=instance,
        semantic=kinds[row],
        objects=objects,
        has_color=mesh.rgb is not None,
    )


def _boxes(path: Path) -> tuple[list[str], list[OrientedBox]]:
    labels, boxes = [], []
    for row in Record.of(path, "the file", read_json(path)).records("data"):
        labels.append(row.sentence("label"))
        shape: Any = row.fields.get("segments", row.fields)
        shape = shape.get("obbAligned", shape.get("obb", shape)) if isinstance(shape, dict) else {}
        shape = shape if isinstance(shape, dict) else {}
        try:
            boxes.append(OrientedBox.of(*(shape.get(key) for key in ("centroid", "normalizedAxes", "axesLengths"))))
        except SceneglotError as error:
            raise row.problem(str(error)) from error
    return labels, boxes


CARD = DatasetCard(
    title="ARKitScenes (3DOD: meshes and boxes)",
    licence=LICENCE,
    request="https://github.com/apple/ARKitScenes",
    files=(
        FileNeed(
            "3dod/<fold>/<video>/<video>_3dod_mesh.ply",
            "mesh: points, colours",
            size=estimated(35.4, 5047, "mean of the six meshes that the data set LASA shows"),
        ),
        FileNeed("3dod/<fold>/<video>/<video>_3dod_annotation.json", "oriented boxes with labels"),
    ),
    scenes={"train": 4498, "val": 549},
    page="arkitscenes",
    whole=official(623.4, "DATA.md of apple/ARKitScenes, with the frames, which are not needed"),
)

IMPORTER = Importer(CARD, NoOptions, arkitscenes_jobs)
