"""Every layout of the same room gives the same scene."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.scenes.capture.boxcapture import COLORS, FX, SIZE, WRITERS, K, picture, poses, write_exr, write_redwood

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.scenes.capture.build import FusionOptions, fuse_capture
from sceneglot.scenes.capture.exr import read_exr
from sceneglot.scenes.capture.frames import read_depth
from sceneglot.scenes.capture.layouts import find_captures, layout_of, read_capture
from sceneglot.scenes.capture.upright import rotation_between
from sceneglot.scenes.check import check_scene
from sceneglot.scenes.importers.capture import CaptureOptions, capture_jobs
from sceneglot.scenes.importers.run import run_jobs
from sceneglot.scenes.mesh import vertex_normals
from sceneglot.scenes.readers.ply import read_ply
from sceneglot.scenes.store import Store

OPTIONS = FusionOptions(voxel=0.05, min_samples=1, lens=None)
TUM = FusionOptions(voxel=0.05, min_samples=1, lens=(FX, FX, K[0, 2], K[1, 2]))  # its folders hold no intrinsics


def faces_of(xyz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nearest of the six faces (x = 0, x = 4, y = 0, ...) and the distance to it."""
    gap = np.stack([np.abs(xyz), np.abs(SIZE - xyz)], -1).reshape(len(xyz), -1)
    return gap.argmin(1), gap.min(1)


@pytest.mark.parametrize("layout", WRITERS)
def test_layouts(tmp_path, layout):
    folder = WRITERS[layout](tmp_path / "my room")
    assert layout_of(folder) == layout
    scene = fuse_capture(folder, "my-room", TUM if layout == "tum" else OPTIONS)
    assert len(scene) > 3000 and scene.normal is not None and scene.has_color
    face, gap = faces_of(scene.xyz.astype(np.float64))  # ARKit's y-up world is turned back to z-up
    assert np.quantile(gap, 0.99) < 0.02
    inner = np.sort(np.stack([scene.xyz, SIZE - scene.xyz], -1).reshape(len(scene), -1), axis=1)[:, 1] > 0.4
    inward = np.stack([np.eye(3), -np.eye(3)], 1).reshape(-1, 3)[face]
    assert np.quantile(np.einsum("nc,nc->n", scene.normal, inward)[inner], 0.01) > 0.98
    assert np.abs(scene.rgb[inner].astype(int) - COLORS[face[inner]]).mean() < 6
    assert [p.what for p in check_scene(scene)[1] if p.level == "error"] == []
    assert any(f"layout {layout}" in note for note in scene.source.notes)
    for view in scene.views:  # photographs sit where the fused points are
        seen = view.camera.unproject(view.depth)[8:-8, 8:-8].reshape(-1, 3)
        assert np.quantile(faces_of(seen)[1], 0.95) < 0.02
    center = scene.views[0].rgb[35:37, 47:49].reshape(-1, 3).astype(int)
    expected = picture(poses()[0])[1][35:37, 47:49].reshape(-1, 3)
    assert np.abs(center - expected).mean() < 6


def test_every_layout_is_covered():
    from sceneglot.scenes.capture.layouts import LAYOUTS

    assert set(WRITERS) == set(LAYOUTS)


def test_a_tilted_world_is_turned_upright(tmp_path):
    """Redwood says nothing about up: the cameras and the floor do."""
    up = np.array([0.3, 0.9, -0.2]) / np.linalg.norm([0.3, 0.9, -0.2])
    turn = np.eye(4)
    turn[:3, :3] = rotation_between(np.array([0, 0, 1.0]), up)
    turn[:3, 3] = (5, -3, 2)
    scene = fuse_capture(write_redwood(tmp_path / "room", turn), "room", OPTIONS)
    note = next(note for note in scene.source.notes if note.startswith("up was"))
    found = np.array([float(word) for word in note[note.index("(") + 1 : note.index(")")].split(",")])
    assert np.linalg.norm(found - up) < 0.02  # about a degree
    kept = fuse_capture(tmp_path / "room", "room", FusionOptions(voxel=0.05, min_samples=1, up="keep"))
    assert abs(np.ptp(scene.xyz[:, 2]) - np.ptp(kept.xyz @ up)) < 0.05
    back = (kept.xyz - turn[:3, 3]) @ turn[:3, :3]
    floor = faces_of(back)[0] == 4  # fused in the same order, turned afterwards
    assert floor.sum() > 300 and np.abs(np.median(scene.xyz[floor, 2])) < 0.02
    assert np.quantile(faces_of(back)[1], 0.99) < 0.02


