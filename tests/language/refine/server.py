"""A local chat endpoint that misbehaves on demand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler", dict[str, Any]], None]


class Handler(BaseHTTPRequestHandler):
    """Hands every POST to the server's behaviour."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
            self.server.under_way += 1
            self.server.most = max(self.server.most, self.server.under_way)
        self.waiting = True
        try:
            self.server.behave(self, body)
        except OSError:
            pass  # the client left, as it should
        finally:
            self.answered()

    def answered(self) -> None:
        """The request is over: said before the answer goes out, as the client may ask again at once."""
        with self.server.lock:
            self.server.under_way -= self.waiting
            self.waiting = False

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.answered()
        self.wfile.write(body)
        self.close_connection = True

    def raw(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()
        self.close_connection = True


class Server(ThreadingHTTPServer):
    """Counts what it is asked."""

    daemon_threads = True

    def __init__(self, behave: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behave = behave
        self.requests: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        self.under_way = self.most = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def serving(behave: Behaviour) -> Iterator[Server]:
    server = Server(behave)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def completion(text: object, **extra: object) -> bytes:
    """The body of a good answer."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}} | extra
    return json.dumps({"choices": [choice], "usage": {"prompt_tokens": 50, "completion_tokens": 9}}).encode()


def says(text: str) -> Behaviour:
    return lambda handler, body: handler.send(200, completion(text))


def echoes(handler: Handler, body: dict[str, Any]) -> None:
    """The description, as one sentence."""
    data = json.loads(body["messages"][1]["content"])
    handler.send(200, completion(data.get("description") or data["known"]))


def first(count: int, bad: Behaviour, good: Behaviour = echoes) -> Behaviour:
    """Misbehaves `count` times, then behaves."""
    lock, left = threading.Lock(), [count]

    def behave(handler: Handler, body: dict[str, Any]) -> None:
        with lock:
            left[0] -= 1
            chosen = bad if left[0] >= 0 else good
        chosen(handler, body)

    return behave


def drips(data: bytes, pause: float = 0.05) -> Behaviour:
    """A byte at a time: every single wait is short, the whole never ends in time."""

    def behave(handler: Handler, body: dict[str, Any]) -> None:
        for byte in data:
            handler.raw(bytes((byte,)))
            time.sleep(pause)

    return behave


def raw(data: bytes) -> Behaviour:
    return lambda handler, body: handler.raw(data)


def status(code: int, **headers: str) -> Behaviour:
    return lambda handler, body: handler.send(code, b"{}", **headers)


def sleeps(seconds: float) -> Behaviour:
    return lambda handler, body: time.sleep(seconds)
