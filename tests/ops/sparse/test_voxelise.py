import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sceneglot.errors import SceneglotError
from sceneglot.ops.sparse import segment_mean, voxelise


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), points=st.integers(0, 200), size=st.sampled_from([0.02, 0.3, 5.0]))
def test_every_point_lies_in_its_voxel(seed: int, points: int, size: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    xyz = torch.randn(points, 3, generator=generator)
    item = torch.randint(0, 3, (points,), generator=generator)
    voxels = voxelise(xyz, size, item, 4)
    cell = voxels.grid.coords[voxels.row]
    assert torch.equal(cell[:, 0], item)
    assert torch.equal(cell[:, 1:], torch.floor(xyz.double() / size).long())
    assert len(voxels.grid) == len(torch.unique(voxels.row)) and voxels.grid.batch_size == 4


def test_means_and_back() -> None:
    xyz = torch.tensor([[0.01, 0, 0], [-0.01, 0, 0], [0.04, 0, 0]])
    voxels = voxelise(xyz, 0.05)
    assert voxels.grid.coords.tolist() == [[0, -1, 0, 0], [0, 0, 0, 0]]
    values = torch.tensor([[1.0], [5.0], [4.0]], requires_grad=True)
    mean = voxels.mean(values)
    assert mean.tolist() == [[5.0], [2.5]]
    assert voxels.to_points(mean).tolist() == [[2.5], [5.0], [2.5]]
    mean.sum().backward()
    assert values.grad is not None and values.grad.tolist() == [[0.5], [1.0], [0.5]]


def test_labelled_points_represent_their_voxels() -> None:
    xyz = torch.tensor([[0.0, 0, 0], [0.1, 0, 0], [0.2, 0, 0], [2.0, 0, 0], [2.1, 0, 0]])
    voxels = voxelise(xyz, 1.0)
    assert voxels.representatives().tolist() == [0, 3]
    labelled = torch.tensor([False, False, True, False, False])
    assert voxels.representatives(labelled).tolist() == [2, 3]


def test_segments_without_members_are_zero() -> None:
    assert segment_mean(torch.tensor([[2.0], [4.0]]), torch.tensor([2, 2]), 4).tolist() == [[0], [0], [3], [0]]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_means_of_large_segments(dtype: torch.dtype) -> None:
    mean = segment_mean(torch.full((70_000, 1), 100.0, dtype=dtype), torch.zeros(70_000, dtype=torch.int64), 1)
    assert mean.dtype == dtype and mean.tolist() == [[100.0]]


def test_bad_clouds_are_named() -> None:
    with pytest.raises(SceneglotError, match="not finite"):
        voxelise(torch.tensor([[0.0, float("nan"), 0.0]]), 0.1)
    with pytest.raises(SceneglotError, match="enlarge the voxels"):
        voxelise(torch.tensor([[1e9, 0.0, 0.0]]), 0.02)
    with pytest.raises(SceneglotError, match="voxel size"):
        voxelise(torch.zeros(1, 3), 0.0)
    with pytest.raises(SceneglotError, match=r"\(N, 3\)"):
        voxelise(torch.zeros(1, 3), 0.1, torch.zeros(2, dtype=torch.int64))
