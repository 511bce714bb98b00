"""Look before importing: which files a source needs, how large they are, what is there and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sceneglot.errors import SceneglotError
from sceneglot.scenes.importers.run import file_size
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job, OptionsT


@dataclass(frozen=True)
class FoundFiles:
    """How many files of one kind are there, and their bytes."""

    need: FileNeed
    num_files: int
    num_bytes: int


@dataclass(frozen=True)
class DryRun:
    """What an import would find.

    Attributes:
        files: per kind of file, what is there.
        num_scenes: scenes that would be imported; num_bytes: of the files they are read from.
        counts: per split, (scenes found, official number or None where unknown).
        missing: files that jobs need and that are not there.
        problem: why nothing could be imported at all, "" if something can.
    """

    card: DatasetCard
    files: tuple[FoundFiles, ...]
    num_scenes: int
    num_bytes: int
    counts: Mapping[str, tuple[int, int | None]]
    missing: tuple[Path, ...]
    problem: str


def dry_run(importer: Importer[OptionsT], root: Path, options: OptionsT) -> DryRun:
    """Plan an import without reading a scene or writing anything.

    A root that is not there, or holds nothing, is no error here: the answer says what is needed.
    """
    problem, jobs = "", []
    try:
        jobs = list(importer.jobs(root, options))
    except SceneglotError as error:
        problem = str(error)
    files = tuple(_find(root, need) for need in importer.card.files) if root.is_dir() else ()
    missing = tuple(path for job in jobs for path in job.files if not path.is_file())
    num_bytes = sum(file_size(path) for path in {path for job in jobs for path in job.files})
    counts = count_splits([job.split for job in jobs], importer.card)
    return DryRun(importer.card, files, len(jobs), num_bytes, counts, missing, problem)


def count_splits(splits: Sequence[str], card: DatasetCard) -> dict[str, tuple[int, int | None]]:
    """Per split (scenes, official number or None), official splits first.

    Where only one of the two, card or import, has splits, all scenes are counted together under the key "".
    """
    found = Counter(splits)
    official = dict(card.scenes)
    if set(official) == {""}:
        parts = {name: (found[name], None) for name in sorted(found) if name}
        return {"": (len(splits), official[""]), **parts}
    if official and "" not in official and set(found) <= {""}:
        return {"": (found[""], sum(official.values()))}
    names = [*official, *(name for name in sorted(found) if name not in official)]
    return {name: (found[name], official.get(name)) for name in names}


def describe_counts(counts: Mapping[str, tuple[int, int | None]]) -> str:
    """One line: "train 12 of 1,201, val 0 of 312"; "" for a source without official numbers and splits."""
    known = {name: pair for name, pair in counts.items() if name or pair[1] is not None}
    shown = [f"{name or 'scenes'} {n:,}" + (f" of {of:,}" if of is not None else "") for name, (n, of) in known.items()]
    return ", ".join(shown)


def jobs_of(importer: Importer[OptionsT], root: Path, options: OptionsT) -> list[Job]:
    """The jobs of an import.

    Raises:
        SceneglotError: no such root, or nothing in it that the importer understands.
    """
    if not root.exists():
        where = f"; {importer.card.title} is asked for at {importer.card.request}" if importer.card.request else ""
        raise SceneglotError(f"{root}: no such file or folder{where}")
    return list(importer.jobs(root, options))


def _find(root: Path, need: FileNeed) -> FoundFiles:
    for pattern in need.globs:
        sizes = [file_size(path) for path in root.glob(pattern) if path.is_file()]
        if sizes:
            return FoundFiles(need, len(sizes), sum(sizes))
    return FoundFiles(need, 0, 0)
