"""A run and a store become the files a benchmark's server takes, or one clear error."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.tasks.fakes import toy_scene

from sceneglot.cli.main import run as command
from sceneglot.scenes import Scene, Source
from sceneglot.scenes.labels import SCANNET20_NYU40
from sceneglot.scenes.labels_scannet import scannet200
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation.data import instance_offsets
from sceneglot.tasks.segmentation.inference import Prediction
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.spec import SegmentationSpec


class Answers:
    """In the place of a segmenter: knows the classes of a label set, and says what `label` says."""

    def __init__(self, name: str, *, words: bool = False, instances: bool = False) -> None:
        embedding, teacher = (8, "fake") if words else (0, "")
        classes = label_set(name).classes
        self.spec = SegmentationSpec(name, classes, teacher=teacher, embedding=embedding, instances=instances)

    def label(self, scene: Scene, classes: int) -> np.ndarray:
        return np.arange(len(scene)) * 7 % classes

    def predict(self, scene: Scene, words: tuple[str, ...] = ()) -> Prediction:
        classes = len(words or self.spec.classes)
        probability = np.eye(classes, dtype=np.float32)[self.label(scene, classes)]
        if not self.spec.instances:
            return Prediction(probability, None)
        instance = np.asarray(scene.instance)
        return Prediction(probability, instance_offsets(scene.xyz, instance, np.ones(len(scene), bool))[0])


def store_of(path: Path, origin: str, names: tuple[str, ...], *notes: str) -> Path:
    store = Store.create(path, origin=origin, licence="CC0-1.0")
    for seed, name in enumerate(names):
        source = Source(origin, f"{name}.pcd.bin", notes=notes)
        store.add(replace(toy_scene(seed, name, points=300), source=source), split="test")
    store.finish()
    return path


def submit(monkeypatch: pytest.MonkeyPatch, segmenter: Answers, store: Path, name: str, out: Path, *more: str) -> int:
    monkeypatch.setattr("sceneglot.recipes.submit.load_segmenter", lambda run, looks: segmenter)
    return command(["segment", "run", str(store), "--submission", name, "--out", str(out), *more])


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    return store_of(tmp_path / "scans", "scannet", ("scene0707_00", "scene0708_00"))


def test_scannet_20_and_200(scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert submit(monkeypatch, Answers("scannet20"), scans, "scannet20", tmp_path / "a") == 0
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["scene0707_00.txt", "scene0708_00.txt"]
    ids = np.loadtxt(tmp_path / "a" / "scene0707_00.txt", dtype=int)
    assert np.array_equal(ids, np.array(SCANNET20_NYU40)[np.arange(len(ids)) * 7 % 20]) and len(ids) == 300
    assert submit(monkeypatch, Answers("scannet20", words=True), scans, "scannet200", tmp_path / "b") == 0
    ids = np.loadtxt(tmp_path / "b" / "scene0708_00.txt", dtype=int)
    assert np.array_equal(ids, np.array([c.id for c in scannet200()])[np.arange(len(ids)) * 7 % 200])


@pytest.mark.parametrize("words", [False, True])
def test_a_run_trained_on_the_200_needs_no_words(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: bool
) -> None:
    class Trained(Answers):
        def predict(self, scene: Scene, words: tuple[str, ...] = ()) -> Prediction:
            assert not words  # it is not asked by words for what it was trained on
            return super().predict(scene)

    assert submit(monkeypatch, Trained("scannet200", words=words), scans, "scannet200", tmp_path / "out") == 0
    ids = np.loadtxt(tmp_path / "out" / "scene0707_00.txt", dtype=int)
    assert np.array_equal(ids, np.array([c.id for c in scannet200()])[np.arange(len(ids)) * 7 % 200])


def test_instances(scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Chairs(Answers):
        def label(self, scene: Scene, classes: int) -> np.ndarray:
            return np.full(len(scene), 4)

    assert submit(monkeypatch, Chairs("scannet20", instances=True), scans, "scannet20-instances", tmp_path / "c") == 0
    rows = [line.split() for line in (tmp_path / "c" / "scene0707_00.txt").read_text().splitlines()]
    assert len(rows) == 4 and {int(number) for _, number, _ in rows} == {SCANNET20_NYU40[4]}
    masks = [np.loadtxt(tmp_path / "c" / name, dtype=int) for name, _, _ in rows]
    assert all(len(mask) == 300 and mask.sum() == 60 for mask in masks)


def test_laser_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kitti = store_of(tmp_path / "kitti", "semantickitti", ("11_000000",))
    assert submit(monkeypatch, Answers("semantickitti"), kitti, "semantickitti", tmp_path / "d") == 0
    assert len(np.fromfile(tmp_path / "d/sequences/11/predictions/000000.label", np.uint32)) == 300
    drives = store_of(tmp_path / "nuscenes", "nuscenes", ("scene-0001_000",))
    rows = [{"token": "abc", "filename": "samples/LIDAR_TOP/scene-0001_000.pcd.bin"}]
    (tmp_path / "sample_data.json").write_text(json.dumps(rows))
    segmenter, out = Answers("nuscenes-lidarseg"), tmp_path / "e"
    assert submit(monkeypatch, segmenter, drives, "nuscenes-lidarseg", out, "--tables", str(tmp_path)) == 0
    assert np.fromfile(out / "lidarseg/test/abc_lidarseg.bin", np.uint8).tolist()[:3] == [1, 8, 15]
    assert json.loads((out / "test/submission.json").read_text())["meta"]["use_lidar"] is True


@pytest.mark.parametrize(
    ("segmenter", "name", "message"),
    [
        (Answers("nyu40"), "scannet20", "needs those of scannet20"),
        (Answers("scannet20"), "scannet200", "trained on them (--label-set scannet200) or one that knows words"),
        (Answers("scannet20"), "scannet20-instances", "--instances"),
        (Answers("semantickitti"), "semantickitti", "comes from 'scannet'"),
    ],
)
def test_what_does_not_fit_is_said(
    scans: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    segmenter: Answers,
    name: str,
    message: str,
) -> None:
    assert submit(monkeypatch, segmenter, scans, name, tmp_path / "out") == 2
    assert message in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_thinned_scenes_and_words_are_refused(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    thin = store_of(tmp_path / "thin", "scannet", ("scene0000_00",), "dropped 3 rows that are no points")
    assert submit(monkeypatch, Answers("scannet20"), thin, "scannet20", tmp_path / "out") == 2
    assert "dropped 3 rows" in capsys.readouterr().err
    assert submit(monkeypatch, Answers("scannet20"), scans, "scannet20", tmp_path / "out", "--scene-id", "x") == 2
    assert "whole split" in capsys.readouterr().err
