import pytest
import torch
from torch import nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.loading import load_matching


def net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))


def test_a_whole_checkpoint_loads_under_its_prefix() -> None:
    source, target = net(), net()
    tensors = {f"encoder.{name}": value for name, value in source.state_dict().items()}
    report = load_matching(target, {**tensors, "head.weight": torch.zeros(1)}, prefix="encoder.")
    assert (len(report.matched), report.missing, report.unexpected, report.share) == (4, (), (), 1.0)
    assert torch.equal(target[1].weight, source[1].weight)


def test_nothing_matching_raises_with_the_three_counts_and_changes_nothing() -> None:
    target = net()
    before = target[0].weight.clone()
    with pytest.raises(SceneglotError, match="0 matched, 4 missing, 4 unexpected"):
        load_matching(target, {f"module.{name}": value for name, value in net().state_dict().items()})
    assert torch.equal(target[0].weight, before)


def test_another_shape_counts_as_missing_and_unexpected() -> None:
    tensors = net().state_dict()
    tensors["1.weight"] = torch.zeros(2, 3)
    with pytest.raises(SceneglotError, match="3 matched, 1 missing, 1 unexpected"):
        load_matching(net(), tensors)
    report = load_matching(net(), tensors, minimum=0.75)
    assert report.missing == report.unexpected == ("1.weight",)
    assert str(report) == "3 matched, 1 missing, 1 unexpected"
