"""An OpenAI-compatible chat endpoint, spoken to with the standard library and trusted with nothing.

Every exchange ends within its deadline whatever the other side does: a watchdog shuts the socket, since time limits of
sockets count from byte to byte and a slow drip would outlast them. Bodies are bounded, redirects are not followed (they
would carry the key elsewhere), and the key is never part of an error, a cache or a report.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from sceneglot.errors import SceneglotError
from sceneglot.language.refine.speaker import Answer, Prompt, SpeakerError

MAX_BODY = 1 << 20
"""Bytes of an answer that are read; a sentence needs a few hundred."""

_RETRIED = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 529))
_USELESS = {401: "wants another key", 403: "forbids it", 404: "knows no such address or model"}


class Endpoint:
    """A chat endpoint.

    Args:
        url: its base ("http://localhost:8000/v1") or the full address of chat/completions.
        model: the name to ask for.
        key: sent as a bearer token; "" for none.
        timeout: seconds for a whole exchange, from connecting to the last byte.

    Raises:
        SceneglotError: no http or https address, or user and password in it.
    """

    concurrent = True

    def __init__(self, url: str, model: str, *, key: str = "", timeout: float = 60.0) -> None:
        self._model, self._key, self._timeout = model, key, timeout
        self._place = _checked(url)
        path = self._place.path.rstrip("/")
        self._path = path if path.endswith("/chat/completions") else path + "/chat/completions"
        if self._place.query:
            self._path += "?" + self._place.query
        if key and (not key.isascii() or not key.isprintable()):
            raise SceneglotError("the key of the endpoint has characters that cannot be sent; check the variable")

    @property
    def model(self) -> str:
        """The model asked for."""
        return self._model

    def say(self, prompt: Prompt) -> Answer:
        """One exchange; see `Speaker.say`."""
        status, wait, body = self._exchange(_request(self._model, prompt))
        if status in _USELESS:
            raise SpeakerError(f"endpoint {_USELESS[status]} (HTTP {status})", fatal=True)
        if status in _RETRIED:
            raise SpeakerError(f"HTTP {status}", retry=True, wait=wait)
        if status != 200:
            raise SpeakerError(f"HTTP {status}")
        return _answer(body)

    def _exchange(self, body: bytes) -> tuple[int, float, bytes]:
        """Status, seconds to wait, body."""
        https = self._place.scheme == "https"
        make = HTTPSConnection if https else HTTPConnection
        assert self._place.hostname is not None
        connection = make(self._place.hostname, self._place.port, timeout=self._timeout)
        late = threading.Event()
        watchdog: threading.Timer | None = None
        start = time.monotonic()
        try:
            connection.connect()
            rest = max(0.0, self._timeout - (time.monotonic() - start))
            # The socket itself: http.client forgets it as soon as it has read "Connection: close".
            watchdog = threading.Timer(rest, _shut, (connection.sock, late))
            watchdog.daemon = True
            watchdog.start()
            connection.request("POST", self._path, body, self._headers())
            response = connection.getresponse()
            content = bytearray()
            while len(content) <= MAX_BODY and (part := response.read1(65536)):
                content += part
            if late.is_set():
                raise SpeakerError("timed out", retry=True)
            if len(content) > MAX_BODY:
                raise SpeakerError("answer too large")
            if response.length:  # bytes promised and not sent
                raise SpeakerError("answer cut off", retry=True)
            return response.status, _wait(response.getheader("Retry-After")), bytes(content)
        except SpeakerError:
            raise
        except (OSError, HTTPException, ValueError) as error:
            raise SpeakerError("timed out" if late.is_set() else _cause(error), retry=True) from None
        finally:
            if watchdog is not None:
                watchdog.cancel()
            connection.close()

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "sceneglot"}
        return headers | ({"Authorization": f"Bearer {self._key}"} if self._key else {})


def _checked(url: str) -> SplitResult:
    try:
        place = urlsplit(url)
        valid = place.scheme in ("http", "https") and bool(place.hostname) and place.port != 0
    except ValueError:
        raise SceneglotError(
            "the endpoint's URL cannot be understood; expected e.g. http://localhost:8000/v1"
        ) from None
    if not valid or any(c.isspace() or not c.isprintable() for c in url):
        raise SceneglotError(
            f"endpoint {url[:80]!r}: expected an http or https address such as http://localhost:8000/v1"
        )
    if place.username or place.password:
        raise SceneglotError("the endpoint's URL holds a password; give the key in SCENEGLOT_API_KEY instead")
    return place


def _request(model: str, prompt: Prompt) -> bytes:
    messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]
    content = {
        "model": model,
        "messages": messages,
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "seed": prompt.seed,
    }
    return json.dumps(content).encode()


def _answer(body: bytes) -> Answer:
    """The text of the first choice; nothing in the body is taken for granted."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise SpeakerError("answer is not JSON", retry=True) from None
    choices = content.get("choices") if isinstance(content, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    text = message.get("content") if isinstance(message, dict) else None
    if not isinstance(choice, dict) or not isinstance(text, str):
        raise SpeakerError("answer has no choices[0].message.content", retry=True)
    if choice.get("finish_reason") == "length":
        raise SpeakerError("answer ran into max_tokens")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SpeakerError("answer is not valid Unicode") from None
    usage = content.get("usage")
    tokens = usage if isinstance(usage, dict) else {}
    return Answer(text, _count(tokens.get("prompt_tokens")), _count(tokens.get("completion_tokens")))


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else 0


def _wait(value: str | None) -> float:
    """Seconds of a Retry-After header: a number or a date."""
    if not value:
        return 0.0
    try:
        return max(0.0, float(value)) if value.strip().isdecimal() else _until(value)
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def _shut(sock: socket.socket, late: threading.Event) -> None:
    """The watchdog's bite; works on a socket that another thread is reading from."""
    late.set()
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _cause(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ssl.SSLError):
        return "no secure connection"
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, ConnectionError):
        return "connection broken"
    return "answer cut off" if isinstance(error, HTTPException) else "connection failed"
