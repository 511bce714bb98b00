"""Reading a sentence for the judge: which things it mentions, which relations it claims of what, which attributes.

Plain matching of words and phrases, longest first, with lists that anybody can read (`words.txt`). It shares no code
with the generator of sentences; only the knowledge which names mean the same kind of thing comes from the lexicon.
"""

from __future__ import annotations

from collections.abc import Iterable

from sceneglot.language.colors import COLOR_WORDS
from sceneglot.language.lexicon import normalize
from sceneglot.language.refine.nouns import add_noun, common_nouns, tokens_of
from sceneglot.language.refine.reading import Reading
from sceneglot.language.refine.statements import STOPS, Piece, sentence_of
from sceneglot.language.refine.word_lists import word_lists

_ENDS = frozenset(".!?")


class Reader:
    """Reads texts with a vocabulary of things.

    Args:
        labels: labels of the scenes, added to the lexicon's and NYU40's nouns.
    """

    def __init__(self, labels: Iterable[str] = ()) -> None:
        self.lists = word_lists()
        self._things = dict(common_nouns())
        for label in labels:
            add_noun(self._things, normalize(label))
        self._longest = max(map(len, (*self._things, *self.lists.cues, *self.lists.ignored)))

    def read(self, text: str) -> Reading:
        """The sentences of a text."""
        tokens = tokens_of(text)
        sentences, start = [], 0
        for at, token in enumerate([*tokens, "."]):
            if token in _ENDS:
                if at > start:
                    sentences.append(sentence_of(self._pieces(tokens[start:at]), self.lists))
                start = at + 1
        words = [token for token in tokens if token not in STOPS]
        return Reading(tuple(sentences), frozenset(words), len(words))

    def _pieces(self, tokens: list[str]) -> list[Piece]:
        """The tokens cut into phrases: cues, things, attributes, ignored phrases and single words."""
        pieces: list[Piece] = []
        at = 0
        while at < len(tokens):
            for length in range(min(self._longest, len(tokens) - at), 0, -1):
                phrase = tuple(tokens[at : at + length])
                kind, value = self._kind(phrase, pieces, tokens[at + length : at + length + 1])
                if kind != "word" or length == 1:
                    pieces.append(Piece(kind, value, phrase))
                    at += length
                    break
        return pieces

    def _kind(self, phrase: tuple[str, ...], before: list[Piece], after: list[str]) -> tuple[str, str]:
        lists = self.lists
        if phrase in lists.ignored:
            return "ignored", ""
        if phrase == ("light",) and after and after[0] in COLOR_WORDS:
            return "attribute", "light"
        thing = self._things.get(phrase)
        if thing is not None and self._is_meant(phrase, before, after):
            return "thing", thing
        if phrase in lists.cues:
            return "cue", lists.cues[phrase]
        if phrase in lists.attributes:
            return "attribute", lists.attributes[phrase]
        return "word", phrase[0]

    def _is_meant(self, phrase: tuple[str, ...], before: list[Piece], after: list[str]) -> bool:
        """Whether a common word is meant as a thing: "the stand", not "you stand"; a material is not its noun."""
        word = phrase[-1]
        if len(phrase) > 1:
            return True
        if phrase in self.lists.cues:
            return False
        if phrase in self.lists.attributes and after and (tuple(after) in self._things or after[0] not in STOPS):
            return False
        if word not in self.lists.ambiguous:
            return True
        last = before[-1] if before else None
        return last is not None and (last.kind == "attribute" or last.phrase[-1] in self.lists.articles)
