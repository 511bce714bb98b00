"""`sceneglot import-text`: sentences and questions that others wrote about scans, into a store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

Kind = Literal[
    "scanrefer", "nr3d", "sr3d", "sr3d+", "scanqa", "sqa3d", "scan2cap", "multi3drefer", "3dssg", "sceneverse"
]  # fmt: skip


def import_text(
    kind: Positional[Kind],
    files: Positional[tuple[Path, ...]],
    /,
    *,
    data: Path,
    scans: Path | None = None,
    unfiltered: Annotated[bool, arg(help="take rows that the official loaders leave out")] = False,
    every_situation: Annotated[bool, arg(help="sqa3d: each question once per wording of its situation")] = False,
    name: str = "",
    out: Path | None = None,
) -> None:
    """Import referrals, captions, questions or relations in the official file formats or their usual conversions.

    Rows are joined to the scenes of the store by scan id and object ids; what does not fit is left out and told. Each
    split becomes a file of its own, DATA/utterances/NAME_SPLIT.parquet. For sqa3d give the question and the annotation
    files together, for sceneverse the folders or files of its annotation tree.

    Example: sceneglot import-text scanqa ScanQA_v1.0_train.json ScanQA_v1.0_val.json --data DATA

    Args:
        kind: whose annotations they are.
        files: the annotation files.
        data: the store with the scenes.
        scans: sqa3d: ScanNet scans, or a JSON file of their alignments, to bring positions into the scenes' frame.
        name: in the names of the files written, instead of KIND.
        out: also write the report there, as JSON.
    """
    from sceneglot.atomic import write_json
    from sceneglot.scenes.annotations.importing import import_text as run_import
    from sceneglot.scenes.store import Store
    from sceneglot.view.terminal import output

    console = output()
    with console.status(f"reading {kind}"):
        report = run_import(
            Store.open(data), kind, files, scans=scans, unfiltered=unfiltered,
            every_situation=every_situation, name=name,
        )  # fmt: skip
    say = lambda text: console.print(text, highlight=False, markup=False, soft_wrap=True)  # noqa: E731
    for check in report.counts:
        say(str(check))
    for title, findings in (("left out", report.dropped), ("note", report.noted)):
        for finding in findings:
            say(f"{title}: {finding.count:,} times a row {finding.what} ({'; '.join(finding.examples)})")
    for file, count in report.written.items():
        say(f"{data / 'utterances' / file}.parquet: {count:,} utterances")
    if out is not None:
        write_json(out, report.to_dict())
        say(f"report: {out}")