@pytest.mark.parametrize(("axis", "up"), [("y", (0, 1, 0)), ("-x", (-1, 0, 0)), ("z", (0, 0, 1))])
def test_up_can_be_stated(tmp_path, axis, up):
    turn = np.eye(4)
    turn[:3, :3] = rotation_between(np.array([0, 0, 1.0]), np.array(up, float))
    folder = write_redwood(tmp_path / "room", turn)
    scene, kept = (
        fuse_capture(folder, "room", FusionOptions(voxel=0.05, min_samples=1, up=choice)) for choice in (axis, "keep")
    )
    assert abs(np.ptp(scene.xyz[:, 2]) - np.ptp(kept.xyz @ np.array(up, float))) < 0.05
    floor = faces_of(kept.xyz @ turn[:3, :3])[0] == 4
    assert floor.sum() > 300 and np.abs(np.median(scene.xyz[floor, 2])) < 0.02


def test_rotation_between_any_two_directions():
    rng = np.random.default_rng(0)
    for a, b in rng.normal(size=(20, 2, 3)):
        a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
        for target in (b, a, -a):
            r = rotation_between(a, target)
            np.testing.assert_allclose(r @ a, target, atol=1e-6)
            np.testing.assert_allclose(r @ r.T, np.eye(3), atol=1e-9)
            assert np.linalg.det(r) > 0


def test_the_depth_scale_is_checked_and_can_be_given(tmp_path):
    folder = WRITERS["posed"](tmp_path / "room")
    for path in folder.glob("*.png"):
        values = np.asarray(Image.open(path)).astype(np.int64) * 20
        Image.fromarray(np.minimum(values, 65535).astype(np.uint16)).save(path)
    with pytest.raises(BadFileError, match="--depth-scale"):
        fuse_capture(folder, "room", OPTIONS)
    scene = fuse_capture(folder, "room", FusionOptions(voxel=0.05, min_samples=1, depth_scale=20_000))
    assert any("20000 per metre (given)" in note for note in scene.source.notes)


def test_lost_frames_are_left_out_and_counted(tmp_path):
    folder = WRITERS["scannet"](tmp_path / "room")
    (folder / "pose" / "0.txt").write_text("-inf " * 16)
    (folder / "depth" / "5.png").write_bytes(b"damaged")
    scene = fuse_capture(folder, "room", OPTIONS)
    assert any("left out 1 frames without a usable pose" in note for note in scene.source.notes)
    assert any("1 frames cannot be read: 5.png" in note for note in scene.source.notes)
    for number in (5, 10, 15):
        (folder / "pose" / f"{number}.txt").write_text("nan " * 16)
    with pytest.raises(BadFileError, match="4 of 6 frames have no usable pose"):
        read_capture(folder)


@pytest.mark.parametrize("damaged", ["color/5.jpg", "depth/5.png"])
def test_a_damaged_picture_does_not_cost_the_capture(tmp_path, damaged):
    folder = WRITERS["scannet"](tmp_path / "room")
    (folder / damaged).write_bytes(b"damaged")
    store = Store.create(tmp_path / "data", origin="capture", licence="mine")
    report = run_jobs(store, capture_jobs(folder, CaptureOptions(voxel=0.05, min_samples=1)))
    assert report.imported == ("room",) and not report.failed
    scene = store.scene("room")
    assert [view.name for view in scene.views] == ["0", "10", "15", "20", "25"]
    assert any("1 frames cannot be read" in note for note in scene.source.notes)


def test_folder_names_with_dots_stay_apart(tmp_path):
    for name in ("walk.1", "walk.2", "2026.11.21"):
        WRITERS["posed"](tmp_path / name)
    assert [job.scene_id for job in capture_jobs(tmp_path)] == ["2026.11.21", "walk.1", "walk.2"]


def test_colours_through_the_lens_of_other_pictures(tmp_path):
    folder = WRITERS["scannet"](tmp_path / "room")
    right = fuse_capture(folder, "room", OPTIONS)
    path = folder / "intrinsic" / "intrinsic_color.txt"
    matrix = np.loadtxt(path)
    for factor in (0.5, 2.0):
        resized = matrix.copy()
        resized[:2, :3] *= factor
        np.savetxt(path, resized)
        with pytest.raises(BadFileError, match=r"intrinsic_color.txt: has the optical axis at .* not of one size"):
            read_capture(folder)
    path.unlink()
    for picture_path in (folder / "color").iterdir():
        image = Image.open(picture_path)
        image.resize((3 * image.width, 3 * image.height)).save(picture_path, quality=95)
    scaled = fuse_capture(folder, "room", OPTIONS)
    assert any("the depth camera's intrinsics, scaled" in note for note in scaled.source.notes)
    assert np.abs(scaled.rgb.astype(int) - right.rgb).mean() < 5


