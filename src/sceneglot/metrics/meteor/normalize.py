"""METEOR's own view of a sentence (its option `-norm`), and its list of function words.

METEOR cuts what it is given into words once more. What counts, mark by mark:

* dash: a hyphenated word is its parts, so that "left-hand" earns credit for "hand"; typographic dashes are plain ones;
* apostrophe: a word with a clitic is two ("someone 's"), any other apostrophe stands alone, and all quotes are alike;
* comma: part of a number, else a word;
* full stop: dotted acronyms lose theirs ("u.s." is "us"); else the last one leaves the word, unless the word is a title
  or initial or what follows is in lower case, and runs of them stay together;
* any other mark is a word. Lower-casing comes last, since titles are told by their capital.

The tests hold values of the program. Knowingly different: the titles are a list of our own, so a rarer abbreviation
before a capital keeps its full stop there and not here (lower-cased text never shows it); of adjacent commas every
one is a word here.
"""

from __future__ import annotations

import re
from string import ascii_uppercase

_FREQUENT = (
    "the , . to of and a in that for \" is on 's it with was as said at he by be from have has are his but an this not "
    "i will ’ they ) -rrb- ( -lrb- who their had we which were been more or s its would about new one after you : also "
    "up when there than $ all out her people she year two - can if last first “ over other ” into some what so -- no "
    "time years could ? 't — '"
)
FUNCTION_WORDS = frozenset(_FREQUENT.split())
"""Words and marks METEOR 1.5 weighs less in English (delta): the most frequent tokens of its tuning text. The list is a
parameter of the metric, like alpha; "two" and "new" are in it, "three" and "next" are not. See NOTICE."""

_LETTER = "A-Za-zÀ-ÖØ-öø-žЀ-ӿ"  # Latin and Cyrillic
_WORD = "0-9" + _LETTER
_ONE_QUOTE = str.maketrans("`‘’", "'''")
_ALONE = re.compile(rf"\.{{2,}}|[^{_WORD}\s.',-]|(?<![0-9]),|,(?![0-9])")
_HYPHEN = re.compile(rf"([{_WORD}.])-([{_WORD}])")
_APOSTROPHE = re.compile(
    rf"(?P<stem>[{_LETTER}])'(?P<clitic>[{_LETTER}])(?P<closing>'(?![{_LETTER}]))?|(?P<left>.)'(?=(?P<right>.))"
)
_PLAIN = re.compile("[A-Za-z0-9 ]*")

_TITLES = frozenset(ascii_uppercase) | {
    *("Capt", "Col", "Dr", "Drs", "Gen", "Hon", "Lt", "Mr", "Mrs", "Ms", "Prof", "Rev", "Sgt", "Sr", "St"),
    *("rev", "v", "vs"),
}
_BEFORE_NUMBER = frozenset(("Art", "No", "pp"))


def normalize(sentence: str) -> list[str]:
    """Lower-case METEOR tokens of a sentence."""
    if _PLAIN.fullmatch(sentence):
        return sentence.lower().split()
    text = f" {sentence} ".translate(_ONE_QUOTE).replace("''", '"').replace("–", " - ")
    text = _ALONE.sub(lambda mark: f" {mark[0]} ", text).replace("--", "-")
    words = _APOSTROPHE.sub(_split_clitic, _HYPHEN.sub(r"\1 \2", text)).split()
    tokens = [token for pair in zip(words, [*words[1:], ""]) for token in _split_full_stop(*pair)]
    return [token.lower() for token in tokens]


def _split_clitic(found: re.Match[str]) -> str:
    if found["stem"]:
        return f"{found['stem']} '{found['clitic']}" + (" ' " if found["closing"] else "")
    left, right = found["left"], found["right"]
    if left.isdecimal() and re.match(f"[{_LETTER}]", right):
        return f"{left} '" if right == "s" else f"{left}'"  # the 90's, but 6'x
    return f"{left} ' "


def _split_full_stop(word: str, following: str) -> list[str]:
    body = word[:-1]
    if not word.endswith(".") or not body.strip("."):
        return [word]
    if "." in body and re.search(f"[{_LETTER}]", body):
        return [word.replace(".", "")]
    numbered = body in _BEFORE_NUMBER and re.match("[0-9]", following)
    if numbered or body in _TITLES or re.match("[a-z]", following):
        return [word]
    return [body, "."]
