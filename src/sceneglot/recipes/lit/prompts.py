"""Prompts about pictures, and which of them are true of which picture.

A text that is merely drawn for another picture is not thereby false: "a photo of a chair" holds for every chair of the
batch. So pictures and texts carry facts, and truth is decided from facts, never from who was drawn with whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sceneglot.scenes.labels import NYU40_NAMES

MAX_NOUNS = 3
"""Most things one prompt mentions."""

UNSAID = -1
"""Code of a fact that a text leaves open."""

OBJECT_PROMPTS = ("{n}", "{a}", "a photo of {a}", "a picture of {a}", "this is {a}", "there is {a}")
ABOUT_PROMPTS = ("a {c} object", "something {c}", "an object made of {m}", "a {c} thing made of {m}")
ROOM_PROMPTS = ("{a}", "a photo of {a}", "a view of {a}", "this is {a}", "a 3D scan of {a}", "this room is {a}")
WITH_PROMPTS = ("{a} with {things}", "a photo of {a} with {things}", "{things} in {a}", "there is {things} in {a}")
THINGS_PROMPTS = ("a room with {things}", "there is {things} in the room", "{things}", "a photo of {things}")


@dataclass(frozen=True)
class Record:
    """The facts of one picture.

    Attributes:
        kind: "object" for a crop of one thing, "room" for a whole view.
        scene_id: the room it was taken in; room_type: its type.
        source: "photo", "render", "crop" or "top".
        label: what the crop shows, in the generator's words; alias: the benchmark's (NYU40) word for it, "" if none.
        color, material: words for the thing, "" if unknown.
        shows: labels of all that can be seen, most visible first (room views).
    """

    kind: str
    scene_id: str
    room_type: str
    source: str
    label: str = ""
    alias: str = ""
    color: str = ""
    material: str = ""
    shows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """One text with the facts it states; empty fields are left open."""

    text: str
    kind: str
    nouns: tuple[str, ...] = ()
    color: str = ""
    material: str = ""
    room_type: str = ""
    scene_id: str = ""


@dataclass
class Codes:
    """Words as numbers, given out in order of first use."""

    of: dict[str, int] = field(default_factory=dict)

    def __call__(self, word: str) -> int:
        return self.of.setdefault(word, len(self.of)) if word else UNSAID


@dataclass(frozen=True, eq=False)
class PictureFacts:
    """Facts of P pictures.

    Attributes:
        plain: (P, 5) int32 codes of kind, colour, material, room type and scene.
        shows: (P, W) bool, which of the W nouns can be seen.
    """

    plain: np.ndarray
    shows: np.ndarray

    def take(self, rows: np.ndarray) -> PictureFacts:
        """The given rows."""
        return PictureFacts(self.plain[rows], self.shows[rows])


@dataclass(frozen=True, eq=False)
class TextFacts:
    """What T texts state: `plain` (T, 5) int32 as for pictures, -1 where unsaid; `nouns` (T, 3) int32, -1 padded."""

    plain: np.ndarray
    nouns: np.ndarray

    def take(self, rows: np.ndarray) -> TextFacts:
        """The given rows."""
        return TextFacts(self.plain[rows], self.nouns[rows])


def alias_of(nyu40: int) -> str:
    """The NYU40 name of a class where it is a word people use, else ""."""
    return NYU40_NAMES[nyu40] if 0 < nyu40 < 38 else ""


def truth(pictures: PictureFacts, texts: TextFacts) -> np.ndarray:
    """(P, T) bool: every fact that the text states holds for the picture."""
    said = texts.plain != UNSAID
    plain = (pictures.plain[:, None] == texts.plain[None]) | ~said[None]
    padded = np.pad(pictures.shows, ((0, 0), (0, 1)), constant_values=True)  # index -1: nothing asked, holds
    return plain.all(-1) & padded[:, texts.nouns].all(-1)


def encode_facts(records: Sequence[Record], prompts: Sequence[Prompt]) -> tuple[PictureFacts, TextFacts]:
    """Words -> codes, for pictures and texts together."""
    codes, nouns = Codes(), Codes()
    pictures = np.array([[codes(word) for word in _plain(r)] for r in records], np.int32).reshape(-1, 5)
    pictures[pictures == UNSAID] = UNSAID - 1  # what is not known of a picture matches no text that states it
    stated = np.array([[codes(word) for word in _plain(p)] for p in prompts], np.int32).reshape(-1, 5)
    seen = [[nouns(word) for word in (r.label, r.alias, *r.shows) if word] for r in records]
    named = [[nouns(word) for word in p.nouns] + [UNSAID] * (MAX_NOUNS - len(p.nouns)) for p in prompts]
    shows = np.zeros((len(records), len(nouns.of)), np.bool_)
    for row, columns in enumerate(seen):
        shows[row, columns] = True
    return PictureFacts(pictures, shows), TextFacts(stated, np.array(named, np.int32).reshape(-1, MAX_NOUNS))


def object_prompts(record: Record, rng: np.random.Generator, count: int) -> list[Prompt]:
    """`count` true prompts about a crop: its name alone, with colour, with material, or colour and material alone."""
    prompts = []
    for _ in range(count):
        noun = record.alias if record.alias and rng.random() < 0.25 else record.label
        color = record.color if rng.random() < 0.6 else ""
        material = record.material if rng.random() < 0.35 else ""
        usable = [t for t in ABOUT_PROMPTS if ("{c}" in t) <= bool(color) and ("{m}" in t) <= bool(material)]
        if usable and rng.random() < 0.08:
            template = _draw(usable, rng)
            text = template.format(c=color, m=material)
            said = {"color": color if "{c}" in template else "", "material": material if "{m}" in template else ""}
            prompts.append(Prompt(text, "object", (), **said))
            continue
        phrase = " ".join(w for w in (color, material, noun) if w)
        template = _draw(OBJECT_PROMPTS, rng)
        prompts.append(Prompt(template.format(n=phrase, a=with_article(phrase)), "object", (noun,), color, material))
    return prompts


def room_prompts(record: Record, rng: np.random.Generator, count: int) -> list[Prompt]:
    """`count` true prompts about a view: the room's type, the type with things in it, or things alone."""
    prompts = []
    for _ in range(count):
        number = int(rng.integers(1, MAX_NOUNS + 1))
        seen = record.shows[:10]
        things = tuple(seen[i] for i in rng.permutation(len(seen))[:number])
        kind = rng.random()
        if kind < 0.3 or not things:
            text = _draw(ROOM_PROMPTS, rng).format(a=with_article(record.room_type))
            prompts.append(Prompt(text, "room", (), room_type=record.room_type))
        elif kind < 0.7:
            text = _draw(WITH_PROMPTS, rng).format(a=with_article(record.room_type), things=listing(things))
            prompts.append(Prompt(text, "room", things, room_type=record.room_type))
        else:
            prompts.append(Prompt(_draw(THINGS_PROMPTS, rng).format(things=listing(things)), "room", things))
    return prompts


def with_article(phrase: str) -> str:
    """ "chair" -> "a chair", "office chair" -> "an office chair"; plurals and mass nouns stay bare."""
    head = phrase.split()[-1]
    if (head.endswith("s") and not head.endswith("ss")) or head in ("clothes", "paper"):
        return phrase
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"


def listing(things: Sequence[str]) -> str:
    """("bed", "lamp", "rug") -> "a bed, a lamp and a rug"."""
    names = [with_article(t) for t in things]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _plain(facts: Record | Prompt) -> tuple[str, ...]:
    """The single-valued facts as words that cannot be mixed up, "" where open."""
    words = {"c": facts.color, "m": facts.material, "r": facts.room_type, "s": facts.scene_id}
    return (f"k {facts.kind}", *(f"{kind} {word}" if word else "" for kind, word in words.items()))


def _draw(templates: Sequence[str], rng: np.random.Generator) -> str:
    return templates[int(rng.integers(len(templates)))]
