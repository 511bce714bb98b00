"""import_text: annotation files in, utterance files of a store out, with a report of what joined and what did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sceneglot.errors import SceneglotError
from sceneglot.scenes.annotations.annotation import Annotation
from sceneglot.scenes.annotations.counts import CountCheck, check_counts
from sceneglot.scenes.annotations.join import REPEATED, Joiner
from sceneglot.scenes.annotations.multi3drefer import read_multi3drefer
from sceneglot.scenes.annotations.poses import PoseFrame
from sceneglot.scenes.annotations.questions import read_scanqa, read_sqa3d, read_sqa3d_situations
from sceneglot.scenes.annotations.referit3d import read_nr3d, read_sr3d, read_sr3d_plus
from sceneglot.scenes.annotations.scanrefer import read_scan2cap, read_scanrefer
from sceneglot.scenes.annotations.scene_graphs import read_3dssg
from sceneglot.scenes.annotations.sceneverse import read_sceneverse, sceneverse_files
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance

Reader = Callable[[Sequence[Path]], Iterator[Annotation]]

READERS: dict[str, Reader] = {
    "scanrefer": read_scanrefer,
    "nr3d": read_nr3d,
    "sr3d": read_sr3d,
    "sr3d+": read_sr3d_plus,
    "scanqa": read_scanqa,
    "sqa3d": read_sqa3d,
    "scan2cap": read_scan2cap,
    "multi3drefer": read_multi3drefer,
    "3dssg": read_3dssg,
    "sceneverse": read_sceneverse,
}
"""Kind -> reader of its files."""


@dataclass(frozen=True)
class Finding:
    """Something that happened to `count` rows, with some examples."""

    what: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class TextReport:
    """What an import of annotations did.

    Attributes:
        kind: what was imported.
        rows: rows read.
        written: utterance file -> rows in it.
        counts: comparison with the official numbers, per split.
        dropped: why rows were left out; noted: what was odd about rows that were taken.
    """

    kind: str
    rows: int
    written: dict[str, int]
    counts: tuple[CountCheck, ...]
    dropped: tuple[Finding, ...]
    noted: tuple[Finding, ...]

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        checks = [vars(check) | {"official": list(check.official), "agrees": check.agrees} for check in self.counts]
        findings = {
            name: [vars(f) | {"examples": list(f.examples)} for f in found]
            for name, found in (("dropped", self.dropped), ("noted", self.noted))
        }
        return {"kind": self.kind, "rows": self.rows, "written": self.written, "counts": checks, **findings}


def import_text(
    store: Store,
    kind: str,
    files: Sequence[Path],
    *,
    scans: Path | None = None,
    unfiltered: bool = False,
    every_situation: bool = False,
    name: str = "",
) -> TextReport:
    """Read annotation files and write those about the store's scenes, one utterance file per split.

    Args:
        store: where the scenes are and the sentences go, to `utterances/<name>_<split>.parquet` ("scanqa_val"), or
            `utterances/<name>.parquet` where the files know no split and the scenes' own counts.
        kind: key of `READERS`.
        files: for SQA3D questions and annotations together; for SceneVerse also folders.
        scans: ScanNet scans or their alignments, see `PoseFrame`; SQA3D's poses are left out without.
        unfiltered: take rows that the official loaders leave out.
        every_situation: SQA3D's questions once per wording of their situation.
        name: instead of `kind` in the names of the files written.

    Raises:
        SceneglotError: an unknown kind, unreadable files, or not one row that fits the store. Nothing is written then.
    """
    if kind not in READERS:
        raise SceneglotError(f"no reader for annotations of kind {kind!r}; there are {', '.join(READERS)}")
    if not files:
        raise SceneglotError(f"import-text {kind}: no files given")
    joiner = Joiner(store, PoseFrame(store, scans), unfiltered=unfiltered)
    rows: Counter[str] = Counter()
    written: dict[str, list[Utterance]] = {}
    stem = name or kind.replace("+", "_plus")
    for part, found in _parts(kind, files, every_situation):
        for annotation in found:
            rows[annotation.split] += 1
            utterance = joiner.join(annotation)
            if utterance is not None:
                file = "_".join(word for word in (stem, part, annotation.split) if word)
                written.setdefault(file, []).append(utterance)
    if not written:
        raise SceneglotError(_nothing(store, kind, joiner, sum(rows.values())))
    for file, utterances in sorted(written.items()):
        store.write_utterances(file, _unique(utterances, joiner))
    return TextReport(
        kind=kind,
        rows=sum(rows.values()),
        written={file: len(found) for file, found in sorted(written.items())},
        counts=check_counts(kind, rows),
        dropped=_findings(joiner.dropped.counts, joiner.dropped.examples),
        noted=_findings(joiner.noted.counts, joiner.noted.examples),
    )


def _parts(kind: str, files: Sequence[Path], every_situation: bool) -> Iterator[tuple[str, Iterator[Annotation]]]:
    """Name of a part of the data set, "" for the whole, and its annotations."""
    if kind == "sceneverse":
        for part, paths in sceneverse_files(files).items():
            yield part, read_sceneverse(paths)
    else:
        yield "", (read_sqa3d_situations if kind == "sqa3d" and every_situation else READERS[kind])(files)


def _unique(utterances: list[Utterance], joiner: Joiner) -> Iterator[Utterance]:
    """Ids must be unique within a file; some data sets repeat theirs."""
    seen: Counter[str] = Counter()
    for utterance in utterances:
        seen[utterance.id] += 1
        if seen[utterance.id] > 1:
            joiner.noted.add(REPEATED, utterance.id)
            utterance = replace(utterance, id=f"{utterance.id}.{seen[utterance.id]}")
        yield utterance


def _findings(counts: Counter[str], examples: dict[str, list[str]]) -> tuple[Finding, ...]:
    return tuple(Finding(what, count, tuple(examples[what])) for what, count in counts.most_common())


def _nothing(store: Store, kind: str, joiner: Joiner, rows: int) -> str:
    if not rows:
        return f"import-text {kind}: the files hold no rows"
    what, count = joiner.dropped.counts.most_common(1)[0]
    example = joiner.dropped.examples[what][0]
    held = ", ".join(store.scene_ids[:3]) or "no scene"
    return (
        f"import-text {kind}: none of {rows:,} rows fits {store.path}: {count:,} times a row {what} ({example}); "
        f"the store has {held}, ..."
    )
