"""What it takes to rebuild a trained map grounder from its checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sceneglot.errors import SceneglotError
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
        config = MapGrounderConfig(**net | {"text": PhraseConfig(**net["text"]), "viewers": tuple(net["viewers"])})
        return cls(config, spec["fingerprint"])


def tiny() -> MapGrounderConfig:
    """0.5 M parameters, for one CPU core."""
    return MapGrounderConfig()


def base() -> MapGrounderConfig:
    """Twice the width and another layer (3 M parameters), for a GPU or a long night."""
    text = PhraseConfig(width=256, heads=8, hidden=512, layers=3)
    return MapGrounderConfig(text, 4, unary_width=96, pair_width=96, side_width=48, hidden=192, name_width=128)
