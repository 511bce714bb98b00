"""Which term of the distillation reaches which part of the network, alone and all together."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from sceneglot.losses.distillation import FROM_START, NEVER, HierarchyWeights
from sceneglot.nets.point_backbone import PointBatch
from sceneglot.tasks.distillation.data import DistillBatch
from sceneglot.tasks.distillation.objective import distillation_objective
from sceneglot.tasks.segmentation.labels import label_set
from sceneglot.tasks.segmentation.net import SegmentationNet
from sceneglot.tasks.segmentation.spec import SegmentationSpec

WIDTH = 6
TERMS = ("scene", "object", "cosine", "kl", "region_cosine", "region_kl", "region_contrast", "pooled")
NONE = HierarchyWeights(**dict.fromkeys(TERMS, NEVER))  # type: ignore[arg-type]


def network() -> SegmentationNet:
    """With all heads, most of which distillation has nothing to say to."""
    torch.manual_seed(0)
    classes = label_set("nyu40").classes
    spec = SegmentationSpec(
        "nyu40", classes, voxel=0.2, teacher="fake", embedding=WIDTH, words=True, novel=("chair",), boundary=True,
        instances=True, stages=(-1,),
    )  # fmt: skip
    net = SegmentationNet(spec)
    net.bank.copy_(F.normalize(torch.randn(len(classes), WIDTH), dim=1))
    return net


def batch(scenes: int = 2, points: int = 300, objects: int = 3) -> DistillBatch:
    """Random scenes; the last third of each has no object, every fourth point has a target."""
    draw = torch.Generator().manual_seed(0)
    clouds = [
        (2 * torch.rand(points, 3, generator=draw), torch.randn(points, 5, generator=draw)) for _ in range(scenes)
    ]
    row = torch.arange(points) * 3 // points  # 0, 1, 2
    own = torch.where(row < 2, torch.arange(points) % objects, -1)
    chosen = torch.arange(0, scenes * points, 4)
    return DistillBatch(
        PointBatch.of_scenes(clouds),
        torch.randn(scenes, WIDTH, generator=draw),
        torch.cat([torch.where(own >= 0, own + objects * s, -1) for s in range(scenes)]),
        torch.randn(scenes * objects, WIDTH, generator=draw).requires_grad_(),
        torch.cat([row + 3 * s for s in range(scenes)]),
        torch.randn(scenes * 3, WIDTH, generator=draw).requires_grad_(),
        chosen,
        torch.randn(len(chosen), WIDTH, generator=draw),
    )


@pytest.mark.parametrize("names", [*((name,) for name in TERMS), TERMS], ids="+".join)
def test_terms_reach_the_backbone_and_the_adapter(names: tuple[str, ...]) -> None:
    net, found = network(), batch()
    weights = replace(NONE, **dict.fromkeys(names, FROM_START))  # type: ignore[arg-type]
    total, terms = distillation_objective(net, found, weights, 0.5)
    total.backward()
    reached = {key.split(".")[0] for key, p in net.named_parameters() if p.grad is not None and bool(p.grad.any())}
    assert reached == {"backbone", "adapter"}
    assert found.object_feature.grad is None and found.region_feature.grad is None
    assert all(bool(p.grad.isfinite().all()) for p in net.parameters() if p.grad is not None)
    # Every layer, not only the last ones: the stem of the backbone, too.
    first = next(net.backbone.parameters()).grad
    assert first is not None and bool(first.any())
    assert all(float(terms[name]) > 0 for name in names)
    assert float(total.detach()) == pytest.approx(sum(float(terms[name]) for name in names), rel=1e-5)


def test_regions_no_picture_shows_or_no_point_is_left_of_say_nothing() -> None:
    """Region 1 has no feature, region 2 of the second scene no point: both may hold anything."""
    net, found = network(), batch()
    feature = found.region_feature.detach().clone()
    feature[1] = 0
    region = torch.where(found.region == 5, -1, found.region)
    weights = replace(NONE, region_cosine=FROM_START, region_kl=FROM_START, region_contrast=FROM_START)
    other = feature.clone()
    other[5] *= -3
    totals = [
        float(
            distillation_objective(net, replace(found, region=region, region_feature=values), weights, 0.5)[0].detach()
        )
        for values in (feature, other)
    ]
    assert totals[0] == totals[1]
    alone = torch.where(region == 1, -1, region)
    total = distillation_objective(net, replace(found, region=alone, region_feature=feature), weights, 0.5)[0]
    assert float(total.detach()) == pytest.approx(totals[0], rel=1e-5)


def test_one_scene_has_nothing_to_be_told_apart_from() -> None:
    net = network()
    total, terms = distillation_objective(net, batch(scenes=1), replace(NONE, scene=FROM_START), 0.5)
    total.backward()
    assert float(terms["scene"]) == 0 and float(terms["cosine"]) > 0  # computed and logged, without weight
    assert not any(bool(p.grad.any()) for p in net.parameters() if p.grad is not None)
