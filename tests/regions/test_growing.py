from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.ops.dispatch import reference_ops
from sceneglot.ops.sparse import voxelise
from sceneglot.regions.adjacency import AffinityConfig, affinity, build_region_graph, merge_regions
from sceneglot.regions.growing import (
    GrowingConfig,
    cell_pairs,
    describe_cells,
    grow_regions,
    join_small,
)


def corner(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A floor, half of it red, and two walls, 2 m wide with 2 mm noise; colours; the surface of each point."""
    rng = np.random.default_rng(seed)
    xyz = rng.random((24_000, 3)) * 2
    surface = rng.integers(0, 3, len(xyz))
    xyz[np.arange(len(xyz)), surface] = 0
    rgb = np.full((len(xyz), 3), 200, np.uint8)
    red = (surface == 2) & (xyz[:, 0] > 1)
    rgb[red] = (200, 30, 30)
    noisy = xyz + rng.normal(0, 0.002, xyz.shape)
    return torch.tensor(noisy, dtype=torch.float32), torch.from_numpy(rgb), torch.from_numpy(surface + red)


def purity(region: torch.Tensor, truth: torch.Tensor) -> float:
    """Share of points that are of the commonest kind of their region."""
    table = torch.zeros(int(region.max()) + 1, int(truth.max()) + 1)
    table.index_put_((region, truth), torch.ones(len(region)), accumulate=True)
    return float(table.amax(1).sum() / len(region))


def test_surfaces_and_colours_are_regions() -> None:
    xyz, rgb, truth = corner()
    region = grow_regions(xyz, rgb)
    assert region.shape == (24_000,) and torch.equal(torch.unique(region), torch.arange(int(region.max()) + 1))
    assert purity(region, truth) > 0.95
    large = torch.bincount(region).sort(descending=True).values
    assert large[:4].sum() > 0.8 * len(xyz)  # four surfaces hold most points
    assert purity(grow_regions(xyz), truth) < purity(region, truth)  # without colour the red half is not told apart


@pytest.mark.parametrize("far", [2_000, 10_000])
def test_regions_are_the_same_far_from_the_origin(far: int) -> None:
    xyz, rgb, _ = corner()
    # Powers of two: positions, cells and means are exact, near and far.
    xyz, rgb, config = torch.round(xyz[:16_384] * 1024) / 1024, rgb[:16_384], GrowingConfig(cell=0.0625)
    moved = xyz + torch.tensor([far, -far, 0])
    assert torch.equal(moved - torch.tensor([far, -far, 0]), xyz)
    near = grow_regions(xyz, rgb, config)
    assert int(near.max()) > 2 and torch.equal(grow_regions(moved, rgb, config), near)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), middle=st.floats(-50, 50), size=st.sampled_from([0.05, 0.3, 1.0]))
def test_cells_are_those_of_the_lattice_at_the_origin(seed: int, middle: float, size: float) -> None:
    xyz = middle + torch.randn(60, 3, generator=torch.Generator().manual_seed(seed))
    found = describe_cells(xyz, None, GrowingConfig(cell=size)).voxels
    expected = voxelise(xyz, size)
    assert torch.equal(found.row, expected.row) and found.size == size
    assert torch.equal(found.grid.coords - found.grid.coords[0], expected.grid.coords - expected.grid.coords[0])


def test_no_region_is_small_even_where_cells_do_not_touch() -> None:
    xyz, rgb, _ = corner()
    region = grow_regions(xyz[:1500], rgb[:1500], GrowingConfig(cell=0.02))
    assert torch.bincount(region).min() >= 10


def test_every_further_test_splits_regions_and_never_joins_them() -> None:
    xyz, rgb, _ = corner()
    config = GrowingConfig(min_cells=1)
    region = grow_regions(xyz, rgb, config)
    finer = grow_regions(xyz, rgb, replace(config, fpfh=0.985))
    assert int(finer.max()) > int(region.max())
    assert len(torch.unique(torch.stack([region, finer]), dim=1)[0]) == int(finer.max()) + 1  # nested
    everything = GrowingConfig(normal=None, curvature=None, fpfh=None, color=None)
    assert int(grow_regions(xyz, rgb, everything).max()) == 0


def test_both_paths_agree() -> None:
    xyz, rgb, _ = corner()
    xyz, rgb = xyz[:3000], rgb[:3000]
    config = GrowingConfig(cell=0.2, fpfh=0.8)
    found = grow_regions(xyz, rgb, config)
    with reference_ops():
        expected = grow_regions(xyz, rgb, config)
    assert (found == expected).float().mean() > 0.99


def test_small_regions_join_the_neighbour_they_resemble() -> None:
    pairs = torch.tensor([[0, 1], [1, 2], [2, 3], [3, 4]])
    region = torch.tensor([0, 0, 1, 2, 2])
    assert join_small(region, pairs, torch.tensor([0.0, 0.9, 0.1, 0.0]), 2).tolist() == [0, 0, 1, 1, 1]
    assert join_small(region, pairs, torch.tensor([0.0, 0.1, 0.9, 0.0]), 2).tolist() == [0, 0, 0, 1, 1]
    alone = torch.tensor([0, 1, 1])
    assert join_small(alone, torch.tensor([[1, 2]]), torch.zeros(1), 3).tolist() == [0, 1, 1]


def test_the_graph_counts_contacts() -> None:
    region = torch.tensor([0, 0, 1, 1, 2])
    pairs = torch.tensor([[0, 1], [1, 2], [3, 0], [2, 3], [3, 4]])
    graph = build_region_graph(region, pairs, torch.eye(3)[[0, 0, 1, 2, 2]])
    assert graph.pairs.tolist() == [[0, 1], [1, 2]] and graph.contact.tolist() == [2, 1]
    assert graph.size.tolist() == [2, 2, 1] and graph.normal[1].tolist() == [0, 0.5, 0.5]


def test_affinity_is_one_for_twins_and_falls_with_each_difference() -> None:
    pairs = torch.tensor([[0, 1]])
    up, tilted = torch.tensor([[0.0, 0, 1], [0, 0, 1]]), torch.tensor([[0.0, 0, 1], [0, 0.6, 0.8]])
    region = torch.tensor([0, 1])
    assert affinity(build_region_graph(region, pairs, up)).item() == pytest.approx(1)
    assert affinity(build_region_graph(region, pairs, tilted)).item() == pytest.approx(np.exp(-0.2 / 0.1), rel=1e-4)
    histogram = torch.tensor([[1.0, 0], [0.5, 0.5]])
    probability = torch.tensor([[1.0, 0], [0.6, 0.8]])
    both = build_region_graph(region, pairs, up, histogram=histogram, probability=probability)
    chi2 = 0.25 / 1.5 + 0.25 / 0.5
    assert affinity(both).item() == pytest.approx(np.exp(-chi2) * 0.6, rel=1e-5)


def test_merging_goes_round_by_round() -> None:
    angle = torch.tensor([0.0, 0.1, 0.2, 1.2])
    normal = torch.stack([angle.sin(), torch.zeros(4), angle.cos()], 1)
    pairs = torch.tensor([[0, 1], [1, 2], [2, 3]])
    graph = build_region_graph(torch.arange(4), pairs, normal)
    assert merge_regions(graph, AffinityConfig(rounds=0)).tolist() == [0, 1, 2, 3]
    assert merge_regions(graph).tolist() == [0, 0, 0, 1]
    assert merge_regions(graph, AffinityConfig(threshold=0.0)).tolist() == [0, 0, 0, 0]


def test_merging_an_oversegmented_corner_keeps_the_walls_apart() -> None:
    xyz, _, truth = corner()
    shapes = describe_cells(xyz, None, GrowingConfig(cell=0.1))
    cells = torch.arange(len(shapes.xyz)) // 30  # arbitrary small pieces: 30 cells in the order of the lattice
    graph = build_region_graph(cells, cell_pairs(shapes.voxels), shapes.normal)
    merged = merge_regions(graph, AffinityConfig(threshold=0.8))
    assert int(merged.max()) < int(cells.max())
    whole = purity(merged[cells][shapes.voxels.row], truth)
    assert whole > 0.9 * purity(cells[shapes.voxels.row], truth)


@pytest.mark.realdata
def test_a_street_is_cut_into_regions(real_data: Path) -> None:
    frames = sorted((real_data / "scans" / "semantickitti").rglob("velodyne/*.bin"))
    if not frames:
        pytest.skip("no LiDAR frame there")
    xyz = torch.from_numpy(np.fromfile(frames[0], np.float32).reshape(-1, 4)[:, :3].copy())
    region = grow_regions(xyz, config=GrowingConfig(cell=0.3))
    label = np.fromfile(str(frames[0]).replace("velodyne", "labels").replace(".bin", ".label"), np.uint32) & 0xFFFF
    kinds = torch.from_numpy(np.unique(label, return_inverse=True)[1])
    assert len(region) == len(xyz) and int(region.max()) > 100
    baseline = purity(torch.zeros_like(region), kinds)
    assert purity(region, kinds) > baseline + 0.3


def test_bad_clouds_are_named() -> None:
    with pytest.raises(SceneglotError, match="no points"):
        grow_regions(torch.zeros(0, 3))
    with pytest.raises(SceneglotError, match="colours"):
        grow_regions(torch.zeros(2, 3), torch.zeros(3, 3, dtype=torch.uint8))
    assert grow_regions(torch.zeros(1, 3)).tolist() == [0]
