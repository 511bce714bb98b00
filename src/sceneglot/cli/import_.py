"""`sceneglot import`: other people's data into a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, make_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tyro.conf import OmitArgPrefixes, Positional, arg

from sceneglot.errors import SceneglotError

if TYPE_CHECKING:
    from sceneglot.scenes.importers.run import ImportReport
    from sceneglot.scenes.importers.sizes import Size
    from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer
    from sceneglot.scenes.store import Store


@dataclass(frozen=True)
class RunOptions:
    """How to import; the same for every kind."""

    dry_run: bool = False
    """Say which files are needed, how large they are, what is missing and where to ask for it; write nothing."""
    workers: int = 1
    """Processes; memory grows with them, not with the data set."""
    strict: bool = False
    """Stop at the first bad scene instead of skipping it."""
    licence: str | None = None
    """Terms of use to record in the store, where they differ from the data set's own."""
    out: Path | None = None
    """Write the summary (or the dry run) as JSON as well."""


def import_(arguments: list[str]) -> None:
    """Import a data set into a store: sceneglot import KIND ROOT DATA [options].

    Example: sceneglot import scannet ~/ScanNet/scans DATA --labels scannetv2-labels.combined.tsv
    Example: sceneglot import scannet ~/ScanNet --dry-run

    Scenes that are there already are kept: an interrupted import is continued by the same command. Other options hold
    for new scenes only, which is said.
    """
    import tyro

    from sceneglot.scenes.importers.catalog import KINDS

    if not arguments or arguments[0] in ("-h", "--help"):
        lines = [f"  {name:20s} {importer.card.title}" for name, importer in KINDS.items()]
        text = [import_.__doc__ or "", "kinds:", *lines, "", "'sceneglot import KIND --help' lists its options."]
        print("\n".join(text))
        return
    kind, rest = arguments[0], arguments[1:]
    if kind not in KINDS:
        near = get_close_matches(kind, KINDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(KINDS)}"
        raise SceneglotError(f"import: no kind is called {kind!r}; {hint}")
    importer = KINDS[kind]
    _refuse_foreign(kind, rest, KINDS)
    command = make_dataclass(
        "Import",
        [
            ("root", Annotated[Positional[Path], arg(help="Folder or file to import from.")]),
            ("data", Annotated[Positional[Path | None], arg(help="Store to write or continue.")], None),
            ("options", OmitArgPrefixes[importer.options], importer.options()),
            ("run", OmitArgPrefixes[RunOptions], RunOptions()),
        ],
        frozen=True,
    )
    given: Any = tyro.cli(
        command,
        args=rest,
        prog=f"sceneglot import {kind}",
        description=f"Import {importer.card.title} from the folder or file ROOT into the store DATA.",
    )
    if given.run.dry_run:
        _dry_run(importer, given.root, given.options, given.run.out)
    elif given.data is None:
        raise SceneglotError("import: name the folder of the store to write: sceneglot import KIND ROOT DATA")
    else:
        _import(kind, importer, given.root, given.data, given.options, given.run)


def _refuse_foreign(kind: str, rest: list[str], kinds: dict[str, Importer[Any]]) -> None:
    """An option that exists, but for another kind, deserves a better answer than "unrecognized"."""
    names = {other: {field.name for field in fields(importer.options)} for other, importer in kinds.items()}
    for word in rest:
        option = word.removeprefix("--").partition("=")[0].replace("-", "_")
        owners = [other for other in names if option in names[other]]
        if word.startswith("--") and owners and kind not in owners:
            raise SceneglotError(f"--{option.replace('_', '-')} is for {', '.join(owners)}, not for kind {kind}")


def _import(kind: str, importer: Importer[Any], root: Path, data: Path, options: Any, run: RunOptions) -> None:
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    from sceneglot.scenes.importers.choices import other_options, remember_options
    from sceneglot.scenes.importers.dry_run import jobs_of
    from sceneglot.scenes.importers.run import run_jobs
    from sceneglot.scenes.store import Store
    from sceneglot.view.terminal import output

    if run.workers < 1:
        raise SceneglotError(f"import: --workers must be at least 1, found {run.workers}")
    jobs = jobs_of(importer, root, options)
    is_new = not data.exists()
    store = Store.create(data, origin=kind, licence=run.licence or importer.card.licence)
    changed = other_options(store.path, options)
    if not all(store.has(job.scene_id) for job in jobs):
        remember_options(store.path, options)
    console = output()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task(f"importing {kind}", total=len(jobs))
            report = run_jobs(
                store, jobs, root=root, workers=run.workers, strict=run.strict,
                on_step=lambda _: progress.advance(task),
            )  # fmt: skip
    except SceneglotError:
        if is_new and not len(store):
            store.remove_empty()
        raise
    _summary(store, report, importer.card, run.out)
    if report.kept and changed:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in changed)
        _say(
            f"note: the scenes that were kept may have been imported with another {names}, and are as they were; "
            "import into a new store to have them anew"
        )


