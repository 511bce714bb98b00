"""refine_store: template sentences in, rewritten ones out where the judge agrees, the template text where not.

Sentences are asked about concurrently and handed on in their order, so the same answers give the same file whatever the
concurrency; memory stays flat. Every answer is kept on disk at once: an interrupted run continues where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from sceneglot.atomic import atomic_path, write_json
from sceneglot.errors import SceneglotError
from sceneglot.language.refine.asker import Asker, Reply
from sceneglot.language.refine.cache import AnswerCache
from sceneglot.language.refine.judge import judge_referral, tidy
from sceneglot.language.refine.prompts import FREEDOMS, Freedom, referral_prompt, scene_prompt
from sceneglot.language.refine.reader import Reader
from sceneglot.language.refine.scene_facts import judge_caption, scene_facts
from sceneglot.language.refine.speaker import Prompt, Speaker
from sceneglot.scenes.objects import Objects
from sceneglot.scenes.scene import check_scene_id
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance

KINDS = ("referral", "object_caption", "scene_caption")
"""What can be refined: the answers of questions depend on their very words."""


@dataclass(frozen=True)
class RefineConfig:
    """How to refine.

    Attributes:
        source, out: utterance files read and written.
        kinds: which of `KINDS` are rewritten; all other sentences are copied.
        freedoms: of referrals and object captions; one is drawn for each sentence.
        temperature: of the sampling. seed: of all draws.
        concurrency: questions under way at once. per_minute: questions per minute at most, 0 for no limit.
        retries: attempts after the first. pause: seconds before the first retry, doubling.
        give_up: failures in a row after which the model counts as gone.
        limit: sentences to ask about, 0 for all; the others keep their text.
        price_in, price_out: currency per million tokens, for the bill.
    """

    source: str = "templates"
    out: str = "refined"
    kinds: tuple[str, ...] = ("referral", "scene_caption")
    freedoms: tuple[Freedom, ...] = FREEDOMS
    temperature: float = 0.7
    seed: int = 0
    concurrency: int = 8
    per_minute: float = 0.0
    retries: int = 4
    pause: float = 1.0
    give_up: int = 20
    limit: int = 0
    price_in: float = 0.0
    price_out: float = 0.0


@dataclass
class RefineSummary:
    """What a run did; filled while it goes on.

    Attributes:
        total: sentences written. asked: sentences put to the model or its cache. answered: those that got an answer.
        cached: answers that were there before. refined: answers that passed the judge.
        reasons: why the others kept their template text. gone: why nobody was asked any more, "" if all were.
        tokens_in, tokens_out: of new answers, where the model tells. seconds: since the start.
    """

    total: int = 0
    asked: int = 0
    answered: int = 0
    cached: int = 0
    refined: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    gone: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    def cost(self, config: RefineConfig) -> float:
        """Price of the new answers."""
        return (self.tokens_in * config.price_in + self.tokens_out * config.price_out) / 1e6


@dataclass(frozen=True)
class _Job:
    """A sentence, what to ask about it and how to judge the answer; no prompt for a sentence that is copied."""

    utterance: Utterance
    prompt: Prompt | None = None
    freedom: str = ""
    judge: Callable[[str], str] = lambda answer: ""


def refine_store(
    store: Store,
    speaker: Speaker,
    config: RefineConfig = RefineConfig(),
    *,
    on_step: Callable[[RefineSummary], None] = lambda summary: None,
) -> RefineSummary:
    """Rewrite the sentences of one utterance file into another.

    Writes `utterances/<out>.parquet` (same ids, order and records; source "llm:<model> (<template>)" where rewritten),
    `refine/<out>.jsonl` (a line per sentence asked about: outcome, reason, both texts), `refine/<out>.json` (summary)
    and `refine/<model>.sqlite` (answers).

    Args:
        on_step: called after each sentence, for progress bars.

    Raises:
        SceneglotError: nothing to refine, unusable settings, or not one answer; the store is as before then.
    """
    _check(store, config)
    folder = store.path / "refine"
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", speaker.model).strip(".") or "model"
    summary, start = RefineSummary(), time.monotonic()
    with AnswerCache(folder / f"{name[:80]}.sqlite") as cache, atomic_path(folder / f"{config.out}.jsonl") as report:
        asker = Asker(
            speaker, cache, per_minute=config.per_minute, retries=config.retries, base=config.pause,
            give_up=config.give_up,
        )  # fmt: skip
        with open(report, "w", encoding="utf-8") as lines:
            results = _results(store, asker, config)
            written = _settled(results, asker, config, summary, lines, start, on_step)
            store.write_utterances(config.out, written)
    summary.seconds = time.monotonic() - start
    numbers = asdict(summary) | {"reasons": dict(summary.reasons.most_common()), "cost": summary.cost(config)}
    write_json(folder / f"{config.out}.json", {"model": speaker.model, "config": config, **numbers})
    return summary


def _check(store: Store, config: RefineConfig) -> None:
    check_scene_id(config.out)
    if config.source not in store.utterance_names:
        has = ", ".join(store.utterance_names) or "none"
        raise SceneglotError(
            f"{store.path}: has no sentences {config.source!r} (it has: {has}); run sceneglot describe"
        )
    if config.out == config.source:
        raise SceneglotError(f"refine: {config.out!r} would overwrite what it is made from; choose another name")
    unknown = [kind for kind in config.kinds if kind not in KINDS]
    if unknown or not config.kinds:
        raise SceneglotError(f"refine: kinds must be some of {', '.join(KINDS)}, found {unknown or 'none'}")
    if not config.freedoms or not set(config.freedoms) <= set(FREEDOMS):
        raise SceneglotError(f"refine: freedoms must be some of {', '.join(FREEDOMS)}")
    if not 1 <= config.concurrency <= 256 or min(config.retries, config.limit, config.per_minute, config.pause) < 0:
        raise SceneglotError("refine: concurrency must be 1 to 256, retries, limit, rate and pause not negative")


def _results(store: Store, asker: Asker, config: RefineConfig) -> Iterator[tuple[_Job, Reply | None]]:
    """Jobs with their replies, in order; a bounded number under way."""
    workers = config.concurrency if asker.speaker.concurrent else 1
    waiting: deque[tuple[_Job, Future[Reply] | None]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="refine")
    asked = 0
    try:
        for job in _jobs(store, config):
            ask = job.prompt is not None and not (config.limit and asked >= config.limit)
            asked += ask
            waiting.append((job, pool.submit(asker.ask, job.prompt) if ask and job.prompt else None))
            if len(waiting) >= 4 * workers:
                done, reply = waiting.popleft()
                yield done, reply.result() if reply else None
        while waiting:
            done, reply = waiting.popleft()
            yield done, reply.result() if reply else None
    finally:
        asker.stop()
        pool.shutdown(wait=True, cancel_futures=True)


def _jobs(store: Store, config: RefineConfig) -> Iterator[_Job]:
    """One job per sentence; the sentences of a scene stand together, as describe writes them."""
    reader = Reader(_labels(store))
    for scene_id, group in groupby(store.iter_utterances(config.source), key=lambda u: u.scene_id):
        sentences = list(group)
        objects = store.objects(scene_id) if store.has(scene_id) else Objects.empty()
        room = store.entry(scene_id).room_type if store.has(scene_id) else ""
        for utterance in sentences:
            yield _job(utterance, sentences, objects, room, reader, config)


def _job(
    utterance: Utterance, sentences: list[Utterance], objects: Objects, room: str, reader: Reader, config: RefineConfig
) -> _Job:
    if utterance.kind not in config.kinds:
        return _Job(utterance)
    digest = hashlib.sha256(f"{config.seed}/{utterance.scene_id}/{utterance.id}".encode()).digest()
    seed = int.from_bytes(digest[:4], "big") % 2**31
    if utterance.kind == "scene_caption":
        facts = scene_facts(utterance, sentences, objects, room, random.Random(seed))
        prompt = scene_prompt(facts, temperature=config.temperature, seed=seed)
        return _Job(utterance, prompt, "scene", lambda answer: judge_caption(facts, answer, reader))
    row = objects.row_of.get(utterance.target_ids[0]) if utterance.target_ids else None
    if row is None:
        return _Job(utterance)
    label = objects.label[row]
    freedom = config.freedoms[seed % len(config.freedoms)]
    prompt = referral_prompt(utterance, label, freedom, temperature=config.temperature, seed=seed)
    judge = lambda answer: judge_referral(utterance.text, answer, reader, label, objects.label)  # noqa: E731
    return _Job(utterance, prompt, freedom, judge)


def _settled(
    results: Iterator[tuple[_Job, Reply | None]],
    asker: Asker,
    config: RefineConfig,
    summary: RefineSummary,
    lines: TextIO,
    start: float,
    on_step: Callable[[RefineSummary], None],
) -> Iterator[Utterance]:
    """Utterances as they are to be written, counting and reporting on the way."""
    for job, reply in results:
        summary.total += 1
        summary.gone = asker.gone
        summary.seconds = time.monotonic() - start
        yield _settle(job, reply, asker.speaker.model, summary, lines)
        on_step(summary)
    if not summary.asked:
        raise SceneglotError(f"refine: {config.source} holds no sentences of the kinds {', '.join(config.kinds)}")
    if not summary.answered:
        (reason, _), *_ = summary.reasons.most_common(1)
        raise SceneglotError(
            f"{asker.speaker.model}: not one answer came ({asker.gone or reason}); nothing was changed"
        )


def _settle(job: _Job, reply: Reply | None, model: str, summary: RefineSummary, lines: TextIO) -> Utterance:
    """The utterance after judging, and a line of the report."""
    utterance = job.utterance
    if reply is None:
        return utterance
    summary.asked += 1
    reason, text = reply.failure, ""
    if reply.answer is not None:
        summary.answered += 1
        summary.cached += reply.cached
        if not reply.cached:
            summary.tokens_in += reply.answer.tokens_in
            summary.tokens_out += reply.answer.tokens_out
        text = tidy(reply.answer.text)
        reason = job.judge(text)
    line = {
        "id": utterance.id, "scene_id": utterance.scene_id, "freedom": job.freedom, "refined": not reason,
        "reason": reason, "template": utterance.text, "answer": text[:2000],
    }  # fmt: skip
    lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    if reason:
        summary.reasons[reason.partition(":")[0]] += 1
        return utterance
    summary.refined += 1
    refined = replace(utterance, text=text, source=f"llm:{model} ({utterance.source})")
    # A caption from facts speaks of other things than the template's did.
    return replace(refined, target_ids=(), anchor_ids=(), relation="") if job.freedom == "scene" else refined


def _labels(store: Store) -> set[str]:
    """All labels of the store: the things that can be named."""
    table = Path(store.path / "objects.parquet")
    if table.is_file():
        try:
            return set(pq.read_table(table, columns=["label"]).column("label").unique().to_pylist())
        except (pa.ArrowException, OSError):
            pass  # a damaged table is told by sceneglot check; the scenes themselves are the truth
    return {label for scene_id in store.scene_ids for label in store.objects(scene_id).label}
