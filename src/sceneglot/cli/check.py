"""`sceneglot check`: look a data set over before it costs a night of training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

if TYPE_CHECKING:
    from rich.console import Console

    from sceneglot.language.diversity import Diversity
    from sceneglot.scenes.check import CheckReport
    from sceneglot.scenes.store import Store

_MAX_ROWS = 30
_MAX_PROBLEMS = 50
_MAX_RELATIONS = 12
_UNITS = {"metres": "m", "centimetres": "cm?", "millimetres": "mm?", "unclear": "?"}


def check(
    data: Positional[Path],
    /,
    *,
    out: Path | None = None,
    compare: Path | None = None,
    sample: int = 0,
    sentences: str = "templates",
    seed: int = 0,
    page: Path | None = None,
) -> None:
    """Report counts, units, up axis, duplicate and dangling ids of a store or a scan file. Exit code 2 on errors.

    Of sentences it also tells how varied they are: vocabulary, type-token ratio, distinct word pairs, skeletons, mean
    length and the relations they mention, each measured on an equal number of texts. With --sample it prints random
    sentences to read and draws each on a page with its scene from above.

    Example: sceneglot check DATA --out check.json --compare ~/ScanRefer
    Example: sceneglot check DATA --sample 50 --page sentences.html

    Args:
        data: a store, or a point cloud or mesh file.
        out: also write the report as JSON.
        compare: folder of human sentences (ScanRefer, Nr3D, Sr3D, ScanQA, SQA3D files) to measure beside the store's.
        sample: print so many random sentences and write a page with a picture of each.
        sentences: name of the sentence file they are drawn from.
        seed: of the draw.
        page: where the page goes, DATA/samples/SENTENCES_SEED.html without it.
    """
    from dataclasses import asdict

    from rich.progress import Progress

    from sceneglot.atomic import write_json
    from sceneglot.errors import SceneglotError
    from sceneglot.language.diversity import diversity
    from sceneglot.language.mentions import relation_mentions
    from sceneglot.scenes import check as checks
    from sceneglot.scenes.store import Store
    from sceneglot.view.terminal import output

    console = output()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("checking", total=None)
        report = checks.check(data, on_step=lambda done, total: progress.update(task, completed=done, total=total))
    _show(console, report)
    texts = _texts(data, [item.name for item in report.utterances], compare)
    measures = {name: diversity(some) for name, some in texts.items()}
    mentions = {name: relation_mentions(some) for name, some in texts.items()}
    _show_diversity(console, measures)
    _show_mentions(console, mentions)
    if out is not None:
        varied = {name: {**asdict(measures[name]), "relations": mentions[name]} for name in texts}
        write_json(out, {**asdict(report), "ok": report.ok, "diversity": varied})
        console.print(f"report written: {out}", highlight=False)
    if sample > 0:
        _show_samples(Store.open(data), sentences, sample, seed, page)
    if not report.ok:
        more = f" (and {len(report.errors) - 1} more)" if len(report.errors) > 1 else ""
        first = next(iter(report.errors))
        raise SceneglotError(f"{data}: {first.where}: {first.what}{more}")


def _texts(data: Path, names: list[str], compare: Path | None) -> dict[str, list[str]]:
    """Some texts of every kind in every file of sentences, and of the sentences to compare with."""
    from sceneglot.language.card import other_texts, some_texts
    from sceneglot.scenes.store import Store

    found: dict[str, list[str]] = {}
    for name in names:
        found |= {f"{name} {kind}": texts for kind, texts in some_texts(Store.open(data), name).items()}
    return found | (other_texts(compare) if compare is not None else {})


def _show_diversity(console: Console, measures: dict[str, Diversity]) -> None:
    from rich.table import Table

    if not measures:
        return
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("sentences of", no_wrap=True)
    for name in ("texts", "vocabulary", "type-token", "distinct-2", "skeletons", "mean length"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, d in measures.items():
        ratios = f"{d.type_token_ratio:.3f}", f"{d.distinct_2:.3f}"
        table.add_row(
            name, f"{d.sentences:,}", f"{d.vocabulary:,}", *ratios, f"{d.skeletons:,}", f"{d.mean_length:.1f}"
        )
    console.print(table)


def _show_mentions(console: Console, mentions: dict[str, dict[str, float]]) -> None:
    """How many texts of each set, in per cent, mention a relation: the relations most mentioned anywhere."""
    from collections import Counter

    from rich.table import Table

    total = Counter[str]()
    for shares in mentions.values():
        total.update(shares)
    shown = [family for family, _ in total.most_common(_MAX_RELATIONS)]
    if not shown:
        return
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("% that mention", no_wrap=True)
    for family in shown:
        table.add_column(family, justify="right", no_wrap=True)
    for name, shares in mentions.items():
        table.add_row(name, *(f"{100 * shares.get(family, 0):.0f}" for family in shown))
    console.print(table)


def _show_samples(store: Store, name: str, count: int, seed: int, page: Path | None) -> None:
    """Print random sentences and write their page."""
    from sceneglot.view.samples import caption, draw_utterances, write_samples

    chosen = draw_utterances(store, name, count, seed)
    for number, utterance in enumerate(chosen, 1):
        print(f"{number:3d} {caption(utterance)}")
    print(f"pictures: {write_samples(store, chosen, page or store.path / 'samples' / f'{name}_{seed}.html')}")


def _show(console: Console, report: CheckReport) -> None:
    from rich.table import Table

    console.print(f"{report.path}: {report.origin}, licence {report.licence}", highlight=False)
    table = Table(box=None, padding=(0, 1, 0, 0))
    for name in ("scene", "split", "room", "extent", "unit", "up"):
        table.add_column(name, no_wrap=True)
    for name in ("points", "objects", "views"):
        table.add_column(name, justify="right", no_wrap=True)
    for scene in report.scenes[:_MAX_ROWS]:
        extent = " x ".join(f"{high - low:.1f}" for low, high in zip(scene.low, scene.high))
        counts = (scene.num_points, scene.num_objects, scene.num_views)
        unit = _UNITS.get(scene.units, scene.units)
        words = (scene.id, scene.split, scene.room_type, extent, unit, scene.up_axis)
        table.add_row(*words, *(f"{count:,}" for count in counts))
    if len(report.scenes) > _MAX_ROWS:
        table.add_row(f"... {len(report.scenes) - _MAX_ROWS} more")
    console.print(table)
    points, objects = (sum(getattr(s, name) for s in report.scenes) for name in ("num_points", "num_objects"))
    console.print(f"{len(report.scenes):,} scenes, {points:,} points, {objects:,} objects", highlight=False)
    inside = [(s.labelled_points, s.num_points) for s in report.scenes]
    known = [(s.known_labels, s.num_objects) for s in report.scenes]
    membership = f"{_share(inside)} of labelled points are in objects, " if points else ""
    console.print(f"{membership}{_share(known)} of objects have a NYU40 class", highlight=False)
    for item in report.utterances:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in item.kinds.items())
        console.print(
            f"utterances/{item.name}: {item.num_rows:,} about {item.num_scenes:,} scenes ({kinds})", highlight=False
        )
    for teacher in report.teachers:
        console.print(f"features of {teacher}", highlight=False)
    for problem in (report.errors + report.warnings)[:_MAX_PROBLEMS]:
        colour = "red" if problem.level == "error" else "yellow"
        console.print(f"[{colour}]{problem.level}[/] {problem.where}: {problem.what}", highlight=False)
    hidden = len(report.problems) - _MAX_PROBLEMS
    console.print(
        f"... {hidden} more problems"
        if hidden > 0
        else f"{len(report.errors)} errors, {len(report.warnings)} warnings",
        highlight=False,
    )


def _share(parts: list[tuple[float | None, int]]) -> str:
    """Weighted mean of shares as per cent, "-" where there is none."""
    known = [(share, weight) for share, weight in parts if share is not None]
    total = sum(weight for _, weight in known)
    return f"{sum(share * weight for share, weight in known) / total:.0%}" if total else "-"
