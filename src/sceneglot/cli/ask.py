"""`sceneglot ask RUN SCENE "question"`: the answer, its score and the box."""

from __future__ import annotations

import sys
from pathlib import Path

import tyro


def ask(
    run: tyro.conf.Positional[Path],
    scene: tyro.conf.Positional[Path],
    question: tyro.conf.Positional[str],
    scene_id: str = "",
    json: bool = False,
    picture: Path | None = None,
) -> None:
    """Ask a trained run about a scene: a file, or a scene of a data set.

    Example: sceneglot ask runs/vqa kitchen.ply "what is next to the sink?" --picture answer.png

    Args:
        run: run folder of a question-answering recipe.
        scene: PLY, OBJ, GLB, PCD, NPZ, or a store together with --scene-id.
        question: what to ask.
        scene_id: which scene of a store; needed when it holds more than one.
        json: print one JSON object instead of text.
        picture: also draw the box of the answer into a picture of the scene.
    """
    from json import dumps

    from sceneglot.cli.scene_argument import load_scene
    from sceneglot.recipes.load import load

    loaded = load_scene(scene, scene_id)
    answer = load(run).ask(loaded, question)
    box = [round(float(v), 3) for v in (*answer.center, *answer.size)]
    if json:
        record = {
            "scene_id": loaded.id,
            "question": answer.question,
            "answer": answer.text,
            "score": round(answer.score, 4),
            "alternatives": [[text, round(score, 4)] for text, score in answer.alternatives],
            "box": {"center": box[:3], "size": box[3:], "score": round(answer.box_score, 4)},
        }
        print(dumps(record))
    else:
        print(f"{answer.text}  (score {answer.score:.2f})")
        others = ", ".join(f"{text} {score:.2f}" for text, score in answer.alternatives[:4])
        print(f"  or: {others}")
        print(f"  box: centre {box[:3]} m, size {box[3:]} m  (score {answer.box_score:.2f})")
    if picture is not None:
        from sceneglot.rendering.save import save_image
        from sceneglot.view.answers import draw_answer

        pixels = draw_answer(loaded, answer.text, answer.center, answer.size)
        print(f"wrote {save_image(pixels, picture)}", file=sys.stderr if json else sys.stdout)
