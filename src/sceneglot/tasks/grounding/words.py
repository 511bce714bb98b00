"""A table of frozen vectors for words, word pairs and labels: what a map grounder reads instead of raw text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from sceneglot.atomic import atomic_path
from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.language.lexicon import normalize
from sceneglot.nets.gps.phrases import Words

Encode = Callable[[Sequence[str]], np.ndarray]
"""Texts -> (T, D) float32 unit vectors."""

_TOKEN = re.compile(r"[a-z]+|[0-9]+")
GLUE = frozenset(
    (
        *("a", "an", "the", "this", "that", "it", "its", "one", "ones", "which", "you", "your", "i", "we", "there"),
        *("of", "to", "in", "on", "at", "by", "from", "with", "for", "as", "near", "next", "closest", "nearest"),
        *("is", "are", "be", "s", "has", "have", "do", "does", "and", "or", "if", "when", "not", "no", "most", "very"),
    )
)
"""Words that make no compound with the next one: pairs with them are not looked up."""


def tokenize(text: str) -> list[str]:
    """Lower-case words and numbers, in order.

    >>> tokenize("The TV's left-hand chair, #2")
    ['the', 'tv', 's', 'left', 'hand', 'chair', '2']
    """
    return _TOKEN.findall(text.lower())


def units(text: str, max_words: int) -> list[tuple[str, str]]:
    """(word, compound) of each word: the compound is the word with the one before it, where both carry meaning."""
    words = tokenize(text)[:max_words]
    before = ["", *words[:-1]]
    return [(w, f"{b} {w}" if b and b not in GLUE and w not in GLUE else w) for b, w in zip(before, words)]


class PhraseBook:
    """Vectors of all texts met so far; unknown ones are encoded when `add`ed or looked up.

    Args:
        encode: the frozen sentence encoder; called for texts that are not known yet.
        width: D of its vectors.
        max_words: longer sentences are cut.
    """

    def __init__(self, encode: Encode, width: int, max_words: int = 48) -> None:
        self.width, self.max_words, self._encode = width, max_words, encode
        self._row: dict[str, int] = {}
        self._table = np.zeros((0, width), np.float16)

    def __len__(self) -> int:
        return len(self._row)

    def add(self, texts: Iterable[str]) -> None:
        """Encode those that are not known."""
        new = [text for text in dict.fromkeys(texts) if text not in self._row]
        if new:
            start = len(self._row)
            self._table = np.concatenate([self._table, self._encode(new).astype(np.float16)])
            self._row |= {text: start + index for index, text in enumerate(new)}

    def add_sentences(self, sentences: Iterable[str]) -> None:
        """Encode the words and compounds of sentences."""
        self.add(part for text in dict.fromkeys(sentences) for unit in units(text, self.max_words) for part in unit)

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """(T, D) float32."""
        self.add(texts)
        return self._table[[self._row[text] for text in texts]].astype(np.float32)

    def labels(self, labels: Sequence[str]) -> np.ndarray:
        """(K, D) float32 vectors of object labels."""
        return self.vectors([normalize(label) for label in labels]).reshape(-1, self.width)

    def look_up(self, sentences: Sequence[str]) -> Words:
        """Sentences as padded vectors.

        Raises:
            SceneglotError: a sentence without a single word.
        """
        split = [units(text, self.max_words) for text in sentences]
        for text, parts in zip(sentences, split):
            if not parts:
                raise SceneglotError(f"the sentence {text!r} has no words")
        self.add(part for parts in split for unit in parts for part in unit)
        length = max(len(parts) for parts in split)
        rows = np.full((2, len(split), length), -1, np.int64)
        for index, parts in enumerate(split):
            for kind in (0, 1):
                rows[kind, index, : len(parts)] = [self._row[unit[kind]] for unit in parts]
        used, place = np.unique(rows, return_inverse=True)
        table = self._table[used].astype(np.float32)
        if used[0] < 0:
            table[0] = 0.0
        else:  # no padding: row 0 stays what says so
            table, place = np.concatenate([np.zeros((1, self.width), np.float32), table]), place + 1
        word, pair = torch.from_numpy(place.reshape(rows.shape))
        return Words(torch.from_numpy(table), word, pair, torch.from_numpy(rows[0] >= 0))

    def save(self, path: Path, fingerprint: str) -> None:
        """Write the table, atomically.

        Args:
            fingerprint: of the encoder's weights; `load` ignores tables of other weights.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            header = {"texts": json.dumps(list(self._row)), "fingerprint": fingerprint}
            save_file({"table": self._table}, str(temporary), metadata=header)

    def load(self, path: Path, fingerprint: str) -> None:
        """Take over a table written by `save` with the same encoder; nothing happens where there is none.

        Raises:
            BadFileError: the file is damaged.
        """
        if not path.is_file():
            return
        try:
            with safe_open(str(path), framework="np") as file:
                header = file.metadata() or {}
                if header.get("fingerprint") != fingerprint:
                    return
                texts, table = json.loads(header["texts"]), file.get_tensor("table")
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise BadFileError(path, f"not a readable phrase table ({error})", "delete it; it is made again") from error
        if table.shape != (len(texts), self.width):
            raise BadFileError(path, f"has a table of shape {table.shape} for {len(texts)} texts", "delete it")
        self._row = {text: row for row, text in enumerate(texts)}
        self._table = table
