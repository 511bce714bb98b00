"""Zero-shot exam of any teacher on pictures with known facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sceneglot.recipes.lit.pictures import Pictures
from sceneglot.recipes.lit.prompts import Record, listing, with_article
from sceneglot.scenes.labels import SCANNET18
from sceneglot.teachers.base import Teacher, unit

OBJECT_TEMPLATES = ("{a}", "a photo of {a}", "this is {a}")
ROOM_TEMPLATES = ("{a}", "a photo of {a}", "this is {a}")
_CHUNK = 256


@dataclass(frozen=True)
class Accuracy:
    """One row of an exam.

    Attributes:
        top1, top5: share right, 0..1.
        balanced: mean over classes of the share right.
        chance: share a blind guesser gets who always says the most frequent class.
        count: pictures asked; classes: names to choose from.
    """

    top1: float
    top5: float
    balanced: float
    chance: float
    count: int
    classes: int


@dataclass(frozen=True)
class ExamResult:
    """Scores by task, the most frequent confusions of object names, and the recall of each name."""

    scores: dict[str, Accuracy]
    retrieval: dict[str, float]
    confusions: tuple[tuple[str, str, int], ...]
    recall: dict[str, tuple[float, int]]


def exam(teacher: Teacher, pictures: Pictures, vocabulary: Sequence[str], room_types: Sequence[str] = ()) -> ExamResult:
    """Ask a teacher what it sees, by cosine to prompts; nothing is fitted.

    Tasks: "object" names crops among `vocabulary`; "object18" among the 17 named ScanNet classes (crops of those only);
    "color" among the colour words present, the thing being given; "room" the room type from one inside view; "top"
    from the view from above. Retrieval: which of all room views of the exam fits a sentence that lists its type and
    the things in it (each sentence's own view counts), R@1, R@5, R@10.

    Args:
        vocabulary: object names to choose from; crops of other things are not asked about.
        room_types: room types to choose from, beside those that occur.
    """
    features = encode(teacher, pictures)
    records = pictures.records
    vocabulary = tuple(vocabulary)
    objects = pictures.select(lambda r: r.kind == "object" and r.label in vocabulary)
    labels = [records[i].label for i in objects]
    guesses = rank(features[objects], name_features(teacher, vocabulary, OBJECT_TEMPLATES))
    answer = np.array([vocabulary.index(x) for x in labels], int)
    scores = {"object": accuracy(guesses, answer, len(vocabulary))}
    named = SCANNET18[:-1]
    eighteen = pictures.select(lambda r: r.kind == "object" and r.alias in named)
    if len(eighteen):
        ranked = rank(features[eighteen], name_features(teacher, named, OBJECT_TEMPLATES))
        scores["object18"] = accuracy(ranked, np.array([named.index(records[i].alias) for i in eighteen]), len(named))
    if color := _colors(teacher, pictures, features):
        scores["color"] = color
    types = sorted({*room_types, *(r.room_type for r in records if r.room_type)})
    for task, top in (("room", False), ("top", True)):
        rows = pictures.select(lambda r, top=top: r.kind == "room" and bool(r.room_type) and (r.source == "top") == top)
        if len(rows):
            ranked = rank(features[rows], name_features(teacher, types, ROOM_TEMPLATES))
            scores[task] = accuracy(ranked, np.array([types.index(records[i].room_type) for i in rows]), len(types))
    named_as = [vocabulary[int(g)] for g in guesses[:, 0]]
    wrong = Counter((a, b) for a, b in zip(labels, named_as) if a != b)
    recall = {
        name: (float(np.mean(guesses[answer == k, 0] == k)), int((answer == k).sum()))
        for k, name in enumerate(vocabulary)
        if (answer == k).any()
    }
    confusions = tuple((a, b, n) for (a, b), n in wrong.most_common(12))
    return ExamResult(scores, _retrieval(teacher, pictures, features), confusions, recall)


def encode(teacher: Teacher, pictures: Pictures) -> np.ndarray:
    """(P, D) float32 pooled features of all pictures."""
    parts = [
        teacher.encode_images(list(pictures.pixels(np.arange(i, min(i + _CHUNK, len(pictures)))))).pooled
        for i in range(0, len(pictures), _CHUNK)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, teacher.dim), np.float32)


def name_features(teacher: Teacher, names: Sequence[str], templates: Sequence[str]) -> np.ndarray:
    """(C, D) float32 unit vectors: the mean over prompts of each name."""
    texts = [template.format(a=with_article(name)) for name in names for template in templates]
    pooled = teacher.encode_texts(texts).pooled
    return unit(pooled.reshape(len(names), len(templates), -1).mean(1))


def rank(features: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """(P, min(5, C)) int indices of the best classes, best first; ties go to the earlier class."""
    return np.argsort(-(features @ classes.T), axis=1, kind="stable")[:, :5]


def accuracy(ranked: np.ndarray, answer: np.ndarray, classes: int) -> Accuracy:
    """Score ranked guesses (P, 5) against answers (P,)."""
    if len(answer) == 0:
        return Accuracy(0.0, 0.0, 0.0, 0.0, 0, classes)
    hit = ranked == answer[:, None]
    per_class = [hit[answer == k, 0].mean() for k in np.unique(answer)]
    return Accuracy(
        top1=float(hit[:, 0].mean()),
        top5=float(hit.any(1).mean()),
        balanced=float(np.mean(per_class)),
        chance=float(np.bincount(answer).max() / len(answer)),
        count=len(answer),
        classes=classes,
    )


def describe_view(record: Record) -> str:
    """The sentence that stands for a view in retrieval."""
    return f"{with_article(record.room_type)} with {listing(record.shows[:4])}"


def _colors(teacher: Teacher, pictures: Pictures, features: np.ndarray) -> Accuracy | None:
    """Which colour word fits, the thing being given."""
    rows = pictures.select(lambda r: r.kind == "object" and bool(r.color))
    if not len(rows):
        return None
    records = [pictures.records[i] for i in rows]
    colors = sorted({r.color for r in records})
    nouns = sorted({r.label for r in records})
    texts = [f"a photo of {with_article(f'{c} {n}')}" for n in nouns for c in colors]
    table = teacher.encode_texts(texts).pooled.reshape(len(nouns), len(colors), -1)
    scores = np.einsum("pd,pcd->pc", features[rows], table[[nouns.index(r.label) for r in records]])
    ranked = np.argsort(-scores, axis=1, kind="stable")[:, :5]
    return accuracy(ranked, np.array([colors.index(r.color) for r in records]), len(colors))


def _retrieval(teacher: Teacher, pictures: Pictures, features: np.ndarray) -> dict[str, float]:
    """Picture -> sentence and sentence -> picture recall among all views of the exam."""
    rows = pictures.select(lambda r: r.kind == "room" and bool(r.room_type) and len(r.shows) > 0)
    if len(rows) < 2:
        return {}
    texts = teacher.encode_texts([describe_view(pictures.records[i]) for i in rows]).pooled
    similarity = features[rows] @ texts.T
    own = np.diag(similarity)
    result = {"count": float(len(rows))}
    for name, matrix in (("image_to_text", similarity), ("text_to_image", similarity.T)):
        place = (matrix > own[:, None]).sum(1)  # equal sentences tie with the own one, and count as it
        result |= {f"{name}_r{k}": float((place < k).mean()) for k in (1, 5, 10)}
    return result
