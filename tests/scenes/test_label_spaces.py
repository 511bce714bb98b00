import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.scenes.check import check_scene
from sceneglot.scenes.label_spaces import LABEL_SPACES, label_space
from sceneglot.scenes.labels import NYU40_NAMES
from sceneglot.scenes.scene import Scene, Source
from sceneglot.scenes.store import Store


@pytest.mark.parametrize(("name", "count"), [("s3dis", 13), ("semantickitti", 19), ("nuscenes-lidarseg", 16)])
def test_every_space_is_whole(name, count):
    space = label_space(name)
    assert list(space.classes) == list(range(1, count + 1))
    assert len(set(space.classes.values())) == count
    assert set(space.raw_class) == set(space.raw_name)
    if space.raw_class:
        assert set(space.raw_class.values()) == set(range(count + 1))  # every class is reached, 0 by the ignored
    assert all(0 < nyu40 < len(NYU40_NAMES) for nyu40 in space.nyu40.values())


def test_known_rows_of_the_official_tables():
    kitti, nuscenes = label_space("semantickitti"), label_space("nuscenes-lidarseg")
    assert [kitti.raw_class[raw] for raw in (252, 60, 99, 81, 13)] == [1, 9, 0, 19, 5]
    assert kitti.classes[6] == "person" and kitti.raw_name[254] == "moving-person"
    assert nuscenes.classes[nuscenes.raw_class[24]] == "driveable surface"
    assert nuscenes.raw_class[31] == 0 and nuscenes.raw_name[31] == "vehicle.ego"


def test_raw_labels_become_classes_and_unknown_ones_are_named():
    classes, unknown = label_space("semantickitti").classes_of(np.array([10, 7, 252, 0, 7, 700]))
    assert classes.tolist() == [1, 0, 1, 0, 0, 0] and classes.dtype == np.int16
    assert unknown == (7, 700)


def test_s3dis_in_nyu40():
    s3dis = label_space("s3dis")
    nyu40 = s3dis.to_nyu40(np.array([0, *s3dis.classes]))
    assert [NYU40_NAMES[i] for i in nyu40[[1, 9, 12]]] == ["ceiling", "chair", "whiteboard"]
    assert nyu40[0] == 0


def test_no_such_space():
    assert "scannet20" not in LABEL_SPACES
    with pytest.raises(SceneglotError, match="no label space"):
        label_space("scannet20")


def _street(**columns) -> Scene:
    xyz = np.random.default_rng(0).random((50, 3), np.float32)
    return Scene("street", xyz, np.full((50, 3), 128, np.uint8), Source("test"), has_color=False, **columns)


def test_category_and_intensity_survive_the_store(tmp_path):
    category = (np.arange(50) % 20).astype(np.int16)
    intensity = np.linspace(0, 1, 50, dtype=np.float32)
    store = Store.create(tmp_path / "data", origin="test", licence="x")
    store.add(_street(category=category, label_space="semantickitti", intensity=intensity))
    again = store.scene("street")
    assert again.label_space == "semantickitti" and again.category is not None and again.intensity is not None
    assert np.array_equal(again.category, category) and again.category.dtype == np.int16
    assert np.array_equal(again.intensity, intensity)


def test_category_without_a_space_is_refused():
    with pytest.raises(SceneglotError, match="label_space"):
        _street(category=np.zeros(50, np.int16))
    with pytest.raises(SceneglotError, match="intensity"):
        _street(intensity=np.zeros(49, np.float32))


def test_check_sees_categories_outside_their_space():
    _, problems = check_scene(_street(category=np.full(50, 20, np.int16), label_space="semantickitti"))
    assert any("categories run from 20 to 20" in problem.what for problem in problems)
    _, problems = check_scene(_street(intensity=np.full(50, np.nan, np.float32)))
    assert any("intensity" in problem.what and problem.level == "error" for problem in problems)
