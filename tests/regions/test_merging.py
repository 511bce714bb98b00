"""Two halves of a floor become one region, a wall beside them does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sceneglot.errors import SceneglotError
from sceneglot.regions.adjacency import AffinityConfig
from sceneglot.regions.merging import merge_alike


def corner(step: float = 0.05) -> tuple[torch.Tensor, torch.Tensor]:
    """A floor of 2 m x 1 m in two regions, and a wall of 2 m x 1 m along it in a third."""
    u, v = torch.meshgrid(torch.arange(0, 2, step), torch.arange(step, 1, step), indexing="ij")
    u, v = u.reshape(-1), v.reshape(-1)
    floor, wall = torch.stack([u, v, 0 * u], 1), torch.stack([u, 0 * u, v], 1)
    return torch.cat([floor, wall]), torch.cat([(u > 1).long(), torch.full_like(u, 2, dtype=torch.int64)])


@pytest.mark.parametrize("far", [0.0, 2000.0])
def test_a_floor_in_two_pieces_is_one_and_the_wall_stays(far: float) -> None:
    xyz, region = corner()
    merged = merge_alike(xyz + far, region, AffinityConfig())
    assert merged[region == 0].unique().tolist() == merged[region == 1].unique().tolist()
    assert len(merged.unique()) == 2 and merged.max() == 1


def test_a_threshold_of_one_keeps_all_and_none_to_merge_is_fine() -> None:
    xyz, region = corner()
    assert torch.equal(merge_alike(xyz, region, replace(AffinityConfig(), threshold=1.0)), region)
    assert not merge_alike(xyz, torch.zeros_like(region), AffinityConfig()).any()


def test_an_empty_cloud_is_refused() -> None:
    with pytest.raises(SceneglotError):
        merge_alike(torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64), AffinityConfig())
