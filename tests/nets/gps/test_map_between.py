from dataclasses import replace

import pytest
import torch
from tests.nets.gps.test_map_geometry import table

from sceneglot.nets.gps.map_between import NUM_BETWEEN, between_features


def features(candidate: tuple[float, float], rival: bool = False) -> torch.Tensor:
    """Of row 0 between the anchors in rows 1 and 2, half-metre cubes at x = 0 and x = 4; row 3 is far away."""
    t = table(4)
    center = torch.tensor([[[*candidate, 0.5], [0.0, 0.0, 0.5], [4.0, 0.0, 0.5], [2.0, 0.1, 0.5]]])
    t = replace(t, center=center, size=torch.full_like(center, 0.5))
    others = torch.zeros(1, 4, 4, dtype=torch.bool)
    others[0, 0, 3] = others[0, 3, 0] = rival
    zero = torch.zeros(1, dtype=torch.long)
    found = between_features(t, others, zero, torch.tensor([[1]]), torch.tensor([[2]]))
    assert found.shape == (1, 1, 4, NUM_BETWEEN)
    return found[0, 0]


def test_in_the_middle():
    share, lead, off, place, level, itself = features((2.0, 0.0))[0].tolist()
    assert share == pytest.approx(0.5**2 / 0.52**2, abs=1e-4) and lead == share
    assert (off, place, itself) == (0.0, 0.0, 0.0) and level == pytest.approx(0.5)


def test_beside_the_line_and_beyond_its_end():
    aside = features((2.0, 2.0))[0]
    assert float(aside[0]) == 0.0 and float(aside[2]) == pytest.approx(1.0)
    beyond = features((8.0, 0.0))[0]
    assert float(beyond[0]) == 0.0 and float(beyond[3]) == pytest.approx(1.5)


def test_a_rival_takes_the_lead_and_anchors_are_marked():
    found = features((2.0, 2.0), rival=True)
    assert float(found[0, 1]) == pytest.approx(-float(found[3, 0])) and float(found[3, 1]) > 0.5
    assert found[:, 5].tolist() == [0.0, 1.0, 1.0, 0.0]
