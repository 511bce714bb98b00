"""`sceneglot caption RUN SCENE`: a sentence about every object of a scan."""

from __future__ import annotations

import sys
from pathlib import Path

import tyro


def caption(
    run: tyro.conf.Positional[Path],
    scene: tyro.conf.Positional[Path],
    scene_id: str = "",
    object: tuple[int, ...] = (),
    detector: Path | None = None,
    beams: int = 1,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Write about the objects of a scan.

    Example: sceneglot caption runs/captions rooms --scene-id room-000003 --object 12

    Args:
        run: run folder of the recipe gps-captions.
        scene: a scan with objects, or a store together with --scene-id.
        scene_id: which scene of a store; needed when it holds more than one.
        object: ids of the objects to write about; all of them if none is named.
        detector: run folder that finds the objects instead: of ws3d with --instances, of ws3d-detect,
            clip-pretrain or vqa.
        beams: sentences followed at a time; 1 takes the likeliest word each time.
        out: also write the captions to this JSON file.
        json: print one JSON object instead of text.
    """
    from json import dumps

    from sceneglot.cli.scene_argument import load_scene
    from sceneglot.errors import SceneglotError
    from sceneglot.recipes.detections import load_finder
    from sceneglot.recipes.gps_captions import load_captioner
    from sceneglot.train.run import write_json

    if beams < 1:
        raise SceneglotError("--beams must be at least 1")
    loaded = load_scene(scene, scene_id)
    if detector is not None:
        loaded = load_finder(detector)(loaded)
    found = load_captioner(run, beams).describe(loaded, object or None)
    objects = loaded.objects
    shown = [
        {
            "id": thing.id,
            "caption": thing.text,
            "looks_like": thing.label,
            "score": round(thing.score, 4),
            "center": [round(float(v), 3) for v in objects.center[objects.row_of[thing.id]]],
            "size": [round(float(v), 3) for v in objects.size[objects.row_of[thing.id]]],
        }
        for thing in found
    ]
    record = {"scene_id": loaded.id, "objects": shown}
    if json:
        print(dumps(record))
    else:
        for thing in found:
            print(f"{thing.id:4d}  {thing.text}  (score {thing.score:.2f})")
    if out is not None:
        print(f"wrote {write_json(out, record)}", file=sys.stderr if json else sys.stdout)