def _summary(store: Store, report: ImportReport, card: DatasetCard, out: Path | None) -> None:
    from sceneglot.scenes.importers.dry_run import count_splits, describe_counts

    for scene_id, reason in report.failed:
        _say(f"skipped {scene_id}: {reason}")
    notes = {note for scene_id in report.imported for note in store.header(scene_id).source.notes}
    for note in sorted(notes)[:10]:
        _say(f"note: {note}")
    if report.imported and report.seconds > 0:
        rate, megabytes = len(report.imported) / report.seconds, report.num_bytes / 1e6 / report.seconds
        _say(f"{report.seconds:.1f} s, {rate:.1f} scenes/s, {megabytes:.1f} MB/s read")
    skipped = f", {len(report.failed)} skipped" if report.failed else ""
    _say(f"{_many(len(report.imported), 'scene')} imported, {len(report.kept)} kept{skipped}: {store.path}")
    counts = count_splits([store.entry(scene_id).split for scene_id in store.scene_ids], card)
    if describe_counts(counts):
        _say(f"in the store: {describe_counts(counts)}")
    if out is not None:
        _write(out, {**asdict(report), "counts": counts})


def _dry_run(importer: Importer[Any], root: Path, options: Any, out: Path | None) -> None:
    from sceneglot.scenes.importers.dry_run import describe_counts, dry_run
    from sceneglot.scenes.importers.sizes import bytes_text

    card, plan = importer.card, dry_run(importer, root, options)
    if out is not None:
        _write(out, asdict(plan))
    _say(f"{card.title}; licence: {card.licence}")
    for found in plan.files or ():
        state = (
            f"{_many(found.num_files, 'file')}, {bytes_text(found.num_bytes / 1e9)}" if found.num_files else "MISSING"
        )
        state = "not there (optional)" if state == "MISSING" and not found.need.required else state
        _say(f"  {found.need.pattern}: {state} - {found.need.use}")
        _say_size(found.need)
    if not plan.files:
        for need in card.files:
            optional = "" if need.required else " (optional)"
            _say(f"  needs {need.pattern}{optional} - {need.use}")
            _say_size(need)
    if needed := [need.size for need in card.files if need.size and need.required]:
        _say(f"needed files of the whole data set: {'; '.join(_total(needed))}")
    if card.whole:
        _say(f"everything that is published: {card.whole}")
    for path in plan.missing[:20]:
        _say(f"  missing: {path}")
    if len(plan.missing) > 20:
        _say(f"  ... and {len(plan.missing) - 20:,} more missing files")
    if card.request:
        _say(f"ask for it at {card.request}")
    if card.page:
        _say(f"more in docs/datasets/{card.page}.md")
    if plan.problem:
        _say(f"nothing to import yet: {plan.problem}")
        return
    counts = describe_counts(plan.counts)
    found = f"would import {_many(plan.num_scenes, 'scene')} from {bytes_text(plan.num_bytes / 1e9)}"
    _say(f"{found}; {counts}" if counts else found)


def _write(path: Path, report: dict[str, Any]) -> None:
    from sceneglot.atomic import write_json

    _say(f"wrote {write_json(path, report)}")


def _say_size(need: FileNeed) -> None:
    if need.size is not None:
        _say(f"      for the whole data set {need.size}")


def _total(sizes: Sequence[Size]) -> Iterator[str]:
    """Sums by kind: "80 GB official", "about 9.7 GB estimated"; figures of different kinds are not added up."""
    from sceneglot.scenes.importers.sizes import bytes_text

    for kind in ("official", "reported", "estimated"):
        if gigabytes := sum(size.gigabytes for size in sizes if size.kind == kind):
            about = kind == "estimated"
            yield f"{'about ' * about}{bytes_text(float(f'{gigabytes:.2g}') if about else gigabytes)} {kind}"


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" + "s" * (count != 1)


def _say(text: str) -> None:
    print(text, flush=True)
