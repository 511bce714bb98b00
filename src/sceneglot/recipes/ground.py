"""Load and score what the recipe `gps` trained."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sceneglot.errors import SceneglotError
from sceneglot.recipes.gps import phrase_book
from sceneglot.scenes.store import Store
from sceneglot.tasks.grounding.data import GroundingCollator
from sceneglot.tasks.grounding.evaluate import GroundingReport, evaluate_grounding
from sceneglot.tasks.grounding.grounder import Grounder
from sceneglot.tasks.grounding.spec import MapGroundingSpec
from sceneglot.train import RunFolder, load_checkpoint
from sceneglot.train.run import write_json


def load_grounder(run: str | Path) -> Grounder:
    """A trained grounder from its run folder, or from one checkpoint file.

    Raises:
        SceneglotError: no such run, a damaged checkpoint, or one for another task.
    """
    path = Path(run)
    checkpoint = load_checkpoint(path if path.is_file() else RunFolder(path).usable())
    return Grounder(MapGroundingSpec.from_facts(checkpoint.facts), checkpoint.tensors)


def evaluate_grounder(run: Path, data: Path, split: str, text: str) -> GroundingReport:
    """Score a run on the referrals of one utterance file about one split; "all" takes every scene.

    Writes `scores-grounding-<text>-<split>.json` into the run folder.
    """
    grounder = load_grounder(run)
    store = Store.open(data)
    names = (text,) if text else store.utterance_names
    inside = set(store.scene_ids if split == "all" else store.split(split))
    found = [u for name in names for u in store.utterances(kind="referral", name=name)]
    sentences = [u for u in found if u.scene_id in inside]
    if not sentences:
        raise SceneglotError(
            f"{data}: no referrals about the {split!r} split in {', '.join(names) or 'the store'}; "
            "run 'sceneglot import-text' or 'sceneglot describe'"
        )
    book = phrase_book(store, grounder.spec, [u.text for u in sentences])
    objects = lru_cache(maxsize=1024)(store.objects)  # sentences about a scene come together, three times
    result = evaluate_grounding(grounder.net, sentences, objects, GroundingCollator(book))
    folder = run if run.is_dir() else run.parent
    write_json(folder / f"scores-grounding-{text or 'all'}-{split}.json", result.summary())
    return result
