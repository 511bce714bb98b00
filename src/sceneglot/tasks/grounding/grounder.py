"""A trained grounder as users meet it: a scene and a sentence in, the object meant out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from torch import Tensor

from sceneglot.errors import SceneglotError
from sceneglot.nets.loading import load_matching
from sceneglot.scenes import Objects, Scene, Utterance
from sceneglot.tasks.grounding.data import Candidates, GroundingCollator, SceneSentences
from sceneglot.tasks.grounding.predict import Grounded, predict
from sceneglot.tasks.grounding.spec import MapGroundingSpec
from sceneglot.tasks.grounding.words import PhraseBook, tokenize


class Grounder:
    """A map grounder with the sentence encoder it was trained with.

    Args:
        spec: description of the network; tensors: its weights.
        book: word vectors; default: made from MiniLM when the first sentence comes.
    """

    def __init__(self, spec: MapGroundingSpec, tensors: Mapping[str, Tensor], book: PhraseBook | None = None) -> None:
        self.spec = spec
        self.net = spec.build()
        load_matching(self.net, tensors)
        self.net.eval()
        self._given = book

    @cached_property
    def collate(self) -> GroundingCollator:
        """Sentences and scenes to batches."""
        return GroundingCollator(self._given if self._given is not None else self.spec.book())

    def ground(self, scene: Scene | Objects, sentence: str) -> Grounded:
        """The object that a sentence means, with the others ranked behind it; `Grounded.meant` holds all that it means.

        Raises:
            SceneglotError: no words in the sentence, or no labelled object in the scene.
        """
        return self.ground_all(scene, [sentence])[0]

    def ground_all(self, scene: Scene | Objects, sentences: Sequence[str]) -> list[Grounded]:
        """Several sentences about one scene."""
        for sentence in sentences:
            if not tokenize(sentence):
                raise SceneglotError("the sentence is empty: say what to look for, as in 'the chair by the window'")
        objects, name = (scene.objects, scene.id) if isinstance(scene, Scene) else (scene, "objects")
        asked = tuple(Utterance(str(i), name, "referral", text) for i, text in enumerate(sentences))
        return list(predict(self.net, [SceneSentences(Candidates.of(name, objects), asked)], self.collate))
