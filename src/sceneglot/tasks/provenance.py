"""What a network was trained on, kept with its weights, so that "zero-shot" can be checked instead of believed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sceneglot.errors import SceneglotError
from sceneglot.scenes.store import Store
from sceneglot.scenes.utterance import Utterance

Setting = Literal["any", "zero-shot", "zero-shot-text"]
"""How far a test is from the training (SceneVerse, section 5):

- "any": trained on whatever; the test scenes must still be new.
- "zero-shot": no scene of the test's data set was trained on.
- "zero-shot-text": no human sentence about a scene of the test's data set was trained on; generated text may be.
"""

_SCANNET = re.compile(r"^(scene\d{4})_\d\d$")


@dataclass(frozen=True)
class Provenance:
    """Training data of a run and of all runs it started from.

    Attributes:
        scenes: "origin/scene id", sorted.
        texts: "origin/source" of the sentences, sorted; a source is "template", "llm:MODEL" or "human:DATA SET".
    """

    scenes: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @classmethod
    def of(cls, store: Store, sentences: Iterable[Utterance]) -> Provenance:
        """Of training on sentences about scenes of a store."""
        pairs = {(u.scene_id, _source(u.source)) for u in sentences}
        scenes = {f"{store.origin}/{scene_id}" for scene_id, _ in pairs}
        texts = {f"{store.origin}/{source}" for _, source in pairs}
        return cls(tuple(sorted(scenes)), tuple(sorted(texts)))

    def joined(self, other: Provenance) -> Provenance:
        """Both."""
        join = lambda a, b: tuple(sorted({*a, *b}))  # noqa: E731
        return Provenance(join(self.scenes, other.scenes), join(self.texts, other.texts))

    def facts(self) -> dict[str, list[str]]:
        """JSON-able."""
        return {"scenes": list(self.scenes), "texts": list(self.texts)}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Provenance:
        """Inverse of `facts`, from those of a checkpoint."""
        found = facts.get("provenance", {})
        return cls(tuple(found.get("scenes", ())), tuple(found.get("texts", ())))

    def check(self, setting: Setting, origin: str, scene_ids: Sequence[str]) -> None:
        """Whether a test on scenes of data set `origin` may be called by the name of a setting.

        Raises:
            SceneglotError: it may not, with the first reason.
        """
        if not self.scenes:
            if setting == "any":
                return
            raise SceneglotError(f"'{setting}' cannot be checked: the run does not say what it was trained on")
        seen = {_room(name) for name in self.scenes}
        if known := [i for i in scene_ids if _room(f"{origin}/{i}") in seen]:
            raise SceneglotError(
                f"{len(known)} of {len(set(scene_ids))} test scenes (or other scans of their rooms) were trained on, "
                f"for example {known[0]}; choose another --split"
            )
        if setting == "zero-shot" and any(name.split("/")[0] == origin for name in self.scenes):
            raise SceneglotError(f"not zero-shot: the run was trained on scenes of {origin!r}")
        if setting == "zero-shot-text":
            for name in self.texts:
                if name.split("/")[0] == origin and name.split("/")[1].startswith("human:"):
                    raise SceneglotError(f"not zero-shot-text: the run was trained on {name.split('/')[1]} ({origin})")


def _source(text: str) -> str:
    """ "template:one-19" -> "template"; "llm:x" and "human:x/type" keep what they name."""
    kind, _, name = text.partition(":")
    return kind if kind == "template" else f"{kind}:{name.split('/')[0]}"


def _room(name: str) -> str:
    """Scans of one ScanNet room (scene0000_00, scene0000_01) are one room."""
    origin, _, scene_id = name.partition("/")
    found = _SCANNET.match(scene_id)
    return found.group(1) if found else f"{origin}/{scene_id}"
