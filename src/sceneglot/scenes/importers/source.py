"""What a source of scenes is: the one interface that every importer implements.

An importer is a value, not a class: a card of facts about the data set, the type of its options, and one function
that turns a folder and options into jobs. A job knows the files it reads and how to load one scene from them;
`run.py` runs jobs, `dry_run.py` looks at them without running.

    IMPORTER = Importer(CARD, MyOptions, my_jobs)

    def my_jobs(root: Path, options: MyOptions) -> list[Job]:
        return [Job(name, partial(read_my_scene, folder), split, files) for ...]

Jobs are sent to other processes: `load` is a module-level function, possibly in `functools.partial`, and holds paths
rather than points, so that memory is bounded by the number of workers and not by the data set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from sceneglot.scenes.importers.sizes import Size
from sceneglot.scenes.scene import Scene


@dataclass(frozen=True)
class FileNeed:
    """One kind of file that a data set is made of.

    Attributes:
        pattern: path below the root; `<word>` stands for any one name: "scans/<scan>/<scan>.txt". Users may point
            at a folder further down, so the pattern is also tried without its first folders.
        use: what is read from it.
        required: False where scenes can be imported without it.
        size: what all such files of the whole data set take; None for files of users' own data, and for small ones
            beside which the others are what counts.
    """

    pattern: str
    use: str
    required: bool = True
    size: Size | None = None

    @property
    def globs(self) -> tuple[str, ...]:
        """The pattern for `Path.glob`, from the full one to the bare file name."""
        parts = re.sub(r"<[^<>]*>", "*", self.pattern).split("/")
        return tuple("/".join(parts[start:]) for start in range(len(parts)))


@dataclass(frozen=True)
class DatasetCard:
    """Facts about a data set, with which an import can be planned and its result judged.

    Attributes:
        title: how people call it.
        licence: SPDX id or the name of the terms of use; recorded in the store.
        request: address of the form or download page, "" where there is none.
        files: what its folder holds.
        scenes: official number of scenes per split, key "" for data sets without splits; empty where unknown.
        page: name of its page in docs/datasets, "" where there is none.
        whole: what everything that is published takes, or the archives that the files come in; None where that is no
            more than the files.
    """

    title: str
    licence: str
    request: str = ""
    files: tuple[FileNeed, ...] = ()
    scenes: Mapping[str, int] = field(default_factory=dict)
    page: str = ""
    whole: Size | None = None


@dataclass(frozen=True)
class Job:
    """One scene to be imported.

    Attributes:
        scene_id: its id in the store; unique among the jobs.
        load: reads it when its turn comes; raises SceneglotError where it cannot.
        split: "train", "val", "test" or "".
        files: the files that `load` opens. Checked before: they exist and do not leave the root through a link.
    """

    scene_id: str
    load: Callable[[], Scene]
    split: str = ""
    files: tuple[Path, ...] = ()


OptionsT = TypeVar("OptionsT")


@dataclass(frozen=True)
class Importer(Generic[OptionsT]):
    """A source of scenes.

    Attributes:
        card: facts about the data set.
        options: frozen dataclass whose fields all have defaults; each field is an option of `sceneglot import KIND`,
            its docstring the help.
        jobs: (root, options) -> one job per scene, sorted by id; reads tables and lists folders, but no scene.
            Raises SceneglotError where the root holds nothing it understands.
    """

    card: DatasetCard
    options: type[OptionsT]
    jobs: Callable[[Path, OptionsT], Sequence[Job]]


@dataclass(frozen=True)
class NoOptions:
    """For sources that need no choice."""
