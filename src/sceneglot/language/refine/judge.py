"""The judge of rewritten sentences: what it cannot prove to say the same is turned down, with the reason.

A rewritten referral must be one plain sentence that mentions the same things (or synonyms), claims the same relations
of the same things, states the same attributes, and nothing more. That is stricter than truth needs, on purpose: a good
sentence lost costs little, a false one kept spoils the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sceneglot.language.lexicon import normalize
from sceneglot.language.refine.nouns import same_thing
from sceneglot.language.refine.reader import Reader
from sceneglot.language.refine.reading import Claim, Reading
from sceneglot.language.refine.word_lists import word_lists

MAX_WORDS, MAX_CHARACTERS = 60, 400
MIN_WORDS = 3

_PLAIN_TEXT = re.compile(r"[\w\s.,;:!?'’\"“”()&/–—-]+")
_INNER_END = re.compile(r"[.!?]['\"”’)]*\s+\S")
_QUOTES = "\"'“”‘’`"


def tidy(answer: str) -> str:
    """The answer without the quotes around it and with single spaces, ended by a full stop."""
    text = answer.strip()
    while len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1].strip()
    if "\n" not in text:
        text = " ".join(text.split())
    return text if not text or text[-1] in ".!?" else text + "."


def judge_referral(
    template: str, answer: str, reader: Reader, target_label: str, scene_labels: Iterable[str] = ()
) -> str:
    """Why the answer may not stand for the template's text; "" if it may.

    Args:
        template: the sentence(s) it was made from, whose truth is known.
        answer: the rewritten text, after `tidy`.
        reader: knows the nouns.
        target_label: of the object that is meant.
        scene_labels: labels in the scene, to tell an absent thing from one that only the template lacks.
    """
    fault = judge_form(answer, MAX_WORDS, MAX_CHARACTERS)
    if not fault and _INNER_END.search(answer):
        fault = "more than one sentence"
    if fault:
        return fault
    before, after = reader.read(template), reader.read(answer)
    if after.num_words < MIN_WORDS:
        return "too short"
    return (
        _things(before, after, target_label, scene_labels)
        or _strange(before, after)
        or _claims(before, after, normalize(target_label), reader)
        or _attributes(before, after)
        or _negations(before, after)
    )


def judge_form(answer: str, max_words: int, max_characters: int) -> str:
    """Whether a text is plain prose of the right length, without talk about the task; "" if so."""
    if not answer.strip():
        return "empty answer"
    if len(answer) > max_characters or len(answer.split()) > max_words:
        return "too long"
    if "\n" in answer or "\r" in answer:
        return "more than one line"
    if not _PLAIN_TEXT.fullmatch(answer):
        odd = next(c for c in answer if not _PLAIN_TEXT.fullmatch(c))
        return f"not plain text: {odd!r}"
    words = " " + " ".join(re.findall(r"[\w']+", answer.lower().replace("’", "'"))) + " "
    lists = word_lists()
    found = [phrase for phrase in lists.chatter if f" {phrase} " in words]
    found += [phrase for phrase in lists.openings if words.startswith(f" {phrase} ")]
    return f"talks about the task: {found[0]!r}" if found else ""


def _things(before: Reading, after: Reading, target: str, scene_labels: Iterable[str]) -> str:
    known = list(dict.fromkeys(before.things))
    for thing in known:
        if not any(same_thing(thing, other) for other in after.things):
            role = "target" if same_thing(thing, normalize(target)) else "thing"
            return f"drops the {role}: {thing}"
    for thing in after.things:
        if not any(same_thing(thing, other) for other in known):
            held = any(same_thing(thing, normalize(label)) for label in scene_labels)
            return f"adds a thing {'that the template does not name' if held else 'that the scene lacks'}: {thing}"
    return ""


def _strange(before: Reading, after: Reading) -> str:
    new = [word for word in after.strange if word not in before.words]
    return f"adds an unknown noun: {new[0]}" if new else ""


def _claims(before: Reading, after: Reading, target: str, reader: Reader) -> str:
    told, claimed = before.claims, after.claims
    old, new = ({claim.family for claim in claims} for claims in (told, claimed))
    if old - new:
        return f"drops the relation: {min(old - new)}"
    if new - old:
        return f"adds a relation: {min(new - old)}"
    anchors = {thing for thing in before.things if not same_thing(thing, target)}
    only = next(iter(anchors)) if len(anchors) == 1 else ""
    view = reader.lists.view
    for claim in sorted(claimed, key=str):
        if not any(_agrees(claim, other, view, only, target) for other in told):
            return f"changes the relation: {_spelled(claim)}"
    for claim in sorted(told, key=str):
        if not any(_agrees(other, claim, view, only, target) for other in claimed):
            return f"loses the relation: {_spelled(claim)}"
    return ""


def _agrees(new: Claim, old: Claim, view: frozenset[str], only: str, target: str) -> bool:
    """Whether two claims say the same; "left of it" may become "left of the desk" where only the desk can be meant."""
    if new.family != old.family or not same_thing(new.subject or target, old.subject or target):
        return False
    if same_objects(new.objects, old.objects):
        return True
    bare, named = sorted((new.objects, old.objects), key=len)
    named_only = bool(only) and len(named) == 1 and same_thing(named[0], only)
    return new.family in view and not bare and named_only


def _spelled(claim: Claim) -> str:
    return " ".join((claim.subject, claim.family, " and ".join(claim.objects))).strip()


def _negations(before: Reading, after: Reading) -> str:
    if before.negations == after.negations:
        return ""
    return f"changes what is denied: {' '.join(after.negations) or 'nothing'}"


def same_objects(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether two lists name the same kinds of things, in any order."""
    if len(a) != len(b):
        return False
    straight = all(same_thing(x, y) for x, y in zip(a, b))
    return straight or (len(a) == 2 and same_thing(a[0], b[1]) and same_thing(a[1], b[0]))


def _attributes(before: Reading, after: Reading) -> str:
    """Same attributes, and of the same things: a brown chair at a black desk is no black chair at a brown desk."""
    old, new = (frozenset(word for word, _ in reading.described) for reading in (before, after))
    fault = _same_words("attribute", old, new)
    if fault:
        return fault
    for word, thing in sorted(after.described):
        if not any(word == w and (not thing or not t or same_thing(thing, t)) for w, t in before.described):
            return f"gives the attribute to another thing: {word} {thing}"
    return ""


def _same_words(what: str, before: frozenset[str], after: frozenset[str]) -> str:
    if after - before:
        return f"adds the {what}: {min(after - before)}"
    if before - after:
        return f"drops the {what}: {min(before - after)}"
    return ""
