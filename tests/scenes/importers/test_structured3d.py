from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.importers.structured3d import Structured3DOptions, panorama_rays, structured3d_jobs

H, W = 18, 36  # ten degrees a pixel


def box(number, center, radii):
    basis = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    return {"ID": number, "basis": basis, "coeffs": list(radii), "centroid": list(center)}


# The camera stands at (1, 2, 1.5) m; everything is two metres away. A chair (id 7) is seen straight ahead (+y), and a
# box (id 8) is in another room.
BOXES = [box(7, (1000, 4000, 1500), (400, 300, 400)), box(8, (9000, 9000, 500), (100, 100, 100))]


def write_room(root, *, instance=True, palette=False, boxes=BOXES):
    folder = root / "scene_03100" / "2D_rendering" / "485142" / "panorama" / "full"
    folder.mkdir(parents=True)
    depth = np.full((H, W), 2000, np.uint16)
    depth[0] = 0  # no reading
    semantic = np.full((H, W), 1, np.uint8)
    chair = np.zeros((H, W), bool)
    chair[8:10, 17:19] = True
    semantic[chair] = 5
    Image.fromarray(depth).save(folder / "depth.png")
    Image.fromarray(np.full((H, W, 3), (9, 8, 7), np.uint8)).save(folder / "rgb_rawlight.png")
    picture = Image.fromarray(semantic)
    (picture.convert("RGB") if palette else picture).save(folder / "semantic.png")
    if instance:
        Image.fromarray(np.where(chair, 7, 65535).astype(np.uint16)).save(folder / "instance.png")
    (folder.parent / "camera_xyz.txt").write_text("1000 2000 1500\n")
    house = root / "scene_03100"
    (house / "bbox_3d.json").write_text(json.dumps(boxes))
    rooms = [{"ID": 485142, "type": "bedroom", "planeID": []}, {"ID": 1, "type": "door", "planeID": []}]
    (house / "annotation_3d.json").write_text(json.dumps({"semantics": rooms}))
    return folder


def test_rays():
    rays = panorama_rays(H, W)
    np.testing.assert_allclose(np.linalg.norm(rays, axis=-1), 1)
    middle = rays[8:10, 17:19].mean((0, 1))
    np.testing.assert_allclose(middle / np.linalg.norm(middle), [0, 1, 0], atol=1e-12)
    assert rays[0, :, 2].min() > 0.98  # the top row looks up
    assert (rays[9, 26:28, 0] > 0.98).all()  # a quarter to the right is +x


@pytest.mark.parametrize("instance", [True, False])
def test_a_room(tmp_path, instance):
    write_room(tmp_path, instance=instance)
    (job,) = structured3d_jobs(tmp_path)
    assert (job.scene_id, job.split) == ("scene_03100_485142", "val")
    scene = job.load()
    assert len(scene) == (H - 1) * W
    np.testing.assert_allclose(np.linalg.norm(scene.xyz - (1, 2, 1.5), axis=1), 2, atol=1e-5)
    assert scene.objects.id.tolist() == [7]  # the other box is not in this room
    assert scene.objects.label == ("chair",)
    np.testing.assert_allclose(scene.objects.size, [[0.8, 0.6, 0.8]], atol=1e-6)  # the annotated box
    assert (scene.instance == 7).sum() == 4
    assert scene.room_type == "bedroom"
    assert scene.rgb[0].tolist() == [9, 8, 7]
    assert structured3d_jobs(tmp_path / "scene_03100")[0].scene_id == "scene_03100_485142"
    assert len(structured3d_jobs(tmp_path, Structured3DOptions(2))[0].load()) == 8 * 18


def test_coloured_classes_are_not_guessed(tmp_path):
    write_room(tmp_path, palette=True)
    scene = structured3d_jobs(tmp_path)[0].load()
    assert scene.objects.label == ("object",)
    assert any("shows colours" in note for note in scene.source.notes)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("depth", np.zeros((H, W), np.uint16), "every depth is 0"),
        ("depth", np.zeros((H, W, 3), np.uint8), "one channel"),
        ("semantic", np.full((H, W), 41, np.uint8), "holds class 41"),
        ("semantic", np.zeros((H, W + 1), np.uint8), "has size"),
        ("rgb_rawlight", np.zeros((H, 2, 3), np.uint8), "has size"),
        ("instance", np.zeros((2, 2), np.uint16), "has shape"),
    ],
)
def test_pictures_that_do_not_fit(tmp_path, name, value, message):
    Image.fromarray(value).save(write_room(tmp_path) / f"{name}.png")
    with pytest.raises(BadFileError, match=message):
        structured3d_jobs(tmp_path)[0].load()


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([{"ID": 1}], "no oriented box"),
        ([{**BOXES[0], "ID": "x"}], "ID"),
        ([{**BOXES[0], "coeffs": [1, 2]}], "no oriented box"),
        ({"a": 1}, "boxes"),
    ],
)
def test_damaged_boxes(tmp_path, boxes, message):
    write_room(tmp_path, boxes=boxes)
    with pytest.raises(BadFileError, match=message):
        structured3d_jobs(tmp_path)[0].load()


def test_damaged_rest(tmp_path):
    with pytest.raises(BadFileError, match="holds no scene"):
        structured3d_jobs(tmp_path)
    folder = write_room(tmp_path)
    with pytest.raises(SceneglotError, match="stride"):
        structured3d_jobs(tmp_path, Structured3DOptions(0))
    (folder.parent / "camera_xyz.txt").write_text("1 nan 2")
    with pytest.raises(BadFileError, match="camera"):
        structured3d_jobs(tmp_path)[0].load()
    (folder / "depth.png").write_bytes(b"no png")
    with pytest.raises(BadFileError, match="as a picture"):
        structured3d_jobs(tmp_path)[0].load()
