"""report.html of the question-answering table: scores, curves, pictures, questions with answers, map of scenes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sceneglot.errors import SceneglotError
from sceneglot.recipes.load import load
from sceneglot.recipes.study import RowResult
from sceneglot.recipes.vqa_table import Row
from sceneglot.rendering import render, top_down
from sceneglot.scenes.store import Store
from sceneglot.tasks.alignment.net import AlignNet, align_spec
from sceneglot.tasks.alignment.probe import embed_scenes
from sceneglot.tasks.augment import prepare, scene_rng
from sceneglot.tasks.sources import Questions, StoreSamples
from sceneglot.train import RunFolder, load_checkpoint
from sceneglot.view import plots
from sceneglot.view.answers import draw_answer
from sceneglot.view.page import AnswerCard, Page
from sceneglot.view.study_page import score_rows, spread_note
from sceneglot.view.tables import COLUMNS


def write_vqa_report(path: Path, data: Path, results: Sequence[RowResult[Row]], pretraining: Path, title: str) -> Path:
    """Write one self-contained page.

    Args:
        results: rows of the table, among them the blind one; the last one is asked the example questions.
        pretraining: run folder of a pre-training, for the map of scenes.
    """
    store = Store.open(data)
    page = Page(title)
    page.paragraph(
        "Rooms were generated and scanned by a virtual depth camera, described, rendered, embedded by a frozen "
        "teacher; a VoteNet scene encoder was aligned with pictures and sentences, then taught to answer questions. "
        "All scores are on rooms never seen in training."
    )
    add_scores(page, store, results)
    add_curves(page, results, pretraining)
    add_gallery(page, store)
    add_answers(page, store, results[-1])
    add_map(page, store, pretraining)
    return page.write(path)


def add_scores(page: Page, store: Store, results: Sequence[RowResult[Row]]) -> None:
    """The table; refuses to be written without its blind row."""
    if not any(result.row.kind == "blind" for result in results):
        raise SceneglotError("a table of answers needs its blind row")
    asked = Questions.of(store, "test", "")
    page.heading("Scores")
    page.table(["system", *COLUMNS], score_rows(results, COLUMNS), strong=[len(results) - 1])
    page.paragraph(
        f"{len(asked.items)} questions about {len(asked.scene_ids)} test scenes; {spread_note(results)}. EM by raw "
        "string equality; Acc on the box of the first object a question is about; mAP by VoteNet's protocol. "
        "Percentages; CIDEr goes to 1000.",
        note=True,
    )


def add_curves(page: Page, results: Sequence[RowResult[Row]], pretraining: Path) -> None:
    """Training losses of the first seed."""
    page.heading("Training")
    history = {r.row.name: RunFolder(r.runs[0]).history() for r in results}
    page.picture(
        plots.curves(_series(history, "loss/answer"), title="answer loss", y="loss"), "answer loss, first seed"
    )
    aligned = {"pre-training": RunFolder(pretraining).history()}
    both = _series(aligned, "loss/image", " image") | _series(aligned, "loss/text", " text")
    page.picture(plots.curves(both, title="alignment with the teacher", y="loss"), "pre-training, alignment terms")
    found = _series(aligned, "loss/vote", " vote") | _series(aligned, "loss/center", " centre")
    page.picture(plots.curves(found, title="detection", y="loss"), "pre-training, detection terms")
    alarms = {k: v for line in aligned["pre-training"] for k, v in line.items() if k in _ALARMS}
    if alarms:
        page.table(["collapse alarm, validation scenes", "value"], [[k, f"{v:.3f}"] for k, v in sorted(alarms.items())])


_ALARMS = ("text_r1", "text_r5", "image_r1", "image_r5", "chance_r1", "spread")


def add_gallery(page: Page, store: Store) -> None:
    """A test room from above, from around, and as the camera that scanned it saw it."""
    scene = store.scene(store.split("test")[0])
    page.heading(f"A room: {scene.id} ({scene.room_type or 'unlabelled'})")
    pictures = [(top_down(scene, (384, 384)).rgb, "from above, ceiling cut")]
    pictures += [(view.rgb, f"render {view.name}") for view in render(scene, views=3, size=(384, 384))]
    pictures += [(view.rgb, f"photograph {view.name}") for view in list(scene.views)[:4]]
    page.pictures(pictures)
    spoken = store.utterances(scene_id=scene.id)
    for kind, label in (("scene_caption", "scene caption"), ("referral", "description"), ("question", "question")):
        for sentence in [u for u in spoken if u.kind == kind][:2]:
            answers = f" — {' | '.join(sentence.answers)}" if sentence.answers else ""
            page.paragraph(f"{label}: {sentence.text}{answers}", note=True)


def add_answers(page: Page, store: Store, result: RowResult[Row], count: int = 9) -> None:
    """Questions about test rooms, spread over rooms and kinds of questions, right and wrong ones as they fall."""
    page.heading(f"Questions answered by: {result.row.name}")
    answerer = load(result.runs[0])
    asked = Questions.of(store, "test", "").items
    rng = np.random.default_rng(0)
    kinds = sorted({q.question_type for q in asked})
    chosen = []
    for i in range(count):
        of_kind = [q for q in asked if q.question_type == kinds[i % len(kinds)] and q not in chosen]
        if of_kind:
            chosen.append(of_kind[rng.integers(len(of_kind))])
    cards = []
    for question in chosen:
        scene = store.scene(question.scene_id)
        answer = answerer.ask(scene, question.text)
        picture = draw_answer(scene, answer.text, answer.center, answer.size, 320)
        cards.append(AnswerCard(picture, question.text, answer.text, answer.score, question.answers))
    page.answers(cards)


def add_map(page: Page, store: Store, pretraining: Path) -> None:
    """t-SNE of the pre-trained scene embeddings of validation and test rooms, coloured by room type."""
    checkpoint = load_checkpoint(RunFolder(pretraining).usable())
    spec = align_spec(checkpoint.facts)
    net = AlignNet(spec)
    net.load_state_dict(dict(checkpoint.tensors))
    ids = [*store.split("val"), *store.split("test")]
    samples = StoreSamples(store)
    drawn = [prepare(samples(i), spec.points, None, scene_rng(0, 0, i)) for i in ids]
    xy = plots.tsne(embed_scenes(net, drawn, spec.points))
    page.heading("Scene embeddings")
    rooms = [store.entry(i).room_type or "unlabelled" for i in ids]
    page.picture(plots.scatter(xy, rooms, title="t-SNE of scene embeddings, rooms never seen"), "coloured by room type")


def _series(
    histories: Mapping[str, Sequence[Mapping[str, float]]], key: str, suffix: str = ""
) -> dict[str, list[tuple[float, float]]]:
    found = {
        name + suffix: [(line["step"], line[key]) for line in lines if key in line and math.isfinite(line[key])]
        for name, lines in histories.items()
    }
    return {name: points for name, points in found.items() if points}
