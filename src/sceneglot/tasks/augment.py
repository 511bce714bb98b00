"""Augmentation of one scene's points and boxes: rotation, translation, random cuboid. Never a mirror.

A mirror would turn "left of" into "right of" while the sentence stays (a known defect of the 3D-VQA lineage),
so it does not exist here.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np

from sceneglot.tasks.sample import PointConfig, SceneSample, draw


@dataclass(frozen=True)
class AugmentConfig:
    """Ranges of the random changes; every field 0 (or False) switches its change off.

    Attributes:
        tilt: rotation about x and y, uniform in +-tilt degrees (the 3D-VQA code: 5).
        turn: rotation about z, uniform in +-turn degrees (the 3D-VQA code: 5).
        shift: translation per axis, uniform in +-shift metres (paper: 0.5).
        jitter: standard deviation of per-point noise, metres.
        color_jitter: random brightness and per-channel gain, fraction (0.1 = +-10 %).
        cuboid: crop to a random cuboid with this probability (3DETR's algorithm).
        cuboid_min_points: a crop keeps at least this fraction of the points (the 3D-VQA code: 30,000 of 40,000).
    """

    tilt: float = 5.0
    turn: float = 5.0
    shift: float = 0.5
    jitter: float = 0.0
    color_jitter: float = 0.1
    cuboid: float = 0.0
    cuboid_min_points: float = 0.75


def prepare(
    sample: SceneSample,
    points: PointConfig,
    augment: AugmentConfig | None,
    rng: np.random.Generator,
    keep: np.ndarray | None = None,
) -> SceneSample:
    """Crop, draw points, move: the order of the lineage. `keep`: see `crop`."""
    if augment is None:
        return draw(sample, points.points, rng)
    return move(draw(crop(sample, augment, rng, keep), points.points, rng), augment, rng)


def scene_rng(seed: int, epoch: int, scene_id: str) -> np.random.Generator:
    """Generator of one visit of one scene; does not depend on the order of visits."""
    return np.random.default_rng([seed, epoch, zlib.crc32(scene_id.encode())])


def crop(
    sample: SceneSample, config: AugmentConfig, rng: np.random.Generator, keep: np.ndarray | None = None
) -> SceneSample:
    """The random cuboid, with its probability; comes before points are drawn, as in the lineage.

    Args:
        keep: (G,) bool, boxes that must survive (what the questions refer to).
    """
    if config.cuboid > 0 and rng.random() < config.cuboid:
        return random_cuboid(sample, rng, config.cuboid_min_points, keep)
    return sample


def move(sample: SceneSample, config: AugmentConfig, rng: np.random.Generator) -> SceneSample:
    """Rotate, shift, jitter and tint a copy; boxes stay the tightest axis-aligned boxes around the rotated boxes."""
    degrees = np.array([config.tilt, config.tilt, config.turn])
    rotation = rotation_matrix(np.deg2rad(rng.uniform(-degrees, degrees)))
    shift = rng.uniform(-config.shift, config.shift, 3)
    xyz = sample.xyz @ rotation.T + shift
    if config.jitter > 0:
        xyz = xyz + rng.normal(0, config.jitter, xyz.shape)
    rgb = sample.rgb
    if config.color_jitter > 0:
        gain = 1 + rng.uniform(-config.color_jitter, config.color_jitter, 3)
        gain = gain * (1 + rng.uniform(-config.color_jitter, config.color_jitter))
        rgb = np.clip(sample.rgb * gain, 0, 255)
    return replace(
        sample,
        xyz=xyz.astype(np.float32),
        rgb=rgb.astype(np.float32),
        box_center=(sample.box_center @ rotation.T + shift).astype(np.float32),
        # The box around a rotated box has half extents |R| h; the lineage's helper is wrong for tilts.
        box_size=(sample.box_size @ np.abs(rotation).T).astype(np.float32),
    )


def rotation_matrix(angles: np.ndarray) -> np.ndarray:
    """(3,) radians about x, y and z, applied in this order -> (3, 3)."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def random_cuboid(
    sample: SceneSample, rng: np.random.Generator, min_points: float, keep: np.ndarray | None = None, tries: int = 100
) -> SceneSample:
    """Crop to a random axis-aligned cuboid (3DETR's RandomCuboid with the lineage's parameters).

    Extents are 50 to 100 % of the scene's, some pair of them with ratio >= 0.8; centred on a random point; at least
    `min_points` of the points stay; boxes stay when their centre does, at least one that is a target must, and all
    boxes marked in `keep`. The scene
    is returned as it was when no try succeeds. Removed boxes lose their points too: `instance` becomes -1 for points
    of boxes that left.
    """
    extent = np.ptp(sample.xyz, axis=0)
    for _ in range(tries):
        fraction = rng.uniform(0.5, 1.0, 3)
        pairs = fraction[[0, 0, 1]] / fraction[[1, 2, 2]]
        if np.minimum(pairs, 1 / pairs).max() < 0.8:
            continue
        center = sample.xyz[rng.integers(len(sample.xyz))]
        inside = (np.abs(sample.xyz - center) <= extent * fraction / 2).all(1)
        if inside.mean() < min_points:
            continue
        kept = sample.xyz[inside]
        stay = ((sample.box_center >= kept.min(0)) & (sample.box_center <= kept.max(0))).all(1)
        if not (stay & sample.box_present).any() or (keep is not None and (keep & ~stay).any()):
            continue
        return _cropped(sample, inside, stay)
    return sample


def _cropped(sample: SceneSample, inside: np.ndarray, stay: np.ndarray) -> SceneSample:
    instance = sample.instance[inside]
    instance = np.where(stay[instance] & (instance >= 0), instance, -1) if len(stay) else instance
    return replace(
        sample,
        xyz=sample.xyz[inside],
        rgb=sample.rgb[inside],
        extra=None if sample.extra is None else sample.extra[inside],
        instance=instance,
        box_present=sample.box_present & stay,
    )
