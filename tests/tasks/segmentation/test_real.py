"""Real scans through the whole chain: labels, regions, training, full-scene inference, pictures. Local data only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sceneglot.losses.ws3d.config import RegionAware
from sceneglot.losses.ws3d.pseudo import region_labels
from sceneglot.losses.ws3d.schedule import Ramp
from sceneglot.metrics.segmentation import confusion, segmentation_score
from sceneglot.ops.sparse import voxelise
from sceneglot.recipes.segment import load_segmenter
from sceneglot.recipes.ws3d import Ws3dConfig, train_ws3d, ws3d, ws3d_scratch
from sceneglot.rendering import Cloud, Style, points_in_view, render, top_down
from sceneglot.scenes import Scene, Source, View
from sceneglot.scenes.check import check_scene
from sceneglot.scenes.importers.s3dis import s3dis_jobs
from sceneglot.scenes.importers.semantickitti import semantickitti_jobs
from sceneglot.scenes.label_spaces import label_space
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.tasks.segmentation.augment import CloudAugment
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.regions import RegionConfig
from sceneglot.tasks.segmentation.spec import Inputs
from sceneglot.train import RunFolder

pytestmark = pytest.mark.realdata


def scannet(path: Path) -> Scene:
    found = np.load(path)
    source = Source("scannet", path.name)
    semantic, instance = found["nyu40"].astype(np.int16), found["instance"].astype(np.int32) - 1
    return Scene(path.stem, found["xyz"], found["rgb"], source, semantic=semantic, instance=instance)


def store_of(folder: Path, *scenes: Scene) -> Store:
    store = Store.create(folder, origin="local", licence="local")
    for scene in scenes:
        store.add(scene, split="train")
    store.finish()
    return store


def shortened(config: Ws3dConfig, steps: int, **changes: object) -> Ws3dConfig:
    loop = replace(config.loop, steps=steps, log_every=1)
    return replace(config, loop=loop, **changes)  # type: ignore[arg-type]


def aware(config: Ws3dConfig) -> Ws3dConfig:
    """All region-aware terms from the first step."""
    names = ("smooth", "confidence", "pseudo", "contrast")
    terms = {name: Ramp(getattr(RegionAware(), name).weight, 0.0, 0.0) for name in names}
    return replace(config, objective=replace(config.objective, region_aware=replace(RegionAware(), **terms)))


def test_one_room_is_learnt_by_heart(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "scans" / "scannet_points" / "scene0002_00.npz"
    if not path.is_file():
        pytest.skip("scene0002_00 is absent")
    scene = scannet(path)
    store = store_of(tmp_path / "data", scene)
    still = CloudAugment(turn=0.0, tilt=0.0, flip=False, scale=0.0, jitter=0.0, color_gain=0.0, color_drop=0.0)
    train_ws3d(shortened(ws3d_scratch(store.path, tmp_path / "run"), 80, augment=still, voxel=0.15))
    label = label_set("scannet20").of_scene(scene)
    found = load_segmenter(tmp_path / "run").segment(scene)
    score = segmentation_score(confusion(found.label, label, 20))
    voxels = voxelise(torch.from_numpy(scene.xyz), 0.15)
    best = region_labels(torch.from_numpy(label), voxels.row, len(voxels.grid), 20)[voxels.row].numpy()
    ceiling = segmentation_score(confusion(best, label, 20)).overall_accuracy  # voxels mix classes at their borders
    assert score.overall_accuracy > 0.9 * ceiling


def test_a_street_goes_through(real_data: Path, tmp_path: Path) -> None:
    root = real_data / "scans" / "semantickitti"
    if not root.is_dir():
        pytest.skip("the street is absent")
    scene = semantickitti_jobs(root)[0].load()
    store = store_of(tmp_path / "data", scene)
    inputs = Inputs(color=False, intensity=True)
    regions = RegionConfig(method="growing", growing=replace(RegionConfig().growing, cell=0.3, color=None))
    config = shortened(
        aware(ws3d(store.path, tmp_path / "run")), 4, label_set="semantickitti", inputs=inputs, voxel=0.3,
        regions=regions, annotation=Annotation(points=200), max_points=200_000,
    )  # fmt: skip
    train_ws3d(config)
    log = RunFolder(config.out).history()
    assert all(np.isfinite(line["loss"]) for line in log) and log[3]["loss/ce"] < log[0]["loss/ce"]
    assert "loss/contrast" in log[0] and "loss/smooth" in log[0]
    found = load_segmenter(config.out).segment(scene)
    assert len(found.label) == len(scene) == 124_668 and np.isfinite(found.confidence).all()
    assert found.names == tuple(label_space("semantickitti").classes.values())


def s3dis_crop(real_data: Path) -> Scene:
    path = real_data / "scans" / "s3dis_crop" / "spt_demo_nag_s3dis_crop.npz"
    if not path.is_file():
        pytest.skip("the crop is absent")
    raw = np.load(path)
    semantic = raw["semantic"].astype(np.int16)  # 0..12 in the benchmark's order, 13 unlabelled
    category = np.where(semantic < 13, semantic + 1, 0).astype(np.int16)
    return Scene("crop", raw["xyz"], raw["rgb"], Source("s3dis"), category=category, label_space="s3dis")


def test_a_crop_of_s3dis_goes_through(real_data: Path, tmp_path: Path) -> None:
    scene = s3dis_crop(real_data)
    store = store_of(tmp_path / "data", scene)
    config = shortened(
        aware(ws3d(store.path, tmp_path / "run")), 6, label_set="s3dis", voxel=0.15, annotation=Annotation(points=50)
    )
    train_ws3d(config)
    log = RunFolder(config.out).history()
    assert log[5]["loss/ce"] < log[0]["loss/ce"]
    assert len(load_segmenter(config.out).segment(scene).label) == 41_568


def test_the_importer_reads_the_crop_of_s3dis(real_data: Path, tmp_path: Path) -> None:
    # The crop comes as arrays and without instances. Written as the data set is published, lines "x y z r g b" in a
    # file per object (here one per class), it goes through the reader that users' own rooms go through.
    scene, names = s3dis_crop(real_data), list(label_space("s3dis").classes.values())
    assert scene.category is not None
    rows = np.concatenate([scene.xyz, scene.rgb], 1)
    files = tmp_path / "Area_5" / "office_1" / "Annotations"
    files.mkdir(parents=True)
    order = [np.flatnonzero(scene.category == row + 1) for row in range(len(names))]
    for name, members in zip(names, order):
        if len(members):
            np.savetxt(files / f"{name}_1.txt", rows[members], "%.3f %.3f %.3f %d %d %d")
    (job,) = s3dis_jobs(tmp_path)
    found = job.load()
    check_scene(found)
    kept = np.concatenate([order[names.index(label)] for label in found.objects.label])
    assert found.category is not None and len(found) == len(scene) == 41_568 and job.split == "test"
    np.testing.assert_allclose(found.xyz, scene.xyz[kept], atol=6e-4)  # three digits
    np.testing.assert_array_equal(found.rgb, scene.rgb[kept])
    np.testing.assert_array_equal(found.category, scene.category[kept])
    boxes = {label: (np.min(scene.xyz[m], 0), np.max(scene.xyz[m], 0)) for label, m in zip(names, order) if len(m)}
    for label, center, size in zip(found.objects.label, found.objects.center, found.objects.size):
        low, high = boxes[label]
        np.testing.assert_allclose(np.stack([center - size / 2, center + size / 2]), [low, high], atol=2e-3)


def assert_pictures_show_points(cloud: Cloud, pictures: list[View], least: float) -> None:
    """Drawn without hole filling: every shown pixel has a point that projects there, and nearer points hide others."""
    scene = cloud.scene
    for view in pictures:
        assert view.point is not None
        shown = view.point >= 0
        assert shown.mean() > least and view.point.min() == -1 and view.point.max() < len(scene)
        row, column = np.nonzero(shown)
        winner = view.point[shown]
        uv, depth = view.camera.project(np.asarray(scene.xyz[winner], np.float64))
        np.testing.assert_allclose(view.depth[shown], depth, rtol=1e-5)
        away = np.abs(uv - np.stack([column, row], 1) - 0.5).max(1)
        assert (away <= Style().max_radius * max(view.depth.shape) + 0.5).all()  # points are discs
        pixel, seen = points_in_view(view, scene.xyz, tolerance=1e-3)
        own = (pixel[winner] == np.stack([row, column], 1)).all(1)
        # A point that projects to the very pixel that shows it is found there again.
        inside = (np.floor(uv.astype(np.float32)) == np.stack([column, row], 1)).all(1)
        assert inside.mean() > 0.1 and own[inside].all() and seen[winner[inside]].all()


OPEN = Style(fill_rounds=0, smooth=False)


def test_pictures_of_a_crop_of_s3dis(real_data: Path) -> None:
    scene = s3dis_crop(real_data)
    cloud = Cloud.of(scene, OPEN)
    pictures = [*render(cloud, 2, (96, 128), style=OPEN), top_down(cloud, (96, 96), style=OPEN)]
    assert_pictures_show_points(cloud, pictures, least=0.3)
    for view in pictures:
        assert view.point is not None
        shown = view.point >= 0
        np.testing.assert_array_equal(view.rgb[shown], scene.rgb[view.point[shown]])  # not blended: its own colour
        assert len(np.unique(view.rgb[shown], axis=0)) > 100 and (view.rgb[~shown] == 255).all()
    assert top_is_blended(cloud, pictures[-1])


def top_is_blended(cloud: Cloud, plain: View) -> bool:
    """Averaged over a surface the colours are near those of the points, and not the same."""
    smooth = top_down(cloud, (96, 96), style=replace(OPEN, smooth=True))
    away = np.abs(smooth.rgb.astype(int) - plain.rgb).mean()
    return bool((smooth.point == plain.point).all()) and 0 < away < 16


def test_pictures_of_a_street(real_data: Path) -> None:
    root = real_data / "scans" / "semantickitti"
    if not root.is_dir():
        pytest.skip("the street is absent")
    scene = semantickitti_jobs(root)[0].load()
    cloud = Cloud.of(scene, OPEN)
    pictures = [*render(cloud, 2, (96, 128), style=OPEN), top_down(cloud, (96, 96), style=OPEN)]
    assert_pictures_show_points(cloud, pictures, least=0.1)
    # Neither the laser's strength nor how points are painted moves one; each changes how the picture looks.
    laser = np.asarray(scene.intensity)
    flat, style = replace(scene, intensity=None), replace(OPEN, shade="none")
    street = top_down(scene, (96, 96), style=style)
    height = top_down(scene, (96, 96), style=replace(style, paint="height"))
    grey = top_down(scene, (96, 96), style=replace(style, paint="intensity"))
    assert street.point is not None
    for other in (height, grey):
        np.testing.assert_array_equal(other.point, street.point)
    shown = street.point >= 0
    np.testing.assert_array_equal(top_down(flat, (96, 96), style=style).rgb, height.rgb)  # nothing else dims it
    assert (street.rgb[shown] != height.rgb[shown]).any(1).mean() > 0.5
    assert (street.rgb[shown] <= height.rgb[shown]).all()  # weak returns are darker, none is brighter
    drawn = grey.rgb[shown]
    assert (drawn == drawn[:, :1]).all()
    by_strength = np.argsort(laser[street.point[shown]], kind="stable")
    assert (np.diff(drawn[by_strength, 0].astype(int)) >= 0).all() and drawn[:, 0].min() < 60 < 180 < drawn[:, 0].max()