def test_long_captures_are_thinned(tmp_path):
    scene = fuse_capture(
        WRITERS["posed"](tmp_path / "room"), "room", FusionOptions(max_frames=3, min_samples=1, views=2)
    )
    assert any("3 of 6 frames used" in note for note in scene.source.notes) and len(scene.views) == 2


def test_jobs_and_the_store(tmp_path):
    for name in ("kitchen", "my hall"):
        WRITERS["posed"](tmp_path / "scans" / name)
    (tmp_path / "scans" / "notes").mkdir()
    jobs = capture_jobs(tmp_path / "scans", CaptureOptions(voxel=0.05, min_samples=1, views=2))
    assert [job.scene_id for job in jobs] == ["kitchen", "my-hall"] and len(jobs[0].files) == 19
    store = Store.create(tmp_path / "data", origin="capture", licence="mine")
    store.add(jobs[0].load())
    scene = store.scene("kitchen")
    assert len(scene.views) == 2 and scene.views[1].depth.shape == (72, 96)
    with pytest.raises(SceneglotError, match="--voxel"):
        capture_jobs(tmp_path / "scans", CaptureOptions(voxel=0))
    with pytest.raises(SceneglotError, match="--depth-scale"):
        capture_jobs(tmp_path / "scans", CaptureOptions(depth_scale=float("nan")))
    with pytest.raises(BadFileError, match="no posed RGB-D"):
        find_captures(tmp_path / "scans" / "notes")


@pytest.mark.parametrize(
    ("layout", "file", "content", "match"),
    [
        ("scannet", "intrinsic/intrinsic_depth.txt", "1 2 3", "3 numbers"),
        ("scannet", "intrinsic/intrinsic_depth.txt", "0 " * 16, "sees nothing"),
        ("scannet", "pose/0.txt", "hello", "no matrix"),
        ("scannet", "depth/0.png", "hello", "as a picture"),
        ("redwood", "trajectory.log", "0 0 1\n1 0 0 0\n", "2 lines"),
        ("redwood", "trajectory.log", "a b c\n" * 5, "no trajectory log"),
        ("redwood", "trajectory.log", "0 0 1\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n", "1 poses for 6"),
        ("redwood", "camera_intrinsic.json", "[]", "is a list, expected an object"),
        ("redwood", "camera_intrinsic.json", '{"width":0, "height": 1, "intrinsic_matrix": [1,0,0,0,1,0,0,0,1]}', "be"),
        ("tum", "depth.txt", "1.0 ../../etc/passwd\n", "no list"),
        ("tum", "depth.txt", "# nothing\n", "lists no picture"),
        ("tum", "groundtruth.txt", "1 2 3\n", "no trajectory"),
        ("tum", "groundtruth.txt", "1 2 3 4 0 0 0 1\n", "no pose within"),
        ("tum", "groundtruth.txt", "1305031102.1 2 3 4 0 0 0 0\n", "no quaternion"),
        ("record3d", "metadata.json", "{}", "no poses"),
        ("record3d", "metadata.json", '{"poses": [[0,0,0,0,0,0,0]], "K": [1,0,0,0,1,0,0,0,1]}', "no quaternion"),
        ("record3d", "metadata.json", '{"poses": [[0,0,0,1,0,0,0]], "K": [1,2]}', "K has 2 entries"),
        ("scanner-app", "frame_00000.json", '{"intrinsics": "x"}', "intrinsics"),
        ("scanner-app", "frame_00000.json", "{" * 10_000, "JSON"),
    ],
)  # fmt: skip
def test_damaged_captures_are_refused(tmp_path, layout, file, content, match):
    folder = WRITERS[layout](tmp_path / "room")
    (folder / file).write_text(content)
    with pytest.raises(SceneglotError, match=match) as caught:
        fuse_capture(folder, "room", OPTIONS)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("compression", "half"), [(0, False), (2, False), (3, False), (3, True)])
def test_exr_depth(tmp_path, compression, half):
    depth = picture(poses()[0])[0].astype(np.float16 if half else np.float32).astype(np.float32)
    write_exr(tmp_path / "0.exr", depth, compression, half)
    assert np.array_equal(read_exr(tmp_path / "0.exr"), depth)


