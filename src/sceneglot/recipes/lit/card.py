"""The card of the shipped image tower: what it was trained on, what it scored, where it fails. Written from results."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sceneglot.atomic import write_json, write_text
from sceneglot.teachers.base import hash_files

TASKS = {
    "object": "name of an object crop, among all categories",
    "object18": "the same among the 17 named ScanNet classes",
    "color": "colour word of an object crop, the thing being given",
    "room": "room type from one inside view",
    "top": "room type from above",
}


ORIGIN = """licence Apache-2.0.
Trained by `sceneglot.recipes.rooms_teacher` against the frozen all-MiniLM-L6-v2 on generated rooms only: no photograph
of the real world, no scan of a real room."""

LIMITS = """## What it is not

It has seen a few dozen kinds of furniture made from simple solids. It knows no people, animals, food, brands or
writing, reads nothing, and does not know left from right (pictures are mirrored in training). On real scans use a CLIP
or SigLIP checkpoint (`--teacher clip:ID`) where one can be had; this tower exists so that the whole chain runs, and can
be tested, offline."""


@dataclass(frozen=True)
class CardFacts:
    """What the card tells.

    Attributes:
        exams: parsed `exam.json` of every seed trained, the shipped one first.
        seeds: their training seeds.
        training: lines on data, cost and memory, as "name": "value".
        outside: parsed results of `benchmarks/teacher_zero_shot.py` on real scans ({} if not measured).
    """

    exams: Sequence[Mapping[str, Any]]
    seeds: Sequence[int]
    training: Mapping[str, str]
    outside: Mapping[str, Any]


def ship(weights: Path, folder: Path, facts: CardFacts) -> None:
    """Copy the weights to `folder` and write `card.json` and `CARD.md` beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "rooms_vit.safetensors"
    shutil.copyfile(weights, target)
    fingerprint = hash_files([target])
    content = {
        "fingerprint": fingerprint,
        "bytes": target.stat().st_size,
        "seeds": list(facts.seeds),
        "training": dict(facts.training),
        "exam": dict(facts.exams[0]),
        "other_exams": [dict(e) for e in facts.exams[1:]],
        "outside": dict(facts.outside),
    }
    write_json(folder / "card.json", content, sort_keys=True)
    write_text(folder / "CARD.md", card_text(fingerprint, target.stat().st_size, facts))


def card_text(fingerprint: str, size: int, facts: CardFacts) -> str:
    """The card as markdown."""
    shipped = facts.exams[0]
    seeds = ", ".join(map(str, facts.seeds))
    return (
        "\n\n".join(
            part
            for part in (
                "# Image tower of the embedded teacher",
                f"`rooms_vit.safetensors`, {size / 1e6:.1f} MB float16, fingerprint `{fingerprint}`, {ORIGIN}",
                "## Training\n\n" + "\n".join(f"- {name}: {value}" for name, value in facts.training.items()),
                f"## Zero-shot scores on generated rooms never seen in training\n\nSeeds: {seeds} (first one shipped). "
                + (
                    "Spread is the standard deviation over seeds. "
                    if len(facts.seeds) > 1
                    else "One seed, so no spread. "
                )
                + "Chance says the most frequent class every time.\n\n"
                + _table(facts.exams),
                _retrieval(shipped["retrieval"]),
                "## Failure cases\n\nMost frequent confusions of object names (said instead): "
                + "; ".join(f"{a} -> {b} ({n})" for a, b, n in shipped["confusions"])
                + ".\n\nLeast recognised names (recall, crops): "
                + _worst(shipped["recall"])
                + ".",
                _outside(facts.outside),
                LIMITS,
            )
            if part
        )
        + "\n"
    )


def _table(exams: Sequence[Mapping[str, Any]]) -> str:
    rows = ["| task | top-1 % | top-5 % | balanced % | chance % | pictures | names |", "|---|---|---|---|---|---|---|"]
    for task, what in TASKS.items():
        if task not in exams[0]["scores"]:
            continue
        scores = [e["scores"][task] for e in exams]
        cells = [_percent([s[key] for s in scores]) for key in ("top1", "top5", "balanced")]
        first = scores[0]
        rows.append(
            f"| {what} | {' | '.join(cells)} | {100 * first['chance']:.1f} | {first['count']} | {first['classes']} |"
        )
    return "\n".join(rows)


def _percent(values: Sequence[float]) -> str:
    mean = f"{100 * float(np.mean(values)):.1f}"
    return mean if len(values) == 1 else f"{mean} ± {100 * float(np.std(values, ddof=1)):.1f}"


def _worst(recall: Mapping[str, Sequence[float]], least: int = 5) -> str:
    common = [(name, r, int(n)) for name, (r, n) in recall.items() if n >= least]
    return "; ".join(f"{name} ({100 * r:.0f} %, {n})" for name, r, n in sorted(common, key=lambda x: x[1])[:12])


def _retrieval(recalls: Mapping[str, float]) -> str:
    if not recalls:
        return ""
    said = ", ".join(f"{name.replace('_', ' ')} {100 * r:.1f}" for name, r in recalls.items() if name != "count")
    return f"Retrieval among {recalls['count']:.0f} views, by a sentence that lists room type and things: {said} %."


def _outside(outside: Mapping[str, Any]) -> str:
    if not outside:
        return ""
    lines = [
        f"- {task}: top-1 {100 * s['top1']:.1f} %, top-5 {100 * s['top5']:.1f} %, "
        f"balanced {100 * s['balanced']:.1f} % ({s['count']} crops, {s['classes']} names; the most frequent class "
        f"every time would score {100 * s['chance']:.1f} %, balanced {100 / s['classes']:.1f} %)"
        + (" **worse than that guess in top-1**" if s["top1"] < s["chance"] else "")
        for task, s in outside["scores"].items()
    ]
    confusions = "; ".join(f"{a} -> {b} ({n})" for a, b, n in outside["confusions"][:8])
    return (
        "## Outside its world\n\nObject crops of real ScanNet scans (11 scans of 5 rooms, renders of 50,000 points), "
        "measured by `benchmarks/teacher_zero_shot.py`; the scans had no part in training or in any choice:\n\n"
        + "\n".join(lines)
        + f"\n- most frequent confusions: {confusions}"
    )
