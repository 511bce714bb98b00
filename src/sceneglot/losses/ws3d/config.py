"""Weights, thresholds and schedules of all WS3D-style terms in one typed value."""

from __future__ import annotations

from dataclasses import dataclass, field

from sceneglot.errors import SceneglotError
from sceneglot.losses.ws3d.energy import EnergyConfig
from sceneglot.losses.ws3d.schedule import Ramp, Slide

_OFF = Ramp(0.0)


@dataclass(frozen=True)
class RegionAware:
    """The terms of region-aware fine-tuning; a weight of 0 switches a term off and costs nothing."""

    boundary: float = 0.5
    """Of the boundary network: edges and side outputs."""
    dual: float = 0.1
    """Of the dual constraint, which also reaches the segmentation."""
    smooth: Ramp = field(default_factory=lambda: Ramp(0.5))
    """Of the energy's smoothing inside regions."""
    confidence: Ramp = field(default_factory=lambda: Ramp(0.1))
    """Of the entropy at boundaries (lambda_h)."""
    region: Ramp = field(default_factory=lambda: Ramp(0.0))
    """Of the agreement of points with the mean of their region: the energy's region-level form."""
    pseudo: Ramp = field(default_factory=lambda: Ramp(0.5))
    """Of the cross-entropy on confident pseudo-labels."""
    contrast: Ramp = field(default_factory=lambda: Ramp(0.1))
    """Of the region contrast, mean over stages."""
    gamma: Slide = field(default_factory=lambda: Slide(0.95, 0.85))
    """Mean probability above which a region is confident."""
    purity: float = 0.8
    """Share of its points that have to agree."""
    min_points: int = 5
    """Regions with fewer voxels take no part in pseudo-labels and contrast."""
    temperature: float = 0.1
    """tau of the contrast; public relatives use 0.07 to 0.4."""
    energy: EnergyConfig = field(default_factory=EnergyConfig)

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise SceneglotError(f"region contrast: the temperature is {self.temperature}, expected a number above 0")

    @property
    def needs_boundary_head(self) -> bool:
        """Whether any active term reads or teaches predicted boundaries."""
        return bool(self.boundary or self.smooth.weight or self.confidence.weight or self.region.weight)


OFF = RegionAware(boundary=0.0, dual=0.0, smooth=_OFF, confidence=_OFF, region=_OFF, pseudo=_OFF, contrast=_OFF)
"""Supervised loss alone."""