@given(
    compression=st.sampled_from([0, 3]),
    cut=st.one_of(st.just(1.0), st.floats(0, 1)),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_exr_ends_well(tmp_path, compression, cut, flips):
    path = tmp_path / "a.exr"
    write_exr(path, np.linspace(0, 3, 20 * 18, dtype=np.float32).reshape(20, 18), compression)
    data = bytearray(path.read_bytes())
    data = data[: round(len(data) * cut)]
    for where, value in flips if data else ():
        data[int(where * min(len(data), 400))] = value
    path.write_bytes(data)
    try:
        assert read_exr(path).ndim == 2
    except BadFileError as error:
        assert "\n" not in str(error)


TEXTS = {
    "redwood": ("trajectory.log", "camera_intrinsic.json"),
    "tum": ("depth.txt", "groundtruth.txt"),
    "record3d": ("metadata.json",),
    "scanner-app": ("frame_00000.json",),
    "scannet": ("pose/0.txt", "intrinsic/intrinsic_depth.txt"),
}


@pytest.mark.parametrize(("layout", "file"), [(layout, file) for layout, files in TEXTS.items() for file in files])
def test_damaged_tables_end_well(tmp_path, layout, file):
    folder = WRITERS[layout](tmp_path / "room")
    original = (folder / file).read_bytes()

    @given(
        cut=st.one_of(st.just(1.0), st.floats(0, 1)),
        flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4),
    )
    @settings(max_examples=40, deadline=None)
    def run(cut, flips):
        data = bytearray(original[: round(len(original) * cut)])
        for where, value in flips if data else ():
            data[int(where * len(data))] = value
        (folder / file).write_bytes(data)
        try:
            read_capture(folder)
        except SceneglotError as error:
            assert "\n" not in str(error)

    run()


@pytest.mark.realdata
def test_real_posed_frames_lie_on_the_real_scan(real_data):
    """30 frames of a scan, fused, against the mesh that its authors made of all frames."""
    from scipy.spatial import KDTree

    scans = real_data / "scans"
    scene = fuse_capture(
        scans / "scannet_posed" / "scene0000_00", "scene0000_00", FusionOptions(views=0, max_frames=10)
    )
    mesh = read_ply(next((scans / "scannet_raw" / "scene0000_00").glob("*_vh_clean_2.ply")))
    rows = np.arange(0, len(scene), 20)
    distance = KDTree(mesh.xyz).query(scene.xyz[rows])[0]
    assert np.median(distance) < 0.04 and (distance < 0.05).mean() > 0.8  # vertices are 3 to 4 cm apart


@pytest.mark.realdata
def test_real_posed_depth_agrees_with_the_real_scan(real_data):
    """Every eighth pixel of the depth pictures, put into the world as it was measured, lies on the scan's surface."""
    from scipy.spatial import KDTree

    scans = real_data / "scans"
    mesh = read_ply(next((scans / "scannet_raw" / "scene0000_00").glob("*_vh_clean_2.ply")))
    assert mesh.faces is not None
    normal, tree = vertex_normals(mesh.xyz, mesh.faces), KDTree(mesh.xyz)
    apart, off = [], []
    for frame in read_capture(scans / "scannet_posed" / "scene0000_00").frames:
        depth, lens = read_depth(frame.depth, 1000.0)[::8, ::8], frame.depth_lens
        v, u = (np.mgrid[0 : depth.shape[0], 0 : depth.shape[1]] * 8 + 0.5)[:, (depth > 0.1) & (depth < 4)]
        z = depth[(depth > 0.1) & (depth < 4)]
        xyz = np.stack([(u - lens.cx) / lens.fx * z, (v - lens.cy) / lens.fy * z, z], 1)
        xyz = xyz @ frame.pose[:3, :3].T + frame.pose[:3, 3]
        distance, vertex = tree.query(xyz)
        apart.append(distance)
        off.append(np.abs(np.einsum("pc,pc->p", xyz - mesh.xyz[vertex], normal[vertex])))
    vertex_gap, plane_gap = np.concatenate(apart), np.concatenate(off)
    assert np.median(plane_gap) < 0.02 and (vertex_gap < 0.1).mean() > 0.9


@pytest.mark.realdata
def test_a_real_hand_held_capture_stands_upright(real_data):
    scene = fuse_capture(real_data / "scans" / "rgbd_capture", "hand", FusionOptions(views=1))
    assert scene.normal is not None
    floor = np.abs(scene.xyz[:, 2]) < 0.05
    assert floor.mean() > 0.15 and np.median(scene.normal[floor, 2]) > 0.98
    assert any(note.startswith("up was") for note in scene.source.notes)
