"""Every source by name: what `sceneglot import KIND` knows."""

from __future__ import annotations

from typing import Any

from sceneglot.scenes.importers import (
    arkitscenes,
    capture,
    files,
    hm3d,
    multiscan,
    nuscenes,
    objects,
    procthor,
    rscan,
    s3dis,
    scannet,
    scannet_pointcept,
    scannet_pointgroup,
    scannet_votenet,
    sceneverse,
    semantickitti,
    structured3d,
    sunrgbd,
)
from sceneglot.scenes.importers.source import Importer

KINDS: dict[str, Importer[Any]] = {
    "scannet": scannet.IMPORTER,
    "scannet-votenet": scannet_votenet.IMPORTER,
    "scannet-pointgroup": scannet_pointgroup.IMPORTER,
    "scannet-pointcept": scannet_pointcept.IMPORTER,
    "s3dis": s3dis.IMPORTER,
    "semantickitti": semantickitti.IMPORTER,
    "nuscenes": nuscenes.IMPORTER,
    "sunrgbd": sunrgbd.IMPORTER,
    "sceneverse": sceneverse.IMPORTER,
    "3rscan": rscan.IMPORTER,
    "multiscan": multiscan.IMPORTER,
    "arkitscenes": arkitscenes.IMPORTER,
    "procthor": procthor.IMPORTER,
    "structured3d": structured3d.IMPORTER,
    "hm3d": hm3d.IMPORTER,
    "capture": capture.IMPORTER,
    "file": files.IMPORTER,
    "objects": objects.IMPORTER,
}
