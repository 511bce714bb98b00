"""Real scans through the whole chain: labels, regions, training steps, full-scene inference. Local data only."""

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
from sceneglot.scenes import Scene, Source
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


def test_a_crop_of_s3dis_goes_through(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "scans" / "s3dis_crop" / "spt_demo_nag_s3dis_crop.npz"
    if not path.is_file():
        pytest.skip("the crop is absent")
    raw = np.load(path)
    semantic = raw["semantic"].astype(np.int16)  # 0..12 in the benchmark's order, 13 unlabelled
    category = np.where(semantic < 13, semantic + 1, 0).astype(np.int16)
    scene = Scene("crop", raw["xyz"], raw["rgb"], Source("s3dis"), category=category, label_space="s3dis")
    store = store_of(tmp_path / "data", scene)
    config = shortened(
        aware(ws3d(store.path, tmp_path / "run")), 6, label_set="s3dis", voxel=0.15, annotation=Annotation(points=50)
    )
    train_ws3d(config)
    log = RunFolder(config.out).history()
    assert log[5]["loss/ce"] < log[0]["loss/ce"]
    assert len(load_segmenter(config.out).segment(scene).label) == 41_568
