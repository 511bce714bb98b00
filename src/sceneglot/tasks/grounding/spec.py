"""What it takes to rebuild a trained map grounder from its checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sceneglot.errors import SceneglotError
from sceneglot.nets.gps.guided import GuidedConfig
from sceneglot.nets.gps.map_grounder import MapGrounder, MapGrounderConfig
from sceneglot.nets.gps.phrases import PhraseConfig
from sceneglot.tasks.grounding.words import PhraseBook
from sceneglot.teachers.minilm import MiniLM


@dataclass(frozen=True)
class MapGroundingSpec:
    """A map grounder and its text table.

    Attributes:
        net: sizes.
        fingerprint: of the frozen sentence encoder the words come from.
    """

    net: MapGrounderConfig = field(default_factory=MapGrounderConfig)
    fingerprint: str = ""

    def build(self) -> MapGrounder:
        """The network, freshly initialised."""
        return MapGrounder(self.net)

    def book(self) -> PhraseBook:
        """An empty phrase book over the sentence encoder.

        Raises:
            SceneglotError: the encoder is not installed, or is not the one the network was trained with.
        """
        encoder = MiniLM(batch_size=256)
        if self.fingerprint and encoder.fingerprint != self.fingerprint:
            raise SceneglotError(
                "the installed MiniLM has other weights than the one this grounder was trained with; install the "
                "version of sceneglot that trained it, with its 'offline' extra"
            )
        return PhraseBook(encoder.encode_pooled, self.net.text.table_width, self.net.text.max_words)

    def facts(self) -> dict[str, Any]:
        """JSON-able description, stored in every checkpoint."""
        return {"task": "grounding", "tokens": "map", "spec": asdict(self)}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> MapGroundingSpec:
        """Inverse of `facts`.

        Raises:
            SceneglotError: the checkpoint is for another task.
        """
        if facts.get("task") != "grounding" or facts.get("tokens") != "map":
            raise SceneglotError(
                f"the checkpoint is for {facts.get('task', 'an unknown task')!r}, not for grounding on object maps; "
                "train one with 'sceneglot train gps'"
            )
        spec = facts["spec"]
        net = spec["net"]
        config = MapGrounderConfig(PhraseConfig(**net["text"]), GuidedConfig(**net["reader"]), net["geometry"])
        return cls(config, spec["fingerprint"])


def tiny() -> MapGrounderConfig:
    """1.3 M parameters, for one CPU core."""
    return MapGrounderConfig()


def base() -> MapGrounderConfig:
    """Four layers at twice the width (7 M parameters), for a GPU or a long night."""
    small = MapGrounderConfig()
    text = replace(small.text, width=256, heads=8, hidden=512, layers=3)
    return MapGrounderConfig(text, replace(small.reader, width=256, heads=8, hidden=512, layers=4))
