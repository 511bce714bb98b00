"""Own captures: folders of posed RGB-D, each fused to one scene."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from sceneglot.errors import SceneglotError
from sceneglot.scenes.capture.build import FusionOptions, Up, fuse_capture
from sceneglot.scenes.capture.layouts import find_captures
from sceneglot.scenes.importers.paths import safe_id
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job

CARD = DatasetCard(
    title="your own posed RGB-D: ScanNet export, Open3D / Redwood, TUM, Record3D, 3D Scanner App",
    licence="unknown",
    files=(
        FileNeed("<capture>/depth/<frame>", "depth pictures (or depth_N.png, N.png)"),
        FileNeed("<capture>/color/<frame>", "colour pictures (or rgb/, frame_N.jpg, N.jpg)", required=False),
    ),
    page="captures",
)


@dataclass(frozen=True)
class CaptureOptions:
    """Choices for captures."""

    depth_scale: float | None = None
    """Numbers per metre in the depth pictures (1000: millimetres, 5000: TUM); what the layout states if not given."""
    voxel: float = 0.02
    """Edge of the voxels that are averaged, metres."""
    farthest: float = 5.0
    """Depth beyond so many metres is left out."""
    max_frames: int = 1000
    """Frames to fuse; longer captures are thinned evenly."""
    min_samples: int = 3
    """Voxels seen by fewer pixels are left out."""
    up: Up = "auto"
    """What is up: auto finds it, keep leaves the frame as it is, an axis states it, cameras: as they were held."""
    views: int = 8
    """Photographs to keep with the scene."""
    lens: tuple[float, float, float, float] | None = None
    """Intrinsics fx, fy, cx, cy of the depth pictures; what the folder holds, or the layout's default, if not given."""


def capture_jobs(root: Path, options: CaptureOptions = CaptureOptions()) -> list[Job]:
    """One job per capture: `root` itself, or its subfolders that are captures.

    Raises:
        SceneglotError: none is there, or options that make no sense.
    """
    for name, low in (("voxel", 1e-4), ("farthest", 0.2), ("max_frames", 1), ("min_samples", 1), ("views", 0)):
        if not getattr(options, name) >= low:
            raise SceneglotError(f"--{name.replace('_', '-')} must be at least {low:g}, found {getattr(options, name)}")
    if options.depth_scale is not None and not 1e-3 <= options.depth_scale <= 1e7:
        raise SceneglotError(
            f"--depth-scale must be numbers per metre, 1000 for millimetres; found {options.depth_scale}"
        )
    fusion = FusionOptions(**{field.name: getattr(options, field.name) for field in fields(FusionOptions)})
    jobs = []
    for folder in find_captures(root):
        name = safe_id(folder.resolve().name)
        jobs.append(Job(name, partial(fuse_capture, folder, name, fusion), files=_files(folder)))
    return jobs


def _files(folder: Path) -> tuple[Path, ...]:
    """All pictures and tables of a capture; which of them are used shows when it is read."""
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")))


IMPORTER = Importer(CARD, CaptureOptions, capture_jobs)
