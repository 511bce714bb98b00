"""Boundary targets and the losses of the boundary network, on voxels in a row."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sceneglot.losses.ws3d.boundary import (
    BoundaryTargets,
    binary_edge_loss,
    boundary_loss,
    class_edge_loss,
    dual_constraint,
)
from sceneglot.nets.parsing_heads import BoundaryOutput
from sceneglot.ops.sparse import VoxelGrid


def row(count: int) -> VoxelGrid:
    coords = torch.zeros(count, 4, dtype=torch.int64)
    coords[:, 1] = torch.arange(count)
    return VoxelGrid.from_coords(coords, 1)[0]


def one_hot(label: Tensor, classes: int) -> Tensor:
    return torch.nn.functional.one_hot(label, classes).float()


def test_targets_of_dense_labels() -> None:
    targets = BoundaryTargets.of_labels(torch.tensor([0, 0, 2, 2]), row(4), 3)
    assert targets.boundary.tolist() == [False, True, True, False]
    assert targets.known.all()
    assert targets.classes.tolist() == [[False] * 3, [True, False, True], [True, False, True], [False] * 3]


def test_voxels_beside_unknown_ones_are_judged_only_if_they_are_boundaries() -> None:
    targets = BoundaryTargets.of_labels(torch.tensor([0, 0, -1, 1, 2]), row(5), 3)
    assert targets.known.tolist() == [True, False, False, True, True]
    assert targets.boundary.tolist() == [False, False, False, True, True]


def test_the_binary_loss_is_balanced() -> None:
    # One boundary among four: its weight is 3, so that the sum at logit 0 is (3 + 3) log 2 over 4 voxels.
    boundary = torch.tensor([True, False, False, False])
    loss = binary_edge_loss(torch.zeros(4), boundary, torch.ones(4, dtype=torch.bool))
    assert float(loss) == pytest.approx(6 / 4 * math.log(2), rel=1e-4)
    certain = torch.where(boundary, 30.0, -30.0)
    assert float(binary_edge_loss(certain, boundary, torch.ones(4, dtype=torch.bool))) < 1e-6


def test_class_edges_are_balanced_one_by_one_and_only_known_rows_count() -> None:
    meeting = torch.tensor([[True, False], [False, False], [True, True]])
    known = torch.tensor([True, True, False])
    loss = class_edge_loss(torch.zeros(3, 2), meeting, known)
    # Class 0: half positive, weight 1, log 2 on average; class 1: no positive, log 2.
    assert float(loss) == pytest.approx(math.log(2), rel=1e-4)
    assert float(class_edge_loss(torch.zeros(3, 2), meeting, torch.zeros(3, dtype=torch.bool))) == 0


def test_the_dual_constraint_vanishes_for_the_labels_themselves() -> None:
    label, grid = torch.tensor([0, 0, 1, 1, 1]), row(5)
    targets = BoundaryTargets.of_labels(label, grid, 2)
    assert float(dual_constraint(one_hot(label, 2), targets, grid)) == 0


def test_the_dual_constraint_by_hand() -> None:
    # A uniform prediction has no edges. The labels' edge map is 1/2 per class at the two middle voxels of four:
    # |e - e*| sums to 1 there; half of the voxels are boundaries, so their weight is 1.
    label, grid = torch.tensor([0, 0, 1, 1]), row(4)
    targets = BoundaryTargets.of_labels(label, grid, 2)
    assert float(dual_constraint(torch.full((4, 2), 0.5), targets, grid)) == pytest.approx(0.5)


@pytest.mark.parametrize("beyond", [0, 1, 2])
def test_the_dual_constraint_does_not_guess_what_unlabelled_voxels_are(beyond: int) -> None:
    label, grid = torch.tensor([2, 2, 1, 1, 2, -1, -1]), row(7)
    targets = BoundaryTargets.of_labels(label, grid, 3)
    assert targets.known.tolist() == [True] * 5 + [False] * 2 and targets.complete.tolist() == [True] * 4 + [False] * 3
    right = torch.where(label < 0, beyond, label)
    assert float(dual_constraint(one_hot(right, 3), targets, grid)) == 0
    wrong = torch.tensor([2, 2, 2, 1, 2, 0, 0])
    assert float(dual_constraint(one_hot(wrong, 3), targets, grid)) > 0


def test_which_outputs_each_term_reaches() -> None:
    label, grid = torch.tensor([0, 0, 1, 1, -1]), row(5)
    targets = BoundaryTargets.of_labels(label, grid, 2)
    leaf = lambda *shape: torch.randn(*shape, requires_grad=True)  # noqa: E731
    head = {"boundary": leaf(5), "classes": leaf(5, 2), "side": leaf(5), "semantic": leaf(5, 2)}
    logits = leaf(5, 2)
    output = BoundaryOutput(head["boundary"], head["classes"], (head["side"],), (head["semantic"],))
    found = boundary_loss(output, targets)
    terms = {name: getattr(found, name) for name in ("binary", "classes", "side")}
    terms["dual"] = dual_constraint(logits.softmax(1), targets, grid)
    reached = {
        "binary": {"boundary"}, "classes": {"classes"}, "side": {"side", "semantic"}, "dual": {"logits"},
    }  # fmt: skip
    for name, expected in reached.items():
        found = torch.autograd.grad(terms[name], [*head.values(), logits], allow_unused=True, retain_graph=True)
        names = {n for n, g in zip((*head, "logits"), found) if g is not None and g.abs().sum() > 0}
        assert names == expected, name
