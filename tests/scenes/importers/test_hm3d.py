from __future__ import annotations

import numpy as np
import pytest
import trimesh
from PIL import Image
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.importers.hm3d import HM3DOptions, hm3d_jobs, read_annotations

TEXT = 'HM3D Semantic Annotations\n1,FF0000,"floor",3\n2,00FF00,"coffee table, round",3\n9,0000FF,"ghost",0\n'


def textured(colors) -> trimesh.Trimesh:
    """A 4 x 4 m floor at z = 0 and a 1 x 1 m table top at z = 0.5, each of one texel's colour."""
    vertices, faces, uv = [], [], []
    for i, (side, height) in enumerate(((4.0, 0.0), (1.0, 0.5))):
        corners = [(0, 0), (side, 0), (side, side), (0, side)]
        faces += [[4 * i, 4 * i + 1, 4 * i + 2], [4 * i, 4 * i + 2, 4 * i + 3]]
        vertices += [(x, y, height) for x, y in corners]
        uv += [(0.1 + 0.8 * i, 0.5)] * 4
    picture = Image.fromarray(np.array([colors, colors], np.uint8))
    visual = TextureVisuals(uv=np.array(uv), material=PBRMaterial(baseColorTexture=picture))
    return trimesh.Trimesh(vertices, faces, visual=visual, process=False)


def write_house(root, name="TEEsavR23oF", *, photographed=True):
    folder = root / "val" / f"00800-{name}"
    folder.mkdir(parents=True)
    textured([(255, 0, 0), (0, 255, 0)]).export(folder / f"{name}.semantic.glb")
    (folder / f"{name}.semantic.txt").write_text(TEXT)
    if photographed:
        textured([(90, 80, 70), (10, 20, 30)]).export(folder / f"{name}.glb")
    return folder


def test_a_house(tmp_path):
    write_house(tmp_path)
    (job,) = hm3d_jobs(tmp_path, HM3DOptions(density=100))
    assert (job.scene_id, job.split, len(job.files)) == ("00800-TEEsavR23oF", "val", 3)
    scene = job.load()
    assert len(scene) == 1700
    table = scene.instance == 2
    assert table.sum() == 100
    np.testing.assert_allclose(scene.xyz[table, 2], 0.5, atol=1e-6)
    assert scene.objects.label == ("floor", "coffee table, round")
    assert np.unique(scene.rgb[table], axis=0).tolist() == [[10, 20, 30]]
    assert np.unique(scene.rgb[~table], axis=0).tolist() == [[90, 80, 70]]
    assert "z is up in the mesh file" in scene.source.notes
    assert "left out objects without points: 9" in scene.source.notes
    np.testing.assert_allclose(scene.objects.size[0], [4, 4, 0], atol=0.2)


def test_the_category_mapping_gives_classes_and_up_can_be_said(tmp_path):
    folder = write_house(tmp_path / "hm3d", photographed=False)
    table = tmp_path / "category_mapping.tsv"
    table.write_text('index\traw_category\tnyu40id\tmpcat40\n1\tfloor\t2\tfloor\n2\t"coffee table, round"\t39\ttable\n')
    scene = hm3d_jobs(folder, HM3DOptions(labels=table, density=50, up="y"))[0].load()
    assert not scene.has_color
    assert set(scene.semantic[scene.instance == 2]) == {39}
    np.testing.assert_allclose(scene.xyz[scene.instance == 2, 1], -0.5, atol=1e-6)  # y up: z -> -y


def test_a_damaged_coordinate_does_not_ask_for_millions_of_points(tmp_path):
    folder = tmp_path / "00800-huge"
    folder.mkdir()
    mesh = textured([(255, 0, 0), (0, 255, 0)])
    mesh.vertices[2] = 1e9
    mesh.export(folder / "huge.semantic.glb")
    (folder / "huge.semantic.txt").write_text(TEXT)
    assert len(hm3d_jobs(tmp_path)[0].load()) == 200_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing\n", "does not begin"),
        ("HM3D Semantic Annotations\n1,FF0000\n", "line 2"),
        ('HM3D Semantic Annotations\n1,GG0000,"a",1\n', "cannot be read"),
        ('HM3D Semantic Annotations\n1,FF0000,"a",1\n1,FF0001,"b",1\n', "unique"),
        ('HM3D Semantic Annotations\n-1,FF0000,"a",1\n', "not negative"),
    ],
)
def test_damaged_annotations(tmp_path, text, message):
    path = tmp_path / "a.semantic.txt"
    path.write_text(text)
    with pytest.raises(BadFileError, match=message):
        read_annotations(path)


def test_damaged_meshes(tmp_path):
    with pytest.raises(BadFileError, match="holds no <split>"):
        hm3d_jobs(tmp_path)
    folder = write_house(tmp_path)
    with pytest.raises(SceneglotError, match="density"):
        hm3d_jobs(tmp_path, HM3DOptions(density=0))
    mesh = folder / "TEEsavR23oF.semantic.glb"
    mesh.write_bytes(mesh.read_bytes()[:100])
    with pytest.raises(BadFileError, match="glTF"):
        hm3d_jobs(tmp_path)[0].load()
