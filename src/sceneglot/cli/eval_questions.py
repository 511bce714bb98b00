"""`sceneglot eval RUN --task vqa`: answers, boxes and detections of a question-answering run."""

from __future__ import annotations

from pathlib import Path

from sceneglot.errors import SceneglotError


def print_questions(run: Path, data: Path, split: str, text: str, blind: Path | None, *, out: Path | None) -> None:
    """Print and write the scores of a run beside the blind row, or beside the most frequent answers without one.

    Raises:
        SceneglotError: split "all".
    """
    from sceneglot.recipes.evaluate import evaluate_run, prior_scores
    from sceneglot.train.run import write_json
    from sceneglot.view.tables import print_table, question_table

    if split == "all":
        raise SceneglotError("--split all is for grounding; questions are scored on val or test")
    scores = evaluate_run(run, data, split, text)
    if blind is not None:
        other = ("blind (question only)", evaluate_run(blind, data, split, text).headline, "blind")
    else:
        other = ("language prior (most frequent answers)", prior_scores(data, split, text), "prior")
    print_table(question_table([other, (str(run), scores.headline, "system")], scores.counts))
    for name, (em, count) in scores.by_type.items():
        print(f"  {name:14s} EM@1 {em:5.1f}  ({count} questions)")
    print(f"  the closed vocabulary allows EM@1 of at most {scores.ceiling:.1f}")
    if out is not None:
        write_json(out, scores.summary() | {"blind": {"name": other[0], "headline": dict(other[1])}})
    print(f"wrote {out or run / f'scores-{split}.json'}")
