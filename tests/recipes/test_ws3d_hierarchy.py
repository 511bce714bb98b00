"""Hierarchical pre-training end to end in seconds: losses as stored, exact resume, and what its run is good for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.recipes.conftest import FakeTeacher, losses

from sceneglot.losses.distillation import FROM_START, NEVER, HierarchyWeights
from sceneglot.recipes import ws3d_hierarchy as recipe
from sceneglot.recipes.segment import load_segmenter
from sceneglot.recipes.ws3d import train_ws3d, ws3d_scratch
from sceneglot.recipes.ws3d_hierarchy import HierarchyPretraining, pretrain_hierarchy
from sceneglot.scenes.store import Store
from sceneglot.tasks.distillation.objective import start_like
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.tasks.segmentation.augment import CloudAugment
from sceneglot.tasks.segmentation.net import SegmentationNet
from sceneglot.teachers.base import ImageFeatures
from sceneglot.teachers.hierarchy import HierarchyConfig, HierarchyTargets
from sceneglot.train import RunFolder, load_checkpoint
from sceneglot.train.optim import OptimConfig

STORED = Path(__file__).with_name("ws3d_hierarchy_losses.json")
"""Losses of the first steps; after a deliberate change write down what `losses` returns."""


ALL_TERMS = HierarchyWeights(**{f.name: FROM_START for f in fields(HierarchyWeights) if f.type == "Ramp"})  # type: ignore[arg-type]


def small(data: Path, out: Path, steps: int = 4) -> HierarchyPretraining:
    """The recipe cut down to seconds, all terms on."""
    config = recipe.ws3d_hierarchy(data, out)
    return replace(
        config,
        teacher="fake",
        label_set="nyu40",
        voxel=0.2,
        max_points=1500,
        dense_points=300,
        hierarchy=HierarchyConfig(views=2, objects=6, crops=1),
        objective=ALL_TERMS,
        loop=replace(config.loop, steps=steps, log_every=1, save_every=2, optim=OptimConfig(lr=1e-3)),
    )


@pytest.fixture(scope="module", autouse=True)
def fake_teacher() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sceneglot.tasks.distillation.sources.StoreHierarchy.teacher", FakeTeacher())
        patch.setattr("sceneglot.tasks.segmentation.segmenter.load_teacher", lambda name: FakeTeacher())
        yield


@pytest.fixture(scope="module")
def run(toy_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("hierarchy") / "run"
    pretrain_hierarchy(small(toy_store, out))
    return out


def test_losses_are_as_stored(run: Path) -> None:
    assert losses(run) == pytest.approx(json.loads(STORED.read_text()), rel=2e-2)
    terms = {key for line in RunFolder(run).history() for key in line if key.startswith("loss/")}
    regions = ("region_cosine", "region_kl", "region_contrast")
    assert terms == {f"loss/{name}" for name in ("scene", "object", "cosine", "kl", *regions, "pooled")}


def test_an_interrupted_training_continues_exactly(toy_store: Path, run: Path, tmp_path: Path) -> None:
    class Interrupted(Exception):
        pass

    whole = recipe.distillation_objective

    def stops(net, *rest):
        if int(net.step) == 3:
            raise Interrupted
        return whole(net, *rest)

    config = small(toy_store, tmp_path / "run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe, "distillation_objective", stops)
        with pytest.raises(Interrupted):
            pretrain_hierarchy(config)
    pretrain_hierarchy(config)
    assert losses(config.out) == losses(run)


def test_longer_training_fits_the_teacher(toy_store: Path, tmp_path: Path) -> None:
    config = small(toy_store, tmp_path / "run", steps=36)
    still = CloudAugment(turn=0, tilt=0, flip=False, scale=0, jitter=0, color_gain=0, color_drop=0)
    loop = replace(config.loop, optim=OptimConfig(lr=4e-3), save_every=0)
    # The pictures and patches of the fake teacher are not of one space: objects and points would pull apart.
    others = ("scene", "object", "region_cosine", "region_kl", "region_contrast", "pooled")
    points = replace(ALL_TERMS, **dict.fromkeys(others, NEVER))  # type: ignore[arg-type]
    pretrain_hierarchy(replace(config, augment=still, loop=loop, objective=points))
    history = [line for line in RunFolder(config.out).history() if "loss/cosine" in line]
    for term, share in (("cosine", 0.9), ("kl", 0.6)):  # six scenes, two a step: three steps see all of them
        first, last = (sum(line[f"loss/{term}"] for line in part) / 3 for part in (history[:3], history[-3:]))
        assert last < share * first, term


def test_the_adapter_starts_with_the_teachers_mean_and_spread(toy_store: Path, run: Path) -> None:
    net = SegmentationNet(load_segmenter(run).spec)
    rng = np.random.default_rng(0)
    patches = (rng.normal(size=(500, FakeTeacher.dim)) * 0.1 + np.linspace(-1, 1, FakeTeacher.dim)).astype(np.float32)
    nothing = np.zeros(0)
    start_like(net, [HierarchyTargets(nothing, patches, nothing, nothing, nothing, nothing, nothing)])
    out = net.adapter(torch.randn(4000, net.backbone.width)) / FakeTeacher.dim**0.5
    np.testing.assert_allclose(out.mean(0).detach(), patches.mean(0), atol=1e-3)
    np.testing.assert_allclose(out.std(0).detach(), patches.std(0), rtol=0.02)


def test_crops_are_taken_only_where_a_term_learns_from_them(
    toy_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = 0
    encode = FakeTeacher.encode_images

    def counted(self: FakeTeacher, images: Sequence[np.ndarray]) -> ImageFeatures:
        nonlocal pictures
        pictures += len(images)
        return encode(self, images)

    monkeypatch.setattr(FakeTeacher, "encode_images", counted)
    hierarchy = HierarchyConfig(views=3, objects=4, crops=1)  # other settings than before: nothing is kept yet
    config = replace(small(toy_store, tmp_path / "run", steps=1), hierarchy=hierarchy, objective=HierarchyWeights())
    pretrain_hierarchy(config)
    assert pictures == 6 * 3  # six training scenes
    logged = RunFolder(config.out).history()[0]
    assert logged["loss/object"] == 0 and logged["loss/region_cosine"] > 0
    assert replace(config, objective=ALL_TERMS).shown == hierarchy


def test_fine_tuning_starts_from_its_backbone(toy_store: Path, run: Path, tmp_path: Path) -> None:
    config = ws3d_scratch(toy_store, tmp_path / "fine")
    tuned = replace(
        config,
        init=run,
        label_set="nyu40",
        annotation=Annotation(percent=50),
        voxel=0.2,
        max_points=1500,
        loop=replace(config.loop, steps=1, optim=OptimConfig(lr=1e-9, weight_decay=0.0)),
    )
    train_ws3d(tuned)
    before, after = (load_checkpoint(RunFolder(path).usable()).tensors for path in (run, tuned.out))
    weights = [name for name in before if name.startswith("backbone.") and name.endswith("weight")]
    assert len(weights) > 20
    for name in weights:
        torch.testing.assert_close(before[name], after[name], rtol=0, atol=1e-6)


def test_its_run_already_names_points_by_words(toy_store: Path, run: Path) -> None:
    scene = Store.open(toy_store).scene("toy-08")
    found = load_segmenter(run).segment(scene, ("chair", "floor"))
    assert found.label.shape == (len(scene),) and set(found.label.tolist()) <= {0, 1}
