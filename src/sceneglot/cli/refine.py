"""`sceneglot refine`: a language model rewrites the sentences of a store; only proven ones are kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import Positional, arg

if TYPE_CHECKING:
    from sceneglot.language.refine import RefineConfig, Speaker
    from sceneglot.scenes.store import Store

KEY_VARIABLES = ("SCENEGLOT_API_KEY", "OPENAI_API_KEY")
"""Environment variables that may hold the key of the endpoint, the first one set counts."""


def refine(
    data: Positional[Path],
    /,
    *,
    url: Annotated[str, arg(help="OpenAI-compatible endpoint, or 'local' for a model folder")],
    model: Annotated[str, arg(help="name to ask for, or the model folder with --url local")],
    source: str = "templates",
    out: str = "refined",
    kinds: tuple[str, ...] = ("referral", "scene_caption"),
    freedoms: tuple[Literal["structure", "subject", "function"], ...] = ("structure", "subject", "function"),
    temperature: float = 0.7,
    seed: int = 0,
    concurrency: int = 8,
    per_minute: float = 0.0,
    timeout: float = 60.0,
    retries: int = 4,
    limit: int = 0,
    price_in: float = 0.0,
    price_out: float = 0.0,
) -> None:
    """Let a language model rewrite sentences. An answer that is not proven to say the same leaves the template text.

    Answers are kept on disk: an interrupted run continues with the same command, and nothing is paid for twice. The key
    of the endpoint is read from SCENEGLOT_API_KEY or OPENAI_API_KEY and kept nowhere.

    Example: sceneglot refine DATA --url http://localhost:8000/v1 --model llama-3.1-8b-instruct --concurrency 16

    Args:
        data: the store.
        source: utterance file to rewrite.
        out: utterance file to write; also DATA/refine/OUT.jsonl with the reason for each sentence.
        kinds: some of referral, object_caption, scene_caption.
        freedoms: what may change: the sentence structure, with the target as subject, or also words on its use.
        temperature: of the sampling.
        seed: of all random choices.
        concurrency: questions under way at once.
        per_minute: questions per minute at most, 0 for no limit.
        timeout: seconds for one answer.
        retries: attempts after the first.
        limit: ask about so many sentences only, 0 for all.
        price_in: price of a million tokens asked, for the bill.
        price_out: price of a million tokens answered.
    """
    from sceneglot.language.refine import RefineConfig
    from sceneglot.scenes.store import Store

    store = Store.open(data)
    config = RefineConfig(
        source=source, out=out, kinds=kinds, freedoms=freedoms, temperature=temperature, seed=seed,
        concurrency=concurrency, per_minute=per_minute, retries=retries, limit=limit, price_in=price_in,
        price_out=price_out,
    )  # fmt: skip
    run_refine(store, speaker_at(url, model, timeout), config)


def speaker_at(url: str, model: str, timeout: float = 60.0) -> Speaker:
    """Whoever answers at a URL; "local" is a model folder in this process."""
    import os

    from sceneglot.errors import SceneglotError
    from sceneglot.language.refine.endpoint import Endpoint
    from sceneglot.language.refine.local import LocalModel

    if not model:
        raise SceneglotError("refine: name the model with --model")
    if url == "local":
        return LocalModel(model)
    if timeout <= 0:
        raise SceneglotError(f"--timeout must be positive, found {timeout}")
    key = next((value for name in KEY_VARIABLES if (value := os.environ.get(name, "").strip())), "")
    return Endpoint(url, model, key=key, timeout=timeout)


def speaker_for(url: str, model: str) -> Speaker | None:
    """The speaker that `describe --refine URL --model NAME` asks for, None without; a bad one is told before work."""
    from sceneglot.errors import SceneglotError

    if model and not url:
        raise SceneglotError("--model is for --refine URL, which is missing")
    return speaker_at(url, model) if url else None


def refine_described(store: Store, speaker: Speaker, source: str) -> None:
    """Refine what `describe` wrote to `utterances/<source>.parquet`, into "refined" or "<source>-refined"."""
    from sceneglot.language.refine import RefineConfig

    out = "refined" if source == "templates" else f"{source}-refined"
    run_refine(store, speaker, RefineConfig(source=source, out=out))


def run_refine(store: Store, speaker: Speaker, config: RefineConfig) -> None:
    """Refine with a progress bar, and say what came of it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from sceneglot.language.refine import RefineSummary, refine_store
    from sceneglot.scenes.tables import count_rows

    path = store.path / "utterances" / f"{config.source}.parquet"
    total = count_rows(path) if path.is_file() else 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("refining", total=total)

        def advance(summary: RefineSummary) -> None:
            rate = summary.asked / max(summary.seconds, 1e-9)
            bill = f", {summary.cost(config):.2f} spent" if config.price_in or config.price_out else ""
            said = f"refining ({rate:.0f}/s, {summary.refined:,} of {summary.asked:,} kept{bill})"
            bar.update(task, completed=summary.total, description=said)

        summary = refine_store(store, speaker, config, on_step=advance)
    print(
        f"{store.path / 'utterances' / config.out}.parquet: {summary.total:,} sentences, {summary.refined:,} of "
        f"{summary.asked:,} rewritten by {speaker.model} ({summary.cached:,} answers from the cache), "
        f"{summary.seconds:.1f} s, {summary.tokens_in:,} + {summary.tokens_out:,} tokens"
        + (f", cost {summary.cost(config):.2f}" if config.price_in or config.price_out else "")
    )
    for reason, count in summary.reasons.most_common(12):
        print(f"  kept the template: {count:7,}  {reason}")
    if summary.gone:
        print(f"  stopped asking: {summary.gone}; run the same command again to continue")
    print(f"  reasons: {store.path / 'refine' / config.out}.jsonl")
