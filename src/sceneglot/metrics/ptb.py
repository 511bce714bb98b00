"""Tokenisation in the manner of the Penn Treebank, as caption scores have used it since COCO.

COCO's scorer sends every sentence through the Java `PTBTokenizer` of Stanford CoreNLP 3.4.1 (options: preserve lines,
lower-case) and then drops a fixed list of punctuation tokens. This module gives the same tokens without Java.
See NOTICE. Rules are tried together at each position and the longest match wins, as in a lexer generator.

Quirks kept on purpose, because published numbers contain them:

* Brackets survive as `-lrb-`, `-rrb-` ...: the drop list holds their upper-case names, but lower-casing happens first.
* Inch marks and quotes vanish: `12"` is `12`.
* Hyphenated and slashed words stay whole (`left-hand`, `and/or`), contractions split (`do n't`, `it 's`).

Only the sequence of *kept* tokens is reproduced; which kind of quote or how many full stops a dropped token was does
not matter to any score.
"""

from __future__ import annotations

import re
from functools import lru_cache

DROPPED = frozenset(("''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", *".?!,:-;", "--", "..."))
"""Tokens removed after tokenisation, spelled as in COCO's wrapper: upper-case brackets, which therefore never match."""

_BRACKETS = {"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"}
_VULGAR = {"¼": "1/4", "½": "1/2", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"}
_VULGAR_SIGNS = "".join(_VULGAR)

_L = rf"[^\W\d_{_VULGAR_SIGNS}]"  # a letter of any script; Python counts ½ among the word characters
_A = rf"[^\W_{_VULGAR_SIGNS}]"  # a letter or digit
_APOS = r"['’´]"
_CLITIC = rf"{_APOS}(?:s|m|d|re|ve|ll|em)(?!{_A})"
_NOT = rf"n{_APOS}t(?!{_A})"
_NUM = r"(?:\d*(?:[.,]\d+)+|\d+(?:[.:,]\d+)*)"

# Abbreviations that keep their full stop wherever they stand.
_ABBREVIATIONS = (
    # months and days
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri "
    # states of the USA, as people wrote them before postal codes
    "ala ariz ark az calif colo conn ct dak del fla ga ill ind kan kans ky la mass md mich minn miss mo mont neb "
    "nev okla ore pa penn tenn tex va vt wash wis wisc wyo "
    # titles and ranks
    "adj adm asst atty attys brig capt cmdr col comdr cpl dr drs ens gen gov govs hon insp lieut lt maj messrs "
    "mlle mme mr mrs ms msgr pfc pres prof profs pvt rep reps rev sen sens sfc sgt spc supt supts "
    # firms and bodies
    "assn assoc bancorp bhd bros cie co corp cos dept govt inc intl ltd natl plc pty sys tel univ "
    # places
    "ave bldg blvd ft mt rd st ste "
    # in names and texts
    "adv al cf det elec esq est etc exh exhs ext invt jos jr ph rt seq sq sr treas viz vs wm "
)
_BEFORE_NUMBER = "ca fig figs prop no nos nr nrs vol vols sec sect sects art arts para paras p pp op"


def _rules() -> list[re.Pattern[str]]:
    """Token rules. The longest match wins, the earlier rule on a tie.

    A rule with a group returns the group as the token; what follows it is context that counts towards the length, as
    in the lexer's `token/context` rules (that is why "do" + "n't" beats the longer word "don").
    """
    words = "|".join(_ABBREVIATIONS.split())
    numbered = _BEFORE_NUMBER.replace(" ", "|")
    sources = [
        # addresses and tags
        r"(?:(?:https?|ftp)://|www\.)[^\s<>]*[\w/]",
        r"(?:[\w-]+\.)+(?:com|net|org|edu)(?:/[^\s<>]*[\w/])?",
        r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*",
        r"</?[a-z][^<>\s]*>",
        # words that contain an apostrophe of their own
        rf"{_APOS}em(?!{_A})|{_APOS}n{_APOS}|{_APOS}[2-9]0s|{_APOS}till?|c'mon|ol{_APOS}|{_APOS}cause",
        rf"[a-hj-xz]{_APOS}{_L}{{2,}}",
        rf"{_L}+[aeiouy]{_APOS}[aeiou]{_L}*",
        # numbers: fractions, dates, amounts
        r"\d{1,2}[-/]\d{1,2}[-/]\d{2,4}",
        r"(?:\d{1,4}-)?\d{1,4}/\d{1,4}",
        rf"[-+]?{_NUM}",
        # contractions: the word stops before its n't or 's
        rf"({_L}+?){_NOT}",
        rf"({_L}+(?:[.!?]{_L}+)*){_CLITIC}",
        rf"(y{_APOS}){_L}",
        _NOT,
        _CLITIC,
        # words, hyphenated words, words with slashes, acronyms, abbreviations
        rf"{_L}{_A}*(?:[.!?]{_L}{_A}*)*",
        rf"({_L}{_A}*\.)[,;:]",
        rf"(?:[dol]{_APOS}{_A})?(?:{_A}+|[-+]?{_NUM})(?:-(?:[dol]{_APOS}{_A})?(?:{_A}+|{_NUM}))*",
        rf"{_A}[\w.,]*(?:-{_A}+(?:\.\d+)?)+",
        rf"{_A}+(?:[-_]{_A}+)+",
        rf"{_A}+(?:-{_L}+){{0,2}}(?:/{_A}+(?:-{_L}+){{0,2}}){{1,2}}",
        r"[a-z](?:\.[a-z])+\.?",
        r"[a-z]\.(?!(?-i:\s[A-Z]))",
        rf"(?:{words})\.",
        rf"((?:{numbered})\.)\s?\d",
        # runs of marks
        r"\.\.\.+|--+|[?!]+|…|_+|@+|\*+|#+",
    ]
    return [re.compile(source, re.IGNORECASE) for source in sources]


_RULES = _rules()
_PLAIN = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*")
_SPLIT = {
    "cannot": "can not",
    "gonna": "gon na",
    "gotta": "got ta",
    "lemme": "lem me",
    "gimme": "gim me",
    "wanna": "wan na",
}
_TIS = re.compile(rf"{_APOS}(t)(is|was)\b", re.IGNORECASE)
_QUOTES = str.maketrans('"’‘´“”–—…', "''`'`'--.")


@lru_cache(maxsize=65536)
def ptb_tokens(text: str) -> tuple[str, ...]:
    """Lower-case Penn-Treebank-like tokens of one sentence, punctuation dropped.

    >>> ptb_tokens("It's on the left-hand side.")
    ('it', "'s", 'on', 'the', 'left-hand', 'side')
    """
    text = " ".join(text.split())
    lower = text.lower()
    if _PLAIN.fullmatch(lower):
        tokens = [token for word in lower.split() for token in _SPLIT.get(word, word).split()]
    else:
        tokens = _scan(text)
    return tuple(token for token in tokens if token and token not in DROPPED)


def ptb_tokenize(text: str) -> str:
    """`ptb_tokens` joined by single spaces, as COCO's tokeniser hands sentences to its metrics."""
    return " ".join(ptb_tokens(text))


def _scan(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        assimilated = _TIS.match(text, at)
        if assimilated:
            tokens += [f"'{assimilated[1]}", assimilated[2]]
            at = assimilated.end()
            continue
        end, longest = at + 1, 1
        for rule in _RULES:
            match = rule.match(text, at)
            if match and match.end() - at > longest:
                end, longest = match.end(rule.groups and 1), match.end() - at
        tokens += _spell(text[at:end].lower())
        at = end
    return tokens


def _spell(token: str) -> list[str]:
    """The token as the treebank writes it; a few words become two."""
    if token in _SPLIT:
        return _SPLIT[token].split()
    if token in _BRACKETS:
        return [_BRACKETS[token]]
    if token in _VULGAR:
        return [_VULGAR[token]]
    return [token.translate(_QUOTES)]
