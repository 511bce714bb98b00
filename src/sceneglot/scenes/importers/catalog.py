"""Every source by name: what `sceneglot import KIND` knows."""

from __future__ import annotations

from typing import Any

from sceneglot.scenes.importers import files, nuscenes, objects, s3dis, scannet, semantickitti
from sceneglot.scenes.importers.source import Importer

KINDS: dict[str, Importer[Any]] = {
    "scannet": scannet.IMPORTER,
    "s3dis": s3dis.IMPORTER,
    "semantickitti": semantickitti.IMPORTER,
    "nuscenes": nuscenes.IMPORTER,
    "file": files.IMPORTER,
    "objects": objects.IMPORTER,
}
