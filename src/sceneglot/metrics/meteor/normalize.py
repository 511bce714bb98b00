"""The sentence normaliser that METEOR runs with `-norm`, and its list of function words.

METEOR tokenises again what it is given: it splits hyphenated words and contractions, detaches final full stops unless
the word is a known abbreviation, and writes all quotes and dashes in one way. Lower-casing comes last.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_FREQUENT = (
    "the , . to of and a in that for \" is on 's it with was as said at he by be from have has are his but an this not "
    "i will ’ they ) -rrb- ( -lrb- who their had we which were been more or s its would about new one after you : also "
    "up when there than $ all out her people she year two - can if last first “ over other ” into some what so -- no "
    "time years could ? 't — '"
)
FUNCTION_WORDS = frozenset(_FREQUENT.split())
"""Words and marks METEOR 1.5 weighs less in English (delta): the most frequent tokens of its tuning text. The list is a
parameter of the metric, like alpha; "two" and "new" are in it, "three" and "next" are not."""

_LETTERS = "A-Za-zŠŽšžŸÀ-ÖØ-öø-žЀ-ӿ"
_ALNUM = "0-9" + _LETTERS
_DOTS = "\ue000"  # stands for one dot of a run of dots while single dots are looked at

_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (rf"([^{_ALNUM}\s.'`,\-‘’])", r" \1 "),
        (r"\.{2,}", lambda match: f" {_DOTS * len(match[0])} "),
        # commas stay inside numbers only
        (r"([^0-9]),([^0-9])", r"\1 , \2"),
        (r"([0-9]),([^0-9])", r"\1 , \2"),
        (r"([^0-9]),([0-9])", r"\1 , \2"),
        (r"[`‘’]", "'"),
        (r"''", ' " '),
        (r"–|--", "-"),
        # words joined by a dash get partial credit
        (rf"([{_ALNUM}.])-([{_ALNUM}])", r"\1 \2"),
        # contractions
        (rf"([^{_LETTERS}])'([^{_LETTERS}])", r"\1 ' \2"),
        (rf"([^{_LETTERS}0-9])'([{_LETTERS}])", r"\1 ' \2"),
        (rf"([{_LETTERS}])'([^{_LETTERS}])", r"\1 ' \2"),
        (rf"([{_LETTERS}])'([{_LETTERS}])", r"\1 '\2"),
        (r"([0-9])'(s)", r"\1 '\2"),
    )
)

_TITLES = (
    "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z Adj Adm Adv Asst Bart Bldg Brig Bros Capt Cmdr Col Comdr Con "
    "Corp Cpl DR Dr Drs Ens Gen Gov Hon Hr Hosp Insp Lt MM MR MRS MS Maj Messrs Mlle Mme Mr Mrs Ms Msgr Op Ord Pfc Ph "
    "Prof Pvt Rep Reps Res Rev Rt Sen Sens Sfc Sgt Sr St Supt Surg v vs i.e rev e.g Nos Nr"
)
_KEEP_DOT = frozenset(_TITLES.split())
_KEEP_DOT_BEFORE_NUMBER = frozenset(("No", "Art", "pp"))
_PLAIN = re.compile("[A-Za-z0-9 ]*")
_LETTER = re.compile(f"[{_LETTERS}]")


def normalize(sentence: str) -> list[str]:
    """Lower-case METEOR tokens of a sentence."""
    if _PLAIN.fullmatch(sentence):
        return sentence.lower().split()
    line = f" {sentence} "
    for pattern, replacement in _RULES:
        line = pattern.sub(replacement, line)
    words = line.split()
    tokens: list[str] = []
    for i, word in enumerate(words):
        tokens += _final_dot(word, words[i + 1] if i + 1 < len(words) else "")
    return [token.replace(_DOTS, ".").lower() for token in tokens]


def _final_dot(word: str, following: str) -> list[str]:
    if len(word) == 1 or not word.endswith("."):
        return [word]
    stem = word[:-1]
    if "." in stem and _LETTER.search(stem):
        return [word.replace(".", "")]  # u.s. -> us
    if stem in _KEEP_DOT or re.match("[a-z]", following):
        return [word]
    if stem in _KEEP_DOT_BEFORE_NUMBER and re.match("[0-9]", following):
        return [word]
    return [stem, "."]
