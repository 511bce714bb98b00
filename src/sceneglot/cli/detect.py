"""`sceneglot detect RUN SCENE`: labelled boxes of the objects in a scene, as JSON, a picture and a coloured cloud."""

from __future__ import annotations

from pathlib import Path

import tyro


def detect(
    run: tyro.conf.Positional[Path],
    scene: tyro.conf.Positional[Path],
    scene_id: str = "",
    out: Path = Path("detected"),
    score: float = 0.3,
    overlap: float = 0.25,
    json: bool = False,
) -> None:
    """Find the objects of a scene: labelled boxes of ScanNet's 18 classes.

    Writes OUT/SCENE.json (boxes: label, score, centre and full size in metres), OUT/SCENE.png (boxes seen from above
    and from a corner) and OUT/SCENE.ply (points coloured by the label of the smallest box they are in).

    Example: sceneglot detect runs/detect my_scan.ply --out found --score 0.5

    Args:
        run: run folder of the recipe ws3d-detect, or of any question-answering or pre-training run with a detector.
        scene: a scan (.ply, .pcd, a mesh, ...) or a store.
        scene_id: which scene of a store.
        out: folder to write to.
        score: show boxes that are at least so probable, 0 to 1.
        overlap: of two boxes of one class that overlap by more (IoU), show the surer one.
        json: print one JSON object instead of text.
    """
    from json import dumps

    from sceneglot.atomic import write_json
    from sceneglot.cli.scene_argument import load_scene
    from sceneglot.errors import SceneglotError
    from sceneglot.recipes.detect import load_detector
    from sceneglot.rendering.save import save_image
    from sceneglot.tasks.detection.detector import DetectConfig
    from sceneglot.view.detections import draw_detections, write_detections_ply

    if not 0 <= score <= 1 or not 0 <= overlap <= 1:
        raise SceneglotError(f"detect: --score {score} and --overlap {overlap} must lie between 0 and 1")
    loaded = load_scene(scene, scene_id)
    found = load_detector(run).detect(loaded, DetectConfig(score, overlap))
    rows = zip(found.label, found.score, found.center, found.size)
    boxes = [
        {
            "label": label,
            "score": round(float(sure), 4),
            "center": [round(float(v), 4) for v in center],
            "size": [round(float(v), 4) for v in size],
        }
        for label, sure, center, size in rows
    ]
    record = {"scene_id": loaded.id, "run": str(run), "boxes": boxes}
    out.mkdir(parents=True, exist_ok=True)
    row = found.row_of_points(loaded.xyz)
    cloud = write_detections_ply(out / f"{loaded.id}.ply", loaded, row, found.label, found.score)
    picture = save_image(draw_detections(loaded, found.center, found.size, found.label), out / f"{loaded.id}.png")
    files = [str(cloud), str(picture), str(write_json(out / f"{loaded.id}.json", record))]
    if json:
        print(dumps(record | {"files": files}))
        return
    for box in boxes:
        print(f"{box['label']:16s} {box['score']:.2f}  centre {box['center']} m, size {box['size']} m")
    print(f"{len(boxes)} boxes with a score of at least {score:g}")
    print("\n".join(f"wrote {name}" for name in files))
