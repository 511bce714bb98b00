"""What it takes to rebuild a trained GPS on points from its checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from torch import Tensor, nn

from sceneglot.errors import SceneglotError
from sceneglot.nets.gps.joint_transformer import JointTransformerConfig
from sceneglot.nets.gps.model import GPSConfig
from sceneglot.nets.gps.objects import PointObjectConfig
from sceneglot.nets.gps.spatial_attention import Fusion
from sceneglot.nets.gps.spatial_transformer import SpatialTransformerConfig
from sceneglot.nets.gps.text import BertText, load_bert
from sceneglot.tasks.gps.net import ObjectNamer, PointGPS, mean_tokens
from sceneglot.tasks.gps.objects import ObjectConfig
from sceneglot.tasks.vqa.answers import AnswerVocabulary
from sceneglot.teachers.base import quiet_loading
from sceneglot.teachers.minilm import find_minilm

Size = Literal["tiny", "base"]


@dataclass(frozen=True)
class TextSpec:
    """The text encoder.

    Attributes:
        source: hub id or folder of a BERT-type model; the MiniLM of the offline extra if empty.
        layers: of it that are kept; 0 keeps its word embeddings.
        own_layers: layers of our own behind them.
        frozen: the model's part stays as it is.
    """

    source: str = ""
    layers: int = 0
    own_layers: int = 2
    frozen: bool = True


@dataclass(frozen=True)
class PointSpec:
    """A network of either stage.

    Attributes:
        size: "tiny" for a CPU, "base" as published.
        fusion, language: of the spatial attention.
        text: its text encoder.
        objects: how many points of how many objects it sees.
        names: normalised label names that objects are compared with.
        class_embedding: whether object tokens carry the text vector of their likely class, see `PointGPS`.
        words: whether there is a masked-word head; word_ids: the tokens it chooses from, all of the tokenizer if empty.
        answers: vocabulary of the answer head, if there is one.
    """

    size: Size = "tiny"
    fusion: Fusion = "cond"
    language: bool = False
    text: TextSpec = field(default_factory=TextSpec)
    objects: ObjectConfig = field(default_factory=lambda: ObjectConfig(points=256, most=40))
    names: tuple[str, ...] = ()
    class_embedding: bool = True
    words: bool = True
    word_ids: tuple[int, ...] = ()
    answers: AnswerVocabulary | None = None

    def tools(self) -> PointTools:
        """The text encoder and what is computed with it.

        Raises:
            SceneglotError: it cannot be loaded.
        """
        with quiet_loading():
            bert, tokenizer = load_bert(self.text.source or str(find_minilm()), self.text.layers)
        return PointTools(bert.eval(), tokenizer, text_vectors(bert, tokenizer, self.names))

    def namer(self, tools: PointTools) -> ObjectNamer:
        """The network of stage 1, freshly initialised."""
        points = PointObjectConfig() if self.size == "base" else PointObjectConfig.tiny()
        return ObjectNamer(points, tools.label_vectors)

    def build(self, tools: PointTools) -> PointGPS:
        """The network of stage 2, freshly initialised but for the text encoder."""
        sizes = self.gps(len(tools.tokenizer))
        text = BertText(tools.bert, sizes.joint.width, self.text.own_layers, frozen=self.text.frozen)
        return PointGPS(sizes, self.namer(tools), text, class_embedding=self.class_embedding)

    def gps(self, vocabulary: int) -> GPSConfig:
        """Sizes of the two stacks and the heads, for a tokenizer of so many tokens."""
        words = (len(self.word_ids) or vocabulary) if self.words else 0
        answers = len(self.answers) if self.answers else 0
        if self.size == "base":
            spatial = SpatialTransformerConfig(fusion=self.fusion, language=self.language)
            return GPSConfig(spatial, JointTransformerConfig(), words, answers)
        tiny = GPSConfig.tiny(vocabulary=words, answers=answers)
        return replace(tiny, spatial=replace(tiny.spatial, fusion=self.fusion, language=self.language))

    @property
    def labels(self) -> dict[str, int]:
        """Normalised name -> its row in the label table."""
        return {name: row for row, name in enumerate(self.names)}

    def facts(self) -> dict[str, Any]:
        """JSON-able description, stored in every checkpoint."""
        return {"task": "grounding", "tokens": "points", "spec": asdict(self)}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> PointSpec:
        """Inverse of `facts`.

        Raises:
            SceneglotError: the checkpoint is for another task.
        """
        if facts.get("tokens") != "points" or "spec" not in facts:
            raise SceneglotError(
                f"the checkpoint is for {facts.get('task', 'an unknown task')!r}, not for GPS on points; "
                "train one with 'sceneglot train gps-points'"
            )
        found = dict(facts["spec"])
        answers = found.pop("answers")
        if answers is not None:
            answers = AnswerVocabulary(tuple(answers["answers"]), tuple(answers["counts"]), answers["questions"])
        names, word_ids = tuple(found.pop("names")), tuple(found.pop("word_ids"))
        text, objects = TextSpec(**found.pop("text")), ObjectConfig(**found.pop("objects"))
        return cls(**found, text=text, objects=objects, names=names, word_ids=word_ids, answers=answers)


def text_vectors(bert: nn.Module, tokenizer: Any, texts: Sequence[str]) -> Tensor:
    """(len(texts), T) unit vectors, see `mean_tokens`."""
    found = tokenizer(list(texts), padding=True, truncation=True, max_length=300, return_tensors="pt")
    return mean_tokens(bert, found["input_ids"], found["attention_mask"].bool())


@dataclass(frozen=True, eq=False)
class PointTools:
    """Attributes: bert: the truncated text encoder; tokenizer: its own; label_vectors: (C, T) of the label names."""

    bert: nn.Module
    tokenizer: Any
    label_vectors: Tensor
