"""Over-segmentations of the scenes of a store, made once and kept beside it as long as the scene stays the same.

<store>/regions/<digest of the settings>/<scene id>.safetensors     region (N,) int32, 0..R-1
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from sceneglot.errors import SceneglotError
from sceneglot.regions.adjacency import AffinityConfig
from sceneglot.regions.felzenszwalb import FelzenszwalbConfig, segment_cloud
from sceneglot.regions.growing import GrowingConfig, grow_regions
from sceneglot.regions.merging import merge_alike
from sceneglot.scenes import Scene
from sceneglot.scenes.kept import kept
from sceneglot.scenes.scene import check_scene_id
from sceneglot.scenes.store import Store


@dataclass(frozen=True)
class RegionConfig:
    """How a scene is cut into regions."""

    method: Literal["graph", "growing", "given"] = "graph"
    """`segment_cloud`, `grow_regions`, or the segments that came with the scan (ScanNet)."""
    graph: FelzenszwalbConfig = field(default_factory=FelzenszwalbConfig)
    growing: GrowingConfig = field(default_factory=GrowingConfig)
    merge: float = 0.0
    """Regions that touch and whose affinity (normals and FPFH, 0..1) is above this become one; 0: none do."""

    def __post_init__(self) -> None:
        if not 0 <= self.merge <= 1:
            raise SceneglotError(f"regions: merge {self.merge:g}, expected an affinity of 0 to 1")

    def digest(self) -> str:
        """Short name of what matters for the result, as a folder name."""
        settings = {"graph": asdict(self.graph), "growing": asdict(self.growing), "given": {}}[self.method]
        text = json.dumps([self.method, settings, *([self.merge] if self.merge else [])], sort_keys=True)
        return f"{self.method}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def cut(scene: Scene, config: RegionConfig) -> np.ndarray:
    """(N,) int32 region of every point, numbered from 0 without gaps.

    Normals of the scan are not used: with them convex corners hardly separate, and on generated rooms regions come out
    far less pure (.83 instead of .97).

    Raises:
        SceneglotError: an empty scene, or one without the segments asked for.
    """
    region = _cut(scene, config)
    if not config.merge:
        return region
    settings = AffinityConfig(threshold=config.merge)
    merged = merge_alike(torch.from_numpy(np.array(scene.xyz)), torch.from_numpy(region).long(), settings)
    return merged.numpy().astype(np.int32)


def _cut(scene: Scene, config: RegionConfig) -> np.ndarray:
    xyz = np.array(scene.xyz, np.float32)
    if config.method == "graph":
        return segment_cloud(xyz, None, config.graph).astype(np.int32)
    if config.method == "growing":
        color = torch.from_numpy(np.array(scene.rgb)) if scene.has_color else None
        return grow_regions(torch.from_numpy(xyz), color, config.growing).numpy().astype(np.int32)
    if scene.segment is None:
        raise SceneglotError(f"scene {scene.id}: came without segments; use the region method graph or growing")
    return np.unique(scene.segment, return_inverse=True)[1].reshape(-1).astype(np.int32)


class StoreRegions:
    """Scene id -> (N,) int32 regions, computed when first asked for and kept beside the store.

    Raises:
        SceneglotError: when called: regions kept by an earlier version are of another version of the scene.
    """

    def __init__(self, store: Store, config: RegionConfig) -> None:
        self.store, self.config = store, config
        self.folder = store.path / "regions" / config.digest()

    def __call__(self, scene_id: str) -> np.ndarray:
        path = self.path(scene_id)
        file = kept(path, lambda: self.store.scene(scene_id), lambda scene: {"region": cut(scene, self.config)})
        region = file.map()["region"]
        if len(region) != self.store.header(scene_id).num_points:
            raise SceneglotError(f"{path}: regions of another version of the scene; delete the file")
        return region

    def path(self, scene_id: str) -> Path:
        """Where the regions of a scene are kept."""
        return self.folder / f"{check_scene_id(scene_id)}.safetensors"
