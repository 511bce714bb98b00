"""Answers on disk, by the hash of everything that decided them: what was asked once is never asked, or paid, again."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from sceneglot.errors import BadFileError
from sceneglot.language.refine.speaker import Answer

_TABLE = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, text TEXT, tokens_in INTEGER, tokens_out INTEGER)"


class AnswerCache:
    """An SQLite file: whole after a crash, flat in memory, readable by any tool. Safe for threads.

    Raw answers are kept, not verdicts, so that a better judge can look at them again without asking anybody.

    Raises:
        BadFileError: the file is no such cache, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute(_TABLE)
            self._connection.execute("SELECT key, text, tokens_in, tokens_out FROM answers LIMIT 1")
        except (sqlite3.Error, OSError) as error:
            raise BadFileError(
                path, f"cannot be used as a cache of answers ({error})", "remove it and start again"
            ) from error

    def __enter__(self) -> AnswerCache:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._connection.close()

    def get(self, key: str) -> Answer | None:
        """The answer kept under a key."""
        with self._lock, self._guard():
            row = self._connection.execute(
                "SELECT text, tokens_in, tokens_out FROM answers WHERE key = ?", (key,)
            ).fetchone()
        return Answer(str(row[0]), int(row[1] or 0), int(row[2] or 0)) if row else None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer, at once."""
        with self._lock, self._guard(), self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
                (key, answer.text, answer.tokens_in, answer.tokens_out),
            )

    def __len__(self) -> int:
        with self._lock, self._guard():
            return int(self._connection.execute("SELECT COUNT(*) FROM answers").fetchone()[0])

    def _guard(self) -> _Guard:
        return _Guard(self.path)


class _Guard:
    """Turns SQLite's errors into the one users meet."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise BadFileError(
                self._path, f"failed as a cache of answers ({error})", "free disk space or remove it"
            ) from error
