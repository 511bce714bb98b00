"""The little of WordNet that scores need: which synsets a word is in, and base forms of words.

Reads the plain database files of Princeton WordNet 3.0 (`index.noun`, `noun.exc`, ...): Debian and Ubuntu have them as
`wordnet-base` in /usr/share/wordnet. Nothing of WordNet is shipped here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from sceneglot.errors import BadFileError

VARIABLE = "SCENEGLOT_WORDNET"
DEBIAN_FOLDER = Path("/usr/share/wordnet")
_PARTS = ("noun", "verb", "adj", "adv")

_NOUN_ENDINGS = (
    *(
        ("s", ""),
        ("ses", "s"),
        ("xes", "x"),
        ("zes", "z"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("men", "man"),
        ("ies", "y"),
    ),
)
_OTHER_ENDINGS = (
    *(("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")),
    *(("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
)


@dataclass(frozen=True)
class WordNet:
    """Synsets and exceptional forms of one WordNet database.

    Attributes:
        synsets: word (lower case, underscores between words) -> offsets of its synsets in any part of speech. Offsets
            of different parts of speech are not kept apart: METEOR's own table does not either.
        nouns: the words that can be nouns.
        exceptions: irregular form -> base forms, all parts of speech.
        noun_exceptions: irregular noun form -> base forms.
        folder: where the files were read from.
    """

    synsets: Mapping[str, frozenset[int]] = field(repr=False)
    nouns: frozenset[str] = field(repr=False)
    exceptions: Mapping[str, tuple[str, ...]] = field(repr=False)
    noun_exceptions: Mapping[str, tuple[str, ...]] = field(repr=False)
    folder: Path

    def senses(self, word: str) -> frozenset[int]:
        """Synsets of the word itself and of its base form, as METEOR's synonym stage looks them up."""
        found = self.synsets.get(word, frozenset())
        bases = self.exceptions.get(word)
        if bases is None:
            bases = (self._first_base(word),)
        return found.union(*(self.synsets.get(base, frozenset()) for base in bases))

    def lemma(self, word: str) -> str:
        """The shortest noun that `word` is a form of ("chairs" -> "chair"), or the word itself."""
        forms = self.noun_exceptions.get(word) or _strip(word, _NOUN_ENDINGS)
        known = [form for form in (word, *forms) if form in self.nouns]
        return min(known, key=len) if known else word

    def _first_base(self, word: str) -> str:
        """The first base form, in WordNet's order of endings, that the dictionary holds; "" without one."""
        if word.endswith("ss") or len(word) <= 2:
            return word
        return next((base for base in _strip(word, _NOUN_ENDINGS + _OTHER_ENDINGS) if base in self.synsets), "")


def find_wordnet(folder: str | Path | None = None) -> WordNet | None:
    """WordNet from `folder`, else from the folder in SCENEGLOT_WORDNET, else from Debian's place, else None.

    Raises:
        BadFileError: if a folder was named (by argument or variable) that holds no WordNet.
    """
    named = folder or os.environ.get(VARIABLE)
    if named:
        return read_wordnet(Path(named))
    return read_wordnet(DEBIAN_FOLDER) if (DEBIAN_FOLDER / "index.noun").is_file() else None


@lru_cache(maxsize=2)
def read_wordnet(folder: Path) -> WordNet:
    """Read the `index.*` and `*.exc` files of one folder (about half a second; the result is kept)."""
    synsets: dict[str, set[int]] = {}
    words: dict[str, set[str]] = {}
    exceptions: dict[str, dict[str, tuple[str, ...]]] = {}
    for part in _PARTS:
        words[part] = _read_index(folder / f"index.{part}", synsets)
        exceptions[part] = _read_exceptions(folder / f"{part}.exc")
    merged: dict[str, tuple[str, ...]] = {}
    for table in exceptions.values():
        for form, bases in table.items():
            merged[form] = merged.get(form, ()) + bases
    return WordNet(
        synsets={word: frozenset(offsets) for word, offsets in synsets.items()},
        nouns=frozenset(words["noun"]),
        exceptions=merged,
        noun_exceptions=exceptions["noun"],
        folder=folder,
    )


def _read_index(path: Path, synsets: dict[str, set[int]]) -> set[str]:
    """Lines "lemma pos count p_cnt pointers... sense_cnt tag_cnt offsets..."; the licence is indented (wndb(5WN))."""
    words = set()
    for number, line in _lines(path):
        if line.startswith("  "):
            continue
        fields = line.split()
        try:
            count = int(fields[2])
            offsets = [int(offset) for offset in fields[-count:]]
        except (IndexError, ValueError):
            raise BadFileError(
                path, f"line {number} is not a WordNet index line", "give the folder dict/ of WordNet 3.0"
            ) from None
        synsets.setdefault(fields[0], set()).update(offsets)
        words.add(fields[0])
    return words


def _read_exceptions(path: Path) -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for _, line in _lines(path):
        form, *bases = line.split()
        table[form] = table.get(form, ()) + tuple(bases)
    return table


def _lines(path: Path) -> Iterable[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        fix = "install wordnet-base, or point SCENEGLOT_WORDNET at the dict folder of WordNet 3.0"
        raise BadFileError(path, "no such WordNet file", fix) from None
    return ((number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _strip(word: str, endings: Iterable[tuple[str, str]]) -> list[str]:
    return [word[: -len(old)] + new for old, new in endings if word.endswith(old)]
