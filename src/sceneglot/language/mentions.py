"""Which relations sentences speak of, read from the words alone: the same reading for templates and for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sceneglot.language.refine.reader import Reader
from sceneglot.language.refine.word_lists import word_lists


def relation_mentions(texts: Sequence[str]) -> dict[str, float]:
    """Family of relations -> share of the texts that mention it, most frequent first.

    Texts are read with the phrases of `refine/words.txt`, which knows no template ids; a text may mention several.
    """
    reader = Reader()
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({claim.family for claim in reader.read(text).claims})
    return {family: count / len(texts) for family, count in counts.most_common()}


def mentions_table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Shares in per cent as a Markdown table: one row per set of sentences, one column per family that any mentions."""
    families = [name for name in dict.fromkeys(word_lists().cues.values()) if any(name in row for row in rows.values())]
    lines = [f"| sentences of | {' | '.join(families)} |", "|---|" + "---:|" * len(families)]
    for name, row in rows.items():
        cells = (f"{100 * row[family]:.0f}" if family in row else "-" for family in families)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
