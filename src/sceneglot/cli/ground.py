"""`sceneglot ground RUN SCENE "the chair closest to the window"`: the object meant, with its box."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import tyro

if TYPE_CHECKING:
    from sceneglot.scenes import Objects
    from sceneglot.tasks.grounding.predict import Grounded


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

    A run that was trained for sentences that mean no, one or several objects (train gps --several) shows all that are
    meant, and says so where nothing fits.

    Example: sceneglot ground runs/gps rooms "the chair closest to the window" --scene-id room-000003

    Args:
        run: run folder of the recipe gps (reads labels and boxes) or gps-points (looks at the points of each object).
        scene: a store together with --scene-id, or a JSON file {scene id: [objects with id, label, center, size]}.
        sentence: what to look for.
        scene_id: which scene; needed when there is more than one.
        top: how many objects to show, the likeliest first; runs trained with --several show all that are meant.
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
    shown = _shown(found, top)
    if json:
        objects = [_record(loaded.objects, thing, score) for thing, score in shown]
        print(dumps({"scene_id": loaded.id, "sentence": sentence, "objects": objects}))
    elif not shown:
        thing, score = _closest(found)
        row = loaded.objects.row_of[thing]
        print(f"nothing in this scene fits (closest: {loaded.objects.label[row]} (id {thing}), score {score:.2f})")
    else:
        for thing, score in shown:
            print(_line(loaded.objects, thing, score))
    if picture is not None:
        from sceneglot.rendering.save import save_image
        from sceneglot.view.grounding import draw_grounding

        written = save_image(draw_grounding(loaded, found), picture)
        print(f"wrote {written}", file=sys.stderr if json else sys.stdout)


def _shown(found: Grounded, top: int) -> list[tuple[int, float]]:
    """Ids and scores: the `top` likeliest objects, or those that are meant where the run judges each by itself."""
    if found.members is None:
        return [(int(i), float(score)) for i, score in zip(found.ids[:top], found.scores)]
    share = dict(zip(found.ids.tolist(), found.members.tolist()))
    return [(i, share[i]) for i in found.meant]


def _closest(found: Grounded) -> tuple[int, float]:
    """The object that misses by least, where none is meant."""
    assert found.members is not None
    best = int(found.members.argmax())
    return int(found.ids[best]), float(found.members[best])


def _record(objects: Objects, thing: int, score: float) -> dict[str, object]:
    row = objects.row_of[thing]
    return {
        "id": thing,
        "label": objects.label[row],
        "score": round(score, 4),
        "center": [round(float(v), 3) for v in objects.center[row]],
        "size": [round(float(v), 3) for v in objects.size[row]],
    }


def _line(objects: Objects, thing: int, score: float) -> str:
    row = objects.row_of[thing]
    center, size = ([round(float(v), 2) for v in a[row]] for a in (objects.center, objects.size))
    label = f"{objects.label[row]} (id {thing})"
    return f"{label:28s} score {score:.2f}  centre {center} m, size {size} m"
