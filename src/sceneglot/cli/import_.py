"""`sceneglot import`: other people's data into a store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg


def import_(
    kind: Positional[Literal["scannet", "file", "objects"]],
    src: Positional[Path],
    out: Positional[Path],
    /,
    *,
    labels: Path | None = None,
    unknown_labels: Annotated[Literal["error", "keep"], arg(help="labels that the table lacks")] = "error",
    splits: Path | None = None,
    licence: str | None = None,
    strict: bool = False,
) -> None:
    """Import scans or object maps into a store. Scenes that are there already are kept, so it can be interrupted.

    Example: sceneglot import scannet ~/ScanNet/scans DATA --labels scannetv2-labels.combined.tsv

    Args:
        kind: scannet (raw scan folders), file (a point cloud or mesh, or a folder of them), objects (JSON of boxes).
        src: what to import.
        out: folder of the store; new, or one of the same kind to be continued.
        labels: label table with the columns raw_category and nyu40id (scannet); found near SRC if not given.
        splits: folder with scannetv2_train.txt and the like (scannet, objects).
        licence: terms of use to record in the store.
        strict: stop at the first bad scene instead of skipping it.
    """
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    from sceneglot.errors import SceneglotError
    from sceneglot.scenes.importers import scannet
    from sceneglot.scenes.importers.driver import run_jobs
    from sceneglot.scenes.importers.files import file_jobs
    from sceneglot.scenes.importers.objects import object_jobs
    from sceneglot.scenes.store import Store

    if kind != "scannet" and labels is not None:
        raise SceneglotError(f"--labels is for kind scannet, not for {kind}")
    if kind == "file" and splits is not None:
        raise SceneglotError("--splits is for the kinds scannet and objects, not for file")
    if kind == "scannet":
        jobs = scannet.scannet_jobs(src, labels=labels, unknown_labels=unknown_labels, splits=splits)
    elif kind == "file":
        jobs = file_jobs(src)
    else:
        jobs = object_jobs(src, splits=splits)
    known = scannet.LICENCE if kind == "scannet" else "unknown"
    is_new = not out.exists()
    store = Store.create(out, origin=kind, licence=licence or known)
    console = Console()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(f"importing {kind}", total=len(jobs))
            report = run_jobs(store, jobs, strict=strict, on_step=lambda _: progress.advance(task))
    except SceneglotError:
        if is_new and not len(store):
            store.remove_empty()
        raise
    for scene_id, reason in report.failed:
        console.print(f"[yellow]skipped[/] {scene_id}: {reason}", highlight=False)
    notes = {note for scene_id in report.imported for note in store.header(scene_id).source.notes}
    for note in sorted(notes)[:10]:
        console.print(f"[dim]note: {note}[/]", highlight=False)
    skipped = f", {len(report.failed)} skipped" if report.failed else ""
    console.print(f"{len(report.imported)} scenes imported, {len(report.kept)} kept{skipped}: {out}", highlight=False)
