"""Colours for scans that have none: height as hue, normals, strength of the laser return; relief as darkness."""

from __future__ import annotations

import numpy as np

_RAMP = np.array([[56, 76, 120], [74, 128, 150], [126, 172, 140], [196, 200, 128], [232, 190, 116]], np.float32)


def height_colors(z: np.ndarray, low: float, high: float) -> np.ndarray:
    """(N, 3) float32 RGB of heights: dull blue at `low`, over green, to sand at `high`."""
    position = np.clip((z - low) / max(high - low, 1e-6), 0, 1) * (len(_RAMP) - 1)
    below = np.minimum(position.astype(np.int64), len(_RAMP) - 2)
    part = (position - below)[:, None].astype(np.float32)
    return _RAMP[below] * (1 - part) + _RAMP[below + 1] * part


def intensity_levels(intensity: np.ndarray) -> np.ndarray:
    """(N,) float32 in 0..1: the square root of laser returns between their 2nd and 98th percentile.

    Returns of a street are mostly weak with a few mirrors among them: linear grey would be black with white dots.
    """
    known = np.isfinite(intensity)
    low, high = np.quantile(intensity[known], [0.02, 0.98]) if known.any() else (0.0, 1.0)
    level = (np.where(known, intensity, low) - low) / max(float(high - low), 1e-6)
    return np.sqrt(np.clip(level, 0, 1)).astype(np.float32)


def normal_colors(normal: np.ndarray) -> np.ndarray:
    """(N, 3) float32 RGB of directions: -1..1 of x, y, z to 0..255 of red, green, blue."""
    return ((normal + 1) * 127.5).clip(0, 255).astype(np.float32)


def relief(depth: np.ndarray, strength: float = 40.0, darkest: float = 0.35) -> np.ndarray:
    """(H, W) float32 factor in [darkest, 1] that darkens pixels behind their neighbours.

    Eye-dome lighting (Boucheny 2009): exp(-strength * mean over 8 neighbours of max(0, log2 depth - log2 neighbour)).
    Needs no normals; empty pixels neither shade nor are shaded.
    """
    log = np.where(depth > 0, np.log2(np.maximum(depth, 1e-6)), np.inf)
    height, width = log.shape
    padded = np.pad(log, 2, constant_values=np.inf)
    total = np.zeros_like(log)
    hit = depth > 0
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1), (-2, -2), (-2, 2), (2, -2), (2, 2)):
        other = padded[2 + dy : 2 + dy + height, 2 + dx : 2 + dx + width]
        nearer = hit & np.isfinite(other)
        total[nearer] += np.maximum(log[nearer] - other[nearer], 0)
    return np.maximum(np.exp(-strength / 8 * total), darkest).astype(np.float32)
