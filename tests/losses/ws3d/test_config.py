"""Temperatures and scales that would divide by zero are refused when they are asked for."""

from __future__ import annotations

import pytest

from sceneglot.errors import SceneglotError
from sceneglot.losses.ws3d.config import OFF, RegionAware
from sceneglot.losses.ws3d.energy import EnergyConfig
from sceneglot.losses.ws3d.language import LanguageWeights


@pytest.mark.parametrize("value", [0.0, -0.1, float("nan")])
def test_nothing_is_divided_by_zero(value: float) -> None:
    with pytest.raises(SceneglotError, match="above 0"):
        RegionAware(temperature=value)
    for scales in ((value, 0.3), (0.1, value)):
        with pytest.raises(SceneglotError, match="above 0"):
            EnergyConfig(*scales)
    for name in ("temperature", "contrast_temperature"):
        with pytest.raises(SceneglotError, match="above 0"):
            LanguageWeights(**{name: value})


def test_only_terms_that_read_or_teach_boundaries_need_the_head() -> None:
    assert RegionAware().needs_boundary_head and not OFF.needs_boundary_head
