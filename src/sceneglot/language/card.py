"""The data card beside a file of sentences: what they are, how many, how varied, with examples to read."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from sceneglot.atomic import write_text
from sceneglot.language.corpora import human_texts
from sceneglot.language.describe import Wanted
from sceneglot.language.diversity import Diversity, diversity, sample, table
from sceneglot.language.mentions import mentions_table, relation_mentions
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
HOW_READ = "Read from the words of the same texts, alike for all sets; a text may mention several relations, or none."


@dataclass(frozen=True)
class Card:
    """What a card tells, and where it is.

    Attributes:
        kinds, question_types, relations: how many utterances of each.
        measures: diversity of each set of sentences; mentions: share of each that mentions a family of relations.
    """

    path: Path
    total: int
    kinds: dict[str, int]
    question_types: dict[str, int]
    relations: dict[str, int]
    measures: dict[str, Diversity]
    mentions: dict[str, dict[str, float]]


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
    lines += ["", "## Relations mentioned, per cent of the texts", "", HOW_READ, "", mentions_table(card.mentions)]
    lines += ["", "## Examples", ""]
    for kind, texts in examples.items():
        lines += [f"- {kind}: {text}" for text in texts]
    write_text(card.path, "\n".join(lines) + "\n")
    return card


def look_over(store: Store, name: str, *, compare: Path | None = None) -> tuple[Card, dict[str, list[str]]]:
    """Count and measure `utterances/<name>.parquet`: the card, and example texts by kind."""
    path = store.path / "utterances" / f"{name}.parquet"
    count = _tally(path, ("kind", "question_type", "relation"))
    kinds = {kind: count["kind"][kind] for kind in KINDS if kind in count["kind"]}
    texts = _draw_texts(path, kinds)
    sets = texts | (other_texts(compare) if compare is not None else {})
    card = Card(
        path.with_suffix(".md"),
        sum(kinds.values()),
        kinds,
        count["question_type"],
        count["relation"],
        {name: diversity(some) for name, some in sets.items()},
        {name: relation_mentions(some) for name, some in sets.items()},
    )
    return card, {kind: some[:EXAMPLES] for kind, some in texts.items()}


def other_texts(folder: Path) -> dict[str, list[str]]:
    """`MEASURED` texts of each file of other data sets below a folder, see `corpora.human_texts`."""
    return {f"other: {stem}": sample(some, MEASURED) for stem, some in human_texts(folder).items()}


def _tally(path: Path, fields: Sequence[str]) -> dict[str, dict[str, int]]:
    """Value -> how often, of each field, most frequent first; empty values are left out. One row group at a time."""
    counts: dict[str, Counter[str]] = {field: Counter() for field in fields}
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            part = file.read_row_group(group, columns=list(fields))
            for field in fields:
                counted = part[field].value_counts().to_pylist()
                counts[field].update({item["values"]: item["counts"] for item in counted})
    return {field: {word: n for word, n in counter.most_common() if word} for field, counter in counts.items()}


def some_texts(store: Store, name: str) -> dict[str, list[str]]:
    """`MEASURED` random texts of each kind in `utterances/<name>.parquet`, the same on every call."""
    path = store.path / "utterances" / f"{name}.parquet"
    count = _tally(path, ("kind",))["kind"]
    return _draw_texts(path, {kind: count[kind] for kind in KINDS if kind in count})


def _draw_texts(path: Path, kinds: Mapping[str, int]) -> dict[str, list[str]]:
    """`MEASURED` random texts of each kind, row group by row group, so that memory stays flat."""
    chosen = {
        kind: sorted(random.Random(kind).sample(range(n), min(MEASURED, n)), reverse=True) for kind, n in kinds.items()
    }
    result: dict[str, list[str]] = {kind: [] for kind in kinds}
    passed = dict.fromkeys(kinds, 0)
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            part = file.read_row_group(group, columns=["kind", "text"])
            for kind, left in chosen.items():
                rows = pc.indices_nonzero(pc.equal(part["kind"], kind))  # pyright: ignore[reportAttributeAccessIssue]
                while left and left[-1] < passed[kind] + len(rows):
                    result[kind].append(part["text"][rows[left.pop() - passed[kind]].as_py()].as_py())
                passed[kind] += len(rows)
    for kind, some in result.items():
        random.Random(kind).shuffle(some)
    return result


def _counts(title: str, counts: dict[str, int]) -> list[str]:
    total = max(sum(counts.values()), 1)
    return [f"| {title} | number | share |", "|---|---:|---:|"] + [
        f"| {name} | {n:,} | {n / total:.1%} |" for name, n in counts.items()
    ]
