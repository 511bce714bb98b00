"""Which term reaches which part of the network, schedules, and that a scene can be learnt."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from sceneglot.losses.ws3d.config import OFF, RegionAware
from sceneglot.losses.ws3d.energy import EnergyLoss, boundary_energy
from sceneglot.losses.ws3d.language import LanguageWeights
from sceneglot.losses.ws3d.schedule import Ramp, Slide
from sceneglot.scenes.store import Store
from sceneglot.tasks.segmentation import objective
from sceneglot.tasks.segmentation.annotations import Annotation
from sceneglot.tasks.segmentation.data import SegmentationBatch, SegmentationDataset, collate
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.net import SegmentationNet
from sceneglot.tasks.segmentation.objective import SegmentationObjective, segmentation_objective
from sceneglot.tasks.segmentation.regions import RegionConfig, StoreRegions
from sceneglot.tasks.segmentation.sources import StoreClouds
from sceneglot.tasks.segmentation.spec import Inputs, SegmentationSpec

LABELS = label_set("nyu40")
NOTHING = SegmentationObjective(cross_entropy=0.0, lovasz=0.0, offset=0.0, base_novel=0.0)
NOW = lambda weight: Ramp(weight, wait=0.0, length=0.0)  # noqa: E731


def spec(**changes: object) -> SegmentationSpec:
    plain = SegmentationSpec("nyu40", LABELS.classes, voxel=0.2, boundary=True, instances=True, stages=(-2, -1))
    return replace(plain, **changes)  # type: ignore[arg-type]


def batch(store: Store, annotation: Annotation, width: int = 0, novel: tuple[str, ...] = ()) -> SegmentationBatch:
    regions = StoreRegions(store, RegionConfig())

    def teacher(name: str) -> np.ndarray:
        count = int(regions(name).max()) + 1
        return np.random.default_rng(0).standard_normal((count, width)).astype(np.float32)

    source = StoreClouds(
        store, store.split("train"), LABELS, Inputs(), regions, annotation=annotation, novel=novel, teacher=teacher
    )
    data = SegmentationDataset(source, source.labelled, source.companions, Inputs(), None, max_points=900, seed=0)
    return collate([data[(0, 0)], data[(0, 1)]])


def reached(net: SegmentationNet, batch: SegmentationBatch, config: SegmentationObjective) -> tuple[set[str], dict]:
    net.zero_grad(set_to_none=True)
    torch.manual_seed(0)
    total, terms = segmentation_objective(net, batch, config, progress=1.0)
    total.backward()
    parts = {n.split(".")[0] for n, p in net.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}
    return parts, terms


def aware(**terms: object) -> SegmentationObjective:
    return replace(NOTHING, region_aware=replace(OFF, gamma=Slide(0.0, 0.0), purity=0.0, min_points=1, **terms))  # type: ignore[arg-type]


CASES = {
    "ce": (replace(NOTHING, cross_entropy=1.0), {"backbone", "semantic"}),
    "lovasz": (replace(NOTHING, lovasz=1.0), {"backbone", "semantic"}),
    "boundary_binary": (aware(boundary=1.0), {"backbone", "boundary"}),
    "dual": (aware(dual=1.0), {"backbone", "semantic"}),
    "smooth": (aware(smooth=NOW(1.0)), {"backbone", "semantic"}),
    "confidence": (aware(confidence=NOW(1.0)), {"backbone", "semantic"}),
    "region": (aware(region=NOW(1.0)), {"backbone", "semantic"}),
    "pseudo": (aware(pseudo=NOW(1.0)), {"backbone", "semantic"}),
    "contrast": (aware(contrast=NOW(1.0)), {"backbone", "region_heads"}),
    "offset": (replace(NOTHING, offset=1.0), {"backbone", "offset"}),
    "language_cosine": (replace(NOTHING, language=LanguageWeights(1.0)), {"backbone", "adapter"}),
    "language_contrast": (replace(NOTHING, language=LanguageWeights(0.0, contrast=1.0)), {"backbone", "adapter"}),
}

SHARED = {
    "direction": ("offset_loss", replace(NOTHING, offset=1.0), {"backbone", "offset.layers"}),
    "boundary_binary": ("boundary_loss", aware(boundary=1.0), {"backbone", "boundary.fuse", "boundary.out"}),
    "boundary_classes": ("boundary_loss", aware(boundary=1.0), {"backbone", "boundary.fuse", "boundary.out"}),
    "boundary_side": ("boundary_loss", aware(boundary=1.0), {"backbone", "boundary.sides"}),
}
"""Terms that share their weight with others: the function that makes them, and what each alone reaches."""


@pytest.mark.parametrize("name", CASES)
def test_which_parameters_a_term_reaches(toy_rooms: Store, name: str) -> None:
    torch.manual_seed(0)
    net = SegmentationNet(spec(teacher="fake", embedding=6))
    config, expected = CASES[name]
    parts, terms = reached(net, batch(toy_rooms, Annotation(percent=50), 6), config)
    assert parts == expected and name in terms and float(terms[name]) != 0


@pytest.mark.parametrize("name", SHARED)
def test_which_parameters_a_term_without_its_siblings_reaches(
    toy_rooms: Store, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    function, config, expected = SHARED[name]
    whole, kept = getattr(objective, function), name.removeprefix("boundary_")

    def alone(*args: object) -> object:
        found = whole(*args)
        return replace(found, **{f.name: 0 * getattr(found, f.name) for f in fields(found) if f.name != kept})

    monkeypatch.setattr(objective, function, alone)
    torch.manual_seed(0)
    net = SegmentationNet(spec())
    _, terms = reached(net, batch(toy_rooms, Annotation(percent=50)), config)
    gradient = {key: p.grad for key, p in net.named_parameters() if p.grad is not None and bool(p.grad.any())}
    assert {".".join(key.split(".")[: 1 if key.startswith("backbone") else 2]) for key in gradient} == expected
    assert all(bool(g.isfinite().all()) for g in gradient.values())
    assert [key for key, value in terms.items() if float(value) != 0] == [name]


def test_every_term_is_logged_apart_and_switched_off_ones_are_not(toy_rooms: Store) -> None:
    net = SegmentationNet(spec())
    everything = RegionAware(region=Ramp(0.1), gamma=Slide(0.0, 0.0), purity=0.0)
    found = batch(toy_rooms, Annotation(percent=50))
    _, terms = segmentation_objective(net, found, SegmentationObjective(region_aware=everything), 1.0)
    assert set(terms) == {
        "ce", "lovasz", "boundary_binary", "boundary_classes", "boundary_side", "dual", "smooth", "confidence",
        "region", "confident_regions", "pseudo", "contrast", "offset", "direction",
    }  # fmt: skip
    _, terms = segmentation_objective(net, found, SegmentationObjective(region_aware=everything), 0.1)  # warm-up
    assert not {"smooth", "confidence", "pseudo", "contrast"} & set(terms)
    _, terms = segmentation_objective(net, found, SegmentationObjective(offset=0.0), 1.0)
    assert set(terms) == {"ce", "lovasz"}


@pytest.mark.parametrize("colored", [True, False])
def test_only_colours_are_compared_as_colours(toy_rooms: Store, monkeypatch: pytest.MonkeyPatch, colored: bool) -> None:
    # Without colour, with laser intensity, there are three channels too: height, uprightness, intensity.
    inputs = Inputs(color=colored, height=not colored, upright=not colored, intensity=not colored)
    found = batch(toy_rooms, Annotation(percent=50))
    three = replace(found, cloud=replace(found.cloud, features=found.cloud.features[:, :3].contiguous()))
    seen = []

    def energy(*args: object) -> EnergyLoss:
        seen.append(args[4])
        return boundary_energy(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("sceneglot.tasks.segmentation.objective.boundary_energy", energy)
    segmentation_objective(SegmentationNet(spec(inputs=inputs)), three, aware(smooth=NOW(1.0)), 1.0)
    assert [color is not None for color in seen] == [colored]


def test_the_contrast_remembers_regions(toy_rooms: Store) -> None:
    net = SegmentationNet(spec())
    segmentation_objective(net, batch(toy_rooms, Annotation(percent=50)), aware(contrast=NOW(1.0)), 1.0)
    assert all(int((memory.label >= 0).sum()) > 3 for memory in net.memories)  # type: ignore[attr-defined]


def test_words_as_classes_and_the_base_novel_head(toy_rooms: Store) -> None:
    torch.manual_seed(0)
    net = SegmentationNet(spec(words=True, embedding=6, teacher="fake", novel=("chair",), boundary=False, stages=()))
    net.bank.copy_(torch.nn.functional.normalize(torch.randn(40, 6), dim=1))
    found = batch(toy_rooms, Annotation(), 6, novel=("chair",))
    parts, _ = reached(net, found, replace(NOTHING, cross_entropy=1.0))
    assert parts == {"backbone", "adapter"}
    parts, terms = reached(net, found, replace(NOTHING, base_novel=1.0))
    assert parts == {"base"} and "base_novel" in terms  # on detached features
    parts, _ = reached(net, found, replace(NOTHING, language=LanguageWeights(0.0, kl=1.0)))
    assert parts == {"backbone", "adapter"}


def test_a_batch_is_learnt_by_heart(toy_rooms: Store) -> None:
    torch.manual_seed(0)
    net = SegmentationNet(spec(boundary=False, instances=False, stages=()))
    found = batch(toy_rooms, Annotation())
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2)
    first = last = 0.0
    for _ in range(12):
        total, terms = segmentation_objective(net, found, SegmentationObjective(), 0.0)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        first, last = (first or float(terms["ce"])), float(terms["ce"])
    assert last < 0.2 * first
