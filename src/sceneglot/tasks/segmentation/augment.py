"""Augmentation of a cloud for segmentation: no sentence speaks of left or right here, so mirrors are allowed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sceneglot.tasks.augment import rotation_matrix


@dataclass(frozen=True)
class CloudAugment:
    """Ranges of the random changes; 0 (or False) switches one off. Defaults: Pointcept's indoor recipe, simplified."""

    turn: float = 180.0
    """Degrees about z, uniform in +-turn."""
    tilt: float = 2.8
    """Degrees about x and y (pi / 64)."""
    flip: bool = True
    """Mirror x and y, each with probability one half."""
    scale: float = 0.1
    """Uniform in 1 +- scale."""
    jitter: float = 0.005
    """Standard deviation per point, metres, cut at four deviations."""
    color_gain: float = 0.1
    """Brightness and per-channel gain, fraction."""
    color_drop: float = 0.2
    """Probability that all colours become grey, so that shape has to do."""


def moved(xyz: np.ndarray, config: CloudAugment, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) float32 changed positions about the cloud's middle, and the (3, 3) matrix that offsets turn with."""
    degrees = rng.uniform(-1, 1, 3) * (config.tilt, config.tilt, config.turn)
    matrix = rotation_matrix(np.deg2rad(degrees))
    if config.flip:
        matrix = matrix * np.array([*rng.choice([-1.0, 1.0], 2), 1.0])
    matrix = matrix * rng.uniform(1 - config.scale, 1 + config.scale)
    middle = xyz.mean(0, dtype=np.float64)
    out = (xyz - middle) @ matrix.T
    if config.jitter > 0:
        limit = 4 * config.jitter
        out += np.clip(rng.standard_normal(out.shape, np.float32) * np.float32(config.jitter), -limit, limit)
    # A random place on the lattice, so that voxels are cut anew at every visit.
    return (out + rng.uniform(0, 1, 3)).astype(np.float32), matrix.astype(np.float32)


def tinted(color: np.ndarray, config: CloudAugment, rng: np.random.Generator) -> np.ndarray:
    """(N, 3) float32 colours in -1..1 after gain and dropping."""
    gain = (1 + rng.uniform(-config.color_gain, config.color_gain, 3)) * (
        1 + rng.uniform(-config.color_gain, config.color_gain)
    )
    if rng.random() < config.color_drop:
        return np.zeros_like(color)
    return np.clip((color + 1) * gain - 1, -1, 1).astype(np.float32)
