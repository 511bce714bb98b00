"""The data card beside a file of sentences: what they are, how many, how varied, with examples to read."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sceneglot.atomic import write_text
from sceneglot.language.corpora import human_texts
from sceneglot.language.describe import Wanted
from sceneglot.language.diversity import Diversity, diversity, sample, table
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import KINDS

MEASURED = 1000
"""Texts of each set that are measured: as many as the smallest of the human samples that people share."""

EXAMPLES = 4
"""Sentences of each kind shown in the card."""


HOW_MADE = (
    "Written from templates by `sceneglot describe`; all hold in the scene graph, and every referral was found to fit "
    "exactly its targets by a checker that shares no geometry with the graph. Left, right, front and behind are those "
    "of a viewer in the middle of the room who faces the thing named."
)
HOW_MEASURED = (
    f"Measured on at most {MEASURED:,} texts of each set, drawn at random; all but the mean length depend on the size "
    "of the sample."
)


@dataclass(frozen=True)
class Card:
    """What a card tells, and where it is."""

    path: Path
    total: int
    kinds: dict[str, int]
    question_types: dict[str, int]
    relations: dict[str, int]
    measures: dict[str, Diversity]


def write_card(store: Store, name: str, wanted: Wanted | None = None, *, compare: Path | None = None) -> Card:
    """Measure `utterances/<name>.parquet` and write `utterances/<name>.md` beside it.

    Args:
        wanted: how the sentences were made; None for those of people.
        compare: folder of human sentences to measure alike, see `corpora.human_texts`.
    """
    card, examples = look_over(store, name, compare=compare)
    about = f"{card.total:,} texts about {len(store.scene_ids):,} scenes of a store from {store.origin}"
    lines = [f"# {name}", "", f"{about}; licence of the scenes: {store.licence}.", ""]
    if wanted is not None:
        numbers = ", ".join(f"{k} {v}" for k, v in vars(wanted).items() if k != "kinds")
        lines += [HOW_MADE, f"Settings: {numbers}.", ""]
    lines += ["## Counts", "", *_counts("kind", card.kinds)]
    if card.question_types:
        lines += ["", *_counts("type of question", card.question_types)]
    lines += ["", "## Relations", "", *_counts("relation", card.relations)]
    lines += ["", "## Diversity", "", HOW_MEASURED, "", table(card.measures)]
    lines += ["", "## Examples", ""]
    for kind, texts in examples.items():
        lines += [f"- {kind}: {text}" for text in texts]
    write_text(card.path, "\n".join(lines) + "\n")
    return card


def look_over(store: Store, name: str, *, compare: Path | None = None) -> tuple[Card, dict[str, list[str]]]:
    """Count and measure `utterances/<name>.parquet`: the card, and example texts by kind."""
    path = store.path / "utterances" / f"{name}.parquet"
    columns = pq.read_table(path, columns=["kind", "question_type", "relation"], partitioning=None)  # pyright: ignore
    count = {field: _tally(columns[field]) for field in columns.column_names}
    kinds = {kind: count["kind"][kind] for kind in KINDS if kind in count["kind"]}
    texts = {kind: _some_texts(path, kind, total) for kind, total in kinds.items()}
    measures = {kind: diversity(some) for kind, some in texts.items()}
    measures |= measure_human(compare) if compare is not None else {}
    card = Card(path.with_suffix(".md"), columns.num_rows, kinds, count["question_type"], count["relation"], measures)
    return card, {kind: some[:EXAMPLES] for kind, some in texts.items()}


def measure_human(folder: Path) -> dict[str, Diversity]:
    """Diversity of the human sentences below a folder, see `corpora.human_texts`."""
    return {f"human: {stem}": diversity(sample(some, MEASURED)) for stem, some in human_texts(folder).items()}


def _tally(column: pa.ChunkedArray) -> dict[str, int]:
    """Value -> how often, most frequent first; empty values are left out."""
    counted = {item["values"]: item["counts"] for item in column.value_counts().to_pylist()}
    return {word: n for word, n in Counter(counted).most_common() if word}


def _some_texts(path: Path, kind: str, total: int) -> list[str]:
    """`MEASURED` random texts of a kind, row group by row group, so that memory stays flat."""
    chosen = sorted(random.Random(kind).sample(range(total), min(MEASURED, total)))
    result: list[str] = []
    start = at = 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            part = file.read_row_group(group, columns=["kind", "text"])
            texts = [text for its, text in zip(part["kind"].to_pylist(), part["text"].to_pylist()) if its == kind]
            while at < len(chosen) and chosen[at] < start + len(texts):
                result.append(texts[chosen[at] - start])
                at += 1
            start += len(texts)
    random.Random(kind).shuffle(result)
    return result


def _counts(title: str, counts: dict[str, int]) -> list[str]:
    total = max(sum(counts.values()), 1)
    return [f"| {title} | number | share |", "|---|---:|---:|"] + [
        f"| {name} | {n:,} | {n / total:.1%} |" for name, n in counts.items()
    ]
