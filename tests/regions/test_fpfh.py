import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from sceneglot.errors import SceneglotError
from sceneglot.regions.fpfh import BINS, fpfh, fpfh_reference
from sceneglot.regions.geometry import neighbour_lists


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 999), points=st.integers(2, 50))
def test_the_twins_agree(seed: int, points: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    xyz = torch.randn(points, 3, generator=generator)
    normal = F.normalize(torch.randn(points, 3, generator=generator), dim=1)
    _, index = neighbour_lists(xyz, 6)
    found = fpfh(xyz, normal, index)
    torch.testing.assert_close(found, fpfh_reference(xyz, normal, index), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(found.view(points, 3, BINS).sum(-1), torch.ones(points, 3))


def test_a_plane_fills_the_middle_bins() -> None:
    xyz = torch.rand(60, 3) * torch.tensor([1.0, 1.0, 0.0])
    normal = torch.tensor([0.0, 0, 1]).repeat(60, 1)
    found = fpfh(xyz, normal, neighbour_lists(xyz, 8)[1]).view(60, 3, BINS)
    torch.testing.assert_close(found[..., BINS // 2], torch.ones(60, 3))


@pytest.mark.parametrize("reference", [False, True])
def test_a_pair_by_hand(reference: bool) -> None:
    """Two points 2 m apart along x, normals 30 degrees from x in the plane of x and z, and along y.

    The first is the source: its normal is closer to the line. d = x, u = (cos 30, 0, sin 30), v = d x u / |..| = -y,
    w = u x v = (sin 30, 0, -cos 30): alpha = v.n = -1, phi = u.d = .866, theta = atan2(w.n, u.n) = 0.
    """
    xyz = torch.tensor([[0.0, 0, 0], [2.0, 0, 0]])
    normal = torch.tensor([[0.8660254, 0, 0.5], [0.0, 1, 0]])
    index = torch.tensor([[1], [0]])
    found = (fpfh_reference if reference else fpfh)(xyz, normal, index).view(2, 3, BINS)
    for point in found:  # one pair, seen the same from both ends
        assert point.argmax(1).tolist() == [0, 10, 5] and point.amax(1).tolist() == [1, 1, 1]


@pytest.mark.parametrize("reference", [False, True])
def test_theta_has_a_quadrant(reference: bool) -> None:
    """Two points along z, the source's normal between x and z, the other's -x: d = z, v = d x u = y, w = u x v = z - x.

    alpha = 0, phi = .71, theta = atan2(.71, -.71) = 135 degrees, bin 9 of 11; an arctan of the quotient would say -45
    degrees, bin 4.
    """
    xyz = torch.tensor([[0.0, 0, 0], [0.0, 0, 1.0]])
    normal = torch.tensor([[0.5**0.5, 0, 0.5**0.5], [-1.0, 0, 0]])
    found = (fpfh_reference if reference else fpfh)(xyz, normal, torch.tensor([[1], [0]])).view(2, 3, BINS)
    assert found.argmax(2).tolist() == [[5, 9, 9]] * 2


def test_turning_the_cloud_changes_nothing() -> None:
    generator = torch.Generator().manual_seed(1)
    xyz = torch.randn(40, 3, generator=generator).double()
    normal = F.normalize(torch.randn(40, 3, generator=generator).double(), dim=1)
    turn = torch.linalg.qr(torch.randn(3, 3, generator=generator).double())[0]
    turn = turn * torch.linalg.det(turn)  # no mirror
    _, index = neighbour_lists(xyz, 6)
    moved = fpfh(xyz @ turn.T + 3, normal @ turn.T, index)
    assert (moved - fpfh(xyz, normal, index)).abs().mean() < 1e-3


def test_coinciding_points_form_no_pair() -> None:
    xyz = torch.zeros(3, 3)
    assert fpfh(xyz, torch.tensor([0.0, 0, 1]).repeat(3, 1), torch.tensor([[1, 2], [0, 2], [0, 1]])).abs().max() == 0
    with pytest.raises(SceneglotError, match="normals"):
        fpfh(xyz, torch.zeros(2, 3), torch.zeros(3, 2, dtype=torch.int64))
