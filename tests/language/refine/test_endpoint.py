"""The endpoint against a server that misbehaves in every way: always in time, always the one error, never the key."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from tests.language.refine import server as bad
from tests.language.refine.server import completion, drips, first, raw, says, serving, sleeps, status

from sceneglot.errors import SceneglotError
from sceneglot.language.refine.endpoint import MAX_BODY, Endpoint, _wait
from sceneglot.language.refine.speaker import Prompt, SpeakerError

PROMPT = Prompt("Rewrite.", '{"description": "A lamp."}', 40, 0.5, 9)
TIMEOUT = 0.4


def head(body: bytes, promised: int | None = None) -> bytes:
    length = len(body) if promised is None else promised
    return f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n".encode() + body


def chunked(body: bytes, end: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + f"{len(body):x}\r\n".encode() + body + end


def test_a_good_answer_and_what_was_asked() -> None:
    with serving(says(" The lamp. ")) as server:
        answer = Endpoint(server.url, "m-1", key="secret").say(PROMPT)
    assert (answer.text, answer.tokens_in, answer.tokens_out) == (" The lamp. ", 50, 9)
    (request,) = server.requests
    assert request["path"] == "/v1/chat/completions"
    assert request["headers"]["Authorization"] == "Bearer secret"
    assert request["body"] == {
        "model": "m-1", "max_tokens": 40, "temperature": 0.5, "seed": 9,
        "messages": [{"role": "system", "content": "Rewrite."}, {"role": "user", "content": PROMPT.user}],
    }  # fmt: skip


@pytest.mark.parametrize("suffix", ["", "/", "/chat/completions", "/chat/completions?api-version=1"])
def test_spellings_of_the_address(suffix: str) -> None:
    with serving(says("x")) as server:
        Endpoint(server.url + suffix, "m").say(PROMPT)
    assert server.requests[0]["path"] == "/v1/chat/completions" + ("?api-version=1" if "?" in suffix else "")
    assert "Authorization" not in server.requests[0]["headers"]


FAULTS: list[tuple[str, bad.Behaviour, str, bool]] = [
    ("server error", status(500), "HTTP 500", True),
    ("bad gateway", status(502), "HTTP 502", True),
    ("busy", status(429, Retry_After="7"), "HTTP 429", True),
    ("bad request", status(400), "HTTP 400", False),
    ("redirect", status(307, Location="http://127.0.0.1:9/steal"), "HTTP 307", False),
    ("garbage", raw(head(b"<html>sorry</html>")), "not JSON", True),
    ("half a JSON", raw(head(completion("hello")[:-9])), "not JSON", True),
    ("deep JSON", raw(head(b"[" * 100_000)), "not JSON", True),
    ("empty body", raw(head(b"")), "not JSON", True),
    ("body cut off", raw(head(completion("hello")[:30], promised=500)), "cut off", True),
    ("chunk cut off", raw(chunked(completion("hello"), b"\r\nff\r\nab")), "cut off", True),
    ("no HTTP", raw(b"\x00\x01\x02\r\n\r\n"), "cut off", True),
    ("says nothing", raw(b""), "connection broken", True),
    ("huge body", raw(head(b" " * (MAX_BODY + 100))), "too large", False),
    ("endless body", raw(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (MAX_BODY + 100)), "too large", False),
    ("huge header", raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n"), "cut off", True),
    ("a list", raw(head(b"[]")), "no choices", True),
    ("null", raw(head(b"null")), "no choices", True),
    ("choices of another type", raw(head(b'{"choices": {"0": 1}}')), "no choices", True),
    ("no choice", raw(head(b'{"choices": []}')), "no choices", True),
    ("message of another type", raw(head(b'{"choices": [{"message": "hi"}]}')), "no choices", True),
    ("content is null", raw(head(completion(None))), "no choices", True),
    ("content is a list", raw(head(completion([{"type": "text"}]))), "no choices", True),
    ("half a character", raw(head(b'{"choices": [{"message": {"content": "\\ud800"}}]}')), "not valid Unicode", False),
    ("ran into the limit", raw(head(completion("The lamp", finish_reason="length"))), "max_tokens", False),
    ("never answers", sleeps(3 * TIMEOUT), "timed out", True),
    ("drips the body", drips(head(completion("hello" * 50))), "timed out", True),
    ("drips the header", drips(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 900), "timed out", True),
    ("drips blank chunks", drips(chunked(b" ", b"\r\n1\r\n " * 200)), "timed out", True),
]  # fmt: skip


@pytest.mark.parametrize(("behave", "reason", "retry"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_every_misbehaviour_is_one_error_in_time(behave: bad.Behaviour, reason: str, retry: bool) -> None:
    with serving(behave) as server:
        start = time.monotonic()
        with pytest.raises(SpeakerError) as caught:
            Endpoint(server.url, "m", key="secret", timeout=TIMEOUT).say(PROMPT)
        assert time.monotonic() - start < 5 * TIMEOUT
    assert reason in caught.value.reason and caught.value.retry is retry and not caught.value.fatal
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("code", [401, 403, 404])
def test_what_asking_again_cannot_help_is_fatal(code: int) -> None:
    with serving(status(code)) as server, pytest.raises(SpeakerError) as caught:
        Endpoint(server.url, "m", key="secret").say(PROMPT)
    assert caught.value.fatal and not caught.value.retry and str(code) in caught.value.reason


def test_nobody_there() -> None:
    with serving(says("x")) as server:
        url = server.url
    with pytest.raises(SpeakerError, match="connection refused") as caught:
        Endpoint(url, "m", timeout=TIMEOUT).say(PROMPT)
    assert caught.value.retry


def test_usage_of_other_types_counts_as_nothing() -> None:
    body = json.loads(completion("x")) | {"usage": {"prompt_tokens": "many", "completion_tokens": -4}}
    with serving(raw(head(json.dumps(body).encode()))) as server:
        assert Endpoint(server.url, "m").say(PROMPT).tokens_in == 0


def test_retry_after_in_seconds_or_as_a_date() -> None:
    with serving(first(1, status(429, Retry_After="7"))) as server, pytest.raises(SpeakerError) as caught:
        Endpoint(server.url, "m").say(PROMPT)
    assert caught.value.wait == 7
    soon = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=90), usegmt=True)
    assert 80 < _wait(soon) <= 90
    assert [_wait(text) for text in (None, "", "soon", "-3", "nan", "Wed, 99 Foo")] == [0.0] * 6
    assert _wait(format_datetime(datetime(2001, 1, 1, tzinfo=timezone.utc))) == 0.0


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://host/v1", "file:///etc/passwd", "http://", "http://h:99999/", "http://a b/", "http://u:p@h/v1"]
)  # fmt: skip
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(SceneglotError):
        Endpoint(url, "m")


def test_a_key_that_would_break_the_header_is_refused_without_being_shown() -> None:
    with pytest.raises(SceneglotError) as caught:
        Endpoint("http://localhost/v1", "m", key="se\ncret")
    assert "cret" not in str(caught.value)
