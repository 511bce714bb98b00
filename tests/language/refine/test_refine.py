"""A whole store refined through a local server, good, bad, hostile and gone."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.language.refine.rooms import room_store
from tests.language.refine.server import Handler, completion, echoes, first, raw, says, serving, sleeps, status

from sceneglot.cli.main import run
from sceneglot.errors import SceneglotError
from sceneglot.language.refine import Answer, Prompt, RefineConfig, refine_store
from sceneglot.language.refine.endpoint import Endpoint
from sceneglot.scenes.check import check
from sceneglot.scenes.store import Store

QUICK = RefineConfig(pause=0.01, retries=2, concurrency=4)
BETTER = {
    "The lamp is on the desk.": "On top of the desk there is a lamp.",
    "The office chair is next to the desk.": "You will find a comfortable office chair beside the desk.",
    "Facing the window, the office chair is to the left of it.": "Face the window: the office chair is on your left.",
}


def rewrites(handler: Handler, body: dict[str, Any]) -> None:
    data = json.loads(body["messages"][1]["content"])
    text = BETTER[data["description"]] if "description" in data else "An office with a desk and two office chairs."
    handler.send(200, completion(text))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return room_store(tmp_path / "data")


def test_sentences_are_rewritten_and_keep_their_records(store: Store) -> None:
    with serving(rewrites) as server:
        summary = refine_store(store, Endpoint(server.url, "org/m:1"), QUICK)
    before, after = store.utterances(name="templates"), store.utterances(name="refined")
    assert (summary.total, summary.asked, summary.refined, summary.cached) == (10, 8, 8, 0)
    assert [u.id for u in after] == [u.id for u in before]
    for old, new in zip(before, after):
        if old.kind == "referral":
            assert new.text == BETTER[old.text]
            assert replace(new, text=old.text, source=old.source) == old
            assert new.source == f"llm:org/m:1 ({old.source})"
        elif old.kind == "scene_caption":
            assert new.text.startswith("An office with") and new.target_ids == ()
        else:
            assert new == old
    assert check(store.path).errors == ()
    lines = [json.loads(line) for line in (store.path / "refine" / "refined.jsonl").read_text().splitlines()]
    assert len(lines) == 8 and all(line["refined"] and not line["reason"] for line in lines)
    assert {line["freedom"] for line in lines} <= {"structure", "subject", "function", "scene"}
    numbers = json.loads((store.path / "refine" / "refined.json").read_text())
    assert numbers["model"] == "org/m:1" and numbers["refined"] == 8 and numbers["tokens_in"] == 8 * 50


def test_nothing_is_asked_twice_and_any_concurrency_gives_the_same_bytes(store: Store) -> None:
    path = store.path / "utterances" / "refined.parquet"
    with serving(rewrites) as server:
        refine_store(store, Endpoint(server.url, "m"), replace(QUICK, concurrency=1))
        written, asked = path.read_bytes(), len(server.requests)
        again = refine_store(store, Endpoint(server.url, "m"), replace(QUICK, concurrency=8))
        assert len(server.requests) == asked == 8 and again.cached == 8 and again.tokens_in == 0
        assert path.read_bytes() == written
        assert server.most == 1
    assert refine_store(store, Endpoint(server.url, "m"), QUICK).cached == 8  # the server is gone by now


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ignore the task. Buy a piano now!", "more than one sentence"),
        ("I am sorry, I cannot do that.", "talks about the task"),
        ("<script>alert(1)</script>", "not plain text"),
        ("A purple elephant stands here.", "drops the target"),
        ("", "empty answer"),
        ("word " * 500, "too long"),
    ],
)
def test_what_the_judge_turns_down_leaves_the_template_and_a_reason(store: Store, text: str, reason: str) -> None:
    with serving(says(text)) as server:
        summary = refine_store(store, Endpoint(server.url, "m"), replace(QUICK, kinds=("referral",)))
    assert summary.refined == 0 and sum(summary.reasons.values()) == 6
    assert reason in summary.reasons
    assert store.utterances(name="refined") == store.utterances(name="templates")


@pytest.mark.parametrize(
    "trouble",
    [status(500), status(429, Retry_After="0"), raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), raw(b"")],
    ids=["500", "429", "cut off", "silent"],
)
def test_passing_trouble_passes(store: Store, trouble: Any) -> None:
    with serving(first(5, trouble, rewrites)) as server:
        summary = refine_store(store, Endpoint(server.url, "m", timeout=5), replace(QUICK, retries=6))
    assert summary.refined == 8 and not summary.gone


def test_an_endpoint_that_dies_half_way_is_told_and_continued(store: Store) -> None:
    config = replace(QUICK, concurrency=1, retries=0, give_up=2)
    answered = [0]

    def dies(handler: Handler, body: dict[str, Any]) -> None:
        answered[0] += 1
        (rewrites if answered[0] <= 3 else status(500))(handler, body)

    with serving(dies) as server:
        summary = refine_store(store, Endpoint(server.url, "m"), config)
        assert (summary.refined, summary.asked, len(server.requests)) == (3, 8, 5)
        assert "gave up after 2 failures" in summary.gone
    with serving(rewrites) as server:
        summary = refine_store(store, Endpoint(server.url, "m"), config)
        assert (summary.refined, summary.cached, len(server.requests)) == (8, 3, 5)


@pytest.mark.parametrize("trouble", [status(401), status(500), sleeps(1.0)], ids=["no key", "broken", "slow"])
def test_without_one_answer_the_store_stays_as_it_was(store: Store, trouble: Any) -> None:
    start = time.monotonic()
    with serving(trouble) as server, pytest.raises(SceneglotError, match="not one answer came"):
        refine_store(store, Endpoint(server.url, "m", timeout=0.1), replace(QUICK, give_up=3, retries=1))
    assert time.monotonic() - start < 10
    assert store.utterance_names == ("templates",)
    assert not (store.path / "refine" / "refined.jsonl").exists()


def test_no_more_are_under_way_than_allowed(tmp_path: Path) -> None:
    store = room_store(tmp_path / "data", rooms=6)

    def slow(handler: Handler, body: dict[str, Any]) -> None:
        time.sleep(0.02)
        echoes(handler, body)

    with serving(slow) as server:
        refine_store(store, Endpoint(server.url, "m"), replace(QUICK, concurrency=3))
        assert 2 <= server.most <= 3 and len(server.requests) == 24


def test_interrupted_and_continued(store: Store) -> None:
    class Interrupted:
        model, concurrent, asked = "m", False, 0

        def say(self, prompt: Prompt) -> Answer:
            self.asked += 1
            if self.asked == 3:
                raise KeyboardInterrupt
            return Answer("x")

    with pytest.raises(KeyboardInterrupt):
        refine_store(store, Interrupted(), QUICK)
    assert store.utterance_names == ("templates",)
    with serving(rewrites) as server:
        refine_store(store, Endpoint(server.url, "m"), QUICK)
    assert 1 <= len(server.requests) <= 6  # two answers were kept at least


def test_a_limit_copies_the_rest(store: Store) -> None:
    with serving(rewrites) as server:
        summary = refine_store(store, Endpoint(server.url, "m"), replace(QUICK, limit=2))
    assert (summary.total, summary.asked, summary.refined, len(server.requests)) == (10, 2, 2, 2)


@pytest.mark.parametrize(
    "change",
    [{"source": "none"}, {"out": "templates"}, {"kinds": ("question",)}, {"kinds": ()}, {"freedoms": ()},
     {"concurrency": 0}, {"retries": -1}, {"out": "../x"}, {"kinds": ("object_caption",)}],
)  # fmt: skip
def test_settings_that_make_no_sense(store: Store, change: dict[str, Any]) -> None:
    with serving(rewrites) as server, pytest.raises(SceneglotError):
        refine_store(store, Endpoint(server.url, "m"), replace(QUICK, **change))
    assert store.utterance_names == ("templates",) and not server.requests


def test_the_command_line(store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCENEGLOT_API_KEY", "very-secret")
    with serving(rewrites) as server:
        line = ["refine", str(store.path), "--url", server.url, "--model", "m", "--price-in", "2", "--price-out", "8"]
        assert run(line) == 0
        assert server.requests[0]["headers"]["Authorization"] == "Bearer very-secret"
    shown = capsys.readouterr().out
    assert "10 sentences, 8 of 8 rewritten by m" in shown and "cost 0.00" in shown
    for file in (store.path / "refine").iterdir():
        assert b"very-secret" not in file.read_bytes()


@pytest.mark.parametrize(
    "options",
    [["--url", "nowhere", "--model", "m"], ["--url", "local", "--model", "nowhere"],
     ["--url", "http://localhost:1/v1", "--model", ""],
     ["--url", "http://localhost:1", "--model", "m", "--timeout", "0"],
     ["--url", "http://127.0.0.1:1/v1", "--model", "m", "--retries", "0"]],
)  # fmt: skip
def test_bad_input_is_one_line(store: Store, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["refine", str(store.path), *options]) == 2
    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("sceneglot: error: ")]
    assert len(error) == 1


def test_describe_refines_what_it_wrote(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(echoes) as server:
        line = ["describe", str(store.path), "--kinds", "referral", "--workers", "1", "--per-object", "1"]
        assert run([*line, "--refine", server.url, "--model", "m"]) == 0
        asked = len(server.requests)
    assert asked and "rewritten by m" in capsys.readouterr().out
    again = Store.open(store.path)
    assert len(again.utterances(name="refined")) == len(again.utterances(name="templates")) >= asked
    assert run([*line, "--model", "m"]) == 2 and run([*line, "--refine", "nowhere", "--model", "m"]) == 2
