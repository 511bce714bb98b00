"""Any readable point cloud or mesh file, or a folder of them, as scenes of a store."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sceneglot.errors import BadFileError
from sceneglot.scenes.files import READERS, FileFrame, read_scene, scene_id_of
from sceneglot.scenes.importers.source import DatasetCard, Importer, Job


def file_jobs(src: Path, frame: FileFrame | None = None) -> list[Job]:
    """One job for a file, or one for each readable file of a folder (not of its subfolders), all in one frame.

    Raises:
        BadFileError: no such file, or a folder without readable files.
    """
    src = Path(src)
    if src.is_dir():
        files = sorted(path for path in src.iterdir() if path.is_file() and path.suffix.lower() in READERS)
        if not files:
            raise BadFileError(src, f"holds no file of a supported type ({', '.join(READERS)})")
    elif src.exists():
        files = [src]
    else:
        raise BadFileError(src, "no such file")
    return [Job(scene_id_of(path), partial(read_scene, path, frame), files=(path,)) for path in files]


IMPORTER = Importer(DatasetCard("a point cloud or mesh file, or a folder of them", "unknown"), FileFrame, file_jobs)
