"""What is up in a capture: found from the way people hold cameras and from the floor, then made the z axis.

People hold a camera upright, so minus the mean of the image's down direction is up within some tens of degrees.
Floors, tables and ceilings share the exact direction: it is the strongest cluster of normals near the first guess.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FROM_CAMERAS, FROM_LAYOUT = 40.0, 12.0
"""Degrees that the exact direction may lie away from the cameras' mean, or from what the layout states."""
ALREADY_UP = 3.0
"""A world whose z is within so many degrees of up is left as it is."""
_WIDTH = 8.0  # degrees, half width of the cluster
_LEAST_SHARE = 0.05  # of the points that must face up or down for the guess to be refined
_ROUNDS = 12


@dataclass(frozen=True, eq=False)
class Upright:
    """How the world was turned.

    Attributes:
        transform: (4, 4) float64 from the capture's world to the scene; identity where z was up already.
        up: (3,) what was up in the capture's world.
        floor: height of the floor in the scene, metres, NaN where none was found.
        share: of the points that face up or down, within 8 degrees.
        note: all of it in a sentence.
    """

    transform: np.ndarray
    up: np.ndarray
    floor: float
    share: float
    note: str


def up_of_cameras(poses: np.ndarray) -> np.ndarray:
    """(3,) unit vector: the mean direction of the pictures' upper edges, from (F, 4, 4) camera-to-world poses.

    Falls back to z where the cameras contradict each other.
    """
    mean = -poses[:, :3, 1].mean(axis=0)
    length = np.linalg.norm(mean)
    return mean / length if length > 0.1 else np.array([0.0, 0.0, 1.0])


def refine_up(normal: np.ndarray, guess: np.ndarray, within: float) -> tuple[np.ndarray, float]:
    """Move a guess of the up direction onto the strongest cluster of normals near it.

    Args:
        normal: (N, 3) unit vectors; sign does not matter (floor and ceiling count alike).
        guess: (3,) unit vector. within: degrees that the result may be away from it.

    Returns:
        (3,) unit vector, and the share of normals within 8 degrees of it; the guess itself where that is below 5 %.
    """
    n = normal.astype(np.float64)
    n = n * np.where(n @ guess < 0, -1.0, 1.0)[:, None]
    near = n[n @ guess > np.cos(np.radians(within))]
    if len(near) < _LEAST_SHARE * max(len(n), 1):
        return guess, len(near) / max(len(n), 1)
    # The cell of directions with most normals, then a mean shift inside a narrow cone.
    cells, counts = np.unique(np.round(near / 0.1).astype(np.int64), axis=0, return_counts=True)
    up = cells[counts.argmax()].astype(np.float64)
    up /= np.linalg.norm(up)
    for _ in range(_ROUNDS):
        inside = near[near @ up > np.cos(np.radians(_WIDTH))]
        if not len(inside):
            return guess, 0.0
        up = inside.sum(axis=0)
        up /= np.linalg.norm(up)
    share = float((np.abs(n @ up) > np.cos(np.radians(_WIDTH))).mean())
    return (up, share) if share >= _LEAST_SHARE else (guess, share)


def make_upright(
    xyz: np.ndarray, normal: np.ndarray, poses: np.ndarray, stated: np.ndarray | None, why: str
) -> Upright:
    """Find up and the floor, and the transform that makes up z and the floor zero.

    Args:
        xyz, normal: (N, 3) fused points. poses: (F, 4, 4) camera-to-world.
        stated: (3,) up as the layout or the user says; None to go by the cameras.
        why: who states it, for the note.
    """
    guess = up_of_cameras(poses) if stated is None else stated / np.linalg.norm(stated)
    up, share = refine_up(normal, guess, FROM_CAMERAS if stated is None else FROM_LAYOUT)
    off = float(np.degrees(np.arccos(np.clip(up[2], -1, 1))))
    words = ", ".join(f"{value:.3f}" for value in up)
    origin = f"{why} and floor normals" if share >= _LEAST_SHARE else why
    if off <= ALREADY_UP:
        floor = floor_height(xyz, normal)
        note = f"z is up ({off:.1f} degrees off, by {origin}): not turned; floor at {floor:.2f} m"
        return Upright(np.eye(4), up, floor, share, note)
    rotation = rotation_between(up, np.array([0.0, 0.0, 1.0]))
    floor = floor_height(xyz @ rotation.T, normal @ rotation.T)
    transform = np.eye(4)
    transform[:3, :3] = rotation
    transform[2, 3] = 0.0 if np.isnan(floor) else -floor
    note = f"up was ({words}) by {origin}: turned to z, floor moved to 0"
    return Upright(transform, up, 0.0 if not np.isnan(floor) else np.nan, share, note)


def floor_height(xyz: np.ndarray, normal: np.ndarray, step: float = 0.04) -> float:
    """Height of the lowest level with many points that face up, metres; NaN where nothing faces up.

    A level counts if it has a fifth of the points of the fullest one.
    """
    z = xyz[normal[:, 2] > 0.9, 2].astype(np.float64)
    if len(z) < 10:
        return float("nan")
    bins = max(1, min(100_000, int(np.ceil(np.ptp(z) / step))))
    counts, edges = np.histogram(z, bins)
    lowest = int(np.argmax(counts >= 0.2 * counts.max()))
    inside = (z >= edges[lowest]) & (z <= edges[min(lowest + 2, bins)])
    return float(np.median(z[inside]))


def rotation_between(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(3, 3) shortest rotation that takes one unit vector to another (Rodrigues)."""
    axis, cos = np.cross(source, target), float(source @ target)
    if cos < -1 + 1e-9:  # opposite: half a turn about any axis across
        across = np.cross(source, np.eye(3)[np.abs(source).argmin()])
        across /= np.linalg.norm(across)
        return 2 * np.outer(across, across) - np.eye(3)
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + k + k @ k / (1 + cos)
