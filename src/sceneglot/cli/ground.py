"""`sceneglot ground RUN SCENE "the chair closest to the window"`: the object meant, with its box."""

from __future__ import annotations

from pathlib import Path

import tyro


def ground(
    run: tyro.conf.Positional[Path],
    scene: tyro.conf.Positional[Path],
    sentence: tyro.conf.Positional[str],
    scene_id: str = "",
    top: int = 3,
    json: bool = False,
    picture: Path | None = None,
) -> None:
    """Point at the object a sentence means: in a scene of a data set, or in a table of labelled boxes.

    Example: sceneglot ground runs/gps rooms "the chair closest to the window" --scene-id room-000003

    Args:
        run: run folder of the recipe gps (reads labels and boxes) or gps-points (looks at the points of each object).
        scene: a store together with --scene-id, or a JSON file {scene id: [objects with id, label, center, size]}.
        sentence: what to look for.
        scene_id: which scene; needed when there is more than one.
        top: how many objects to show, the likeliest first.
        json: print one JSON object instead of text.
        picture: also draw what was chosen and what it was told by: into the scan, where there is one, and on the plan.
    """
    from json import dumps

    from sceneglot.cli.scene_argument import load_scene
    from sceneglot.errors import SceneglotError
    from sceneglot.recipes.ground import load_grounder

    if top < 1:
        raise SceneglotError("--top must be at least 1")
    loaded = load_scene(scene, scene_id)
    found = load_grounder(run).ground(loaded, sentence)
    objects, rows = loaded.objects, [loaded.objects.row_of[int(i)] for i in found.ids[:top]]
    if json:
        shown = [
            {
                "id": int(objects.id[row]),
                "label": objects.label[row],
                "score": round(float(score), 4),
                "center": [round(float(v), 3) for v in objects.center[row]],
                "size": [round(float(v), 3) for v in objects.size[row]],
            }
            for row, score in zip(rows, found.scores)
        ]
        print(dumps({"scene_id": loaded.id, "sentence": sentence, "objects": shown}))
    else:
        for row, score in zip(rows, found.scores):
            center, size = ([round(float(v), 2) for v in a[row]] for a in (objects.center, objects.size))
            label = f"{objects.label[row]} (id {objects.id[row]})"
            print(f"{label:28s} score {score:.2f}  centre {center} m, size {size} m")
    if picture is not None:
        from sceneglot.rendering.save import save_image
        from sceneglot.view.grounding import draw_grounding

        print(f"wrote {save_image(draw_grounding(loaded, found), picture)}")
