"""SQA3D's poses in the frame of a stored scene.

SQA3D gives positions relative to the centre of the bounding box of the *raw* mesh, and rotations in the raw scan frame;
a ScanNet scene in a store is axis-aligned. With A = (R, t) the alignment and c the centre of the raw vertices, the
asker stands at R (p + c) + t and faces heading(p) + yaw(R). The files write z = 0 for everybody; here it is the floor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from sceneglot.errors import BadFileError
from sceneglot.records import read_json
from sceneglot.scenes.annotations.annotation import bare_scan
from sceneglot.scenes.importers.scannet_files import read_info
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance


@dataclass(frozen=True, eq=False)
class PoseFrame:
    """Turns the poses of SQA3D's files into the frame of the scenes of a store.

    Attributes:
        store: its scenes must hold all vertices of the mesh (nothing subsampled), as `sceneglot import scannet` makes.
        scans: a folder of ScanNet scans (<id>/<id>.txt) or a JSON file {scan id: 16 numbers, row by row}; None leaves
            poses out, since the frame of the file is not the scene's.
    """

    store: Store
    scans: Path | None = None

    def place(self, utterance: Utterance) -> Utterance:
        """The utterance with position and heading in the scene frame, or without them where they cannot be known."""
        position, heading = utterance.position, utterance.heading
        motion = self._motion(utterance.scene_id) if self.scans and position else None
        if motion is None or position is None:
            return replace(utterance, position=None, heading=None)
        alignment, center = motion
        x, y, _ = (float(v) for v in alignment[:3, :3] @ (np.array(position) + center) + alignment[:3, 3])
        if heading is not None:
            turned = heading + math.atan2(alignment[1, 0], alignment[0, 0])
            heading = math.remainder(turned, 2 * math.pi)
        return replace(utterance, position=(x, y, 0.0), heading=heading)

    @lru_cache(maxsize=64)  # noqa: B019  (a frame lives as long as one import)
    def _motion(self, scene_id: str) -> tuple[np.ndarray, np.ndarray] | None:
        """(4, 4) alignment and (3,) centre of the raw mesh; None for a scene without points or alignment."""
        alignment = self._alignment(scene_id)
        xyz = self.store.scene(scene_id).xyz
        if alignment is None or not len(xyz):
            return None
        raw = (xyz.astype(np.float64) - alignment[:3, 3]) @ alignment[:3, :3]
        return alignment, (raw.min(0) + raw.max(0)) / 2

    def _alignment(self, scene_id: str) -> np.ndarray | None:
        assert self.scans is not None
        scan = bare_scan(scene_id)
        if self.scans.is_dir():
            folder = self.scans / scan
            return read_info(folder, scan)[0] if (folder / f"{scan}.txt").is_file() else None
        return _read_alignments(self.scans).get(scan)


@lru_cache(maxsize=2)
def _read_alignments(path: Path) -> dict[str, np.ndarray]:
    content = read_json(path)
    if not isinstance(content, dict):
        raise BadFileError(path, "expected {scan id: 16 numbers}")
    result = {}
    for scan, numbers in content.items():
        try:
            matrix = np.array(numbers, np.float64).reshape(4, 4)
        except (TypeError, ValueError, OverflowError):
            matrix = np.full((4, 4), np.nan)
        if not np.isfinite(matrix).all():
            raise BadFileError(path, f"the alignment of {scan[:40]!r} is not 16 finite numbers")
        result[scan] = matrix
    return result
