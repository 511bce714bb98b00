"""`sceneglot segment RUN SCENE "chair,table,plant"`: the class of every point, as a coloured cloud and a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import tyro

from sceneglot.errors import SceneglotError

SubmissionName = Literal["", "scannet20", "scannet200", "scannet20-instances", "semantickitti", "nuscenes-lidarseg"]


def segment(
    run: tyro.conf.Positional[Path],
    scene: tyro.conf.Positional[Path],
    words: tyro.conf.Positional[str] = "",
    scene_id: str = "",
    out: Path = Path("segmented"),
    turns: int = 1,
    flips: bool = False,
    fragments: int = 1,
    json: bool = False,
    submission: SubmissionName = "",
    split: Literal["train", "val", "test"] = "test",
    tables: Path | None = None,
) -> None:
    """Segment a scene into the run's own classes, or into words if the run was trained with a teacher.

    Writes OUT/SCENE.ply (coloured by class, with label and confidence of every point), OUT/SCENE.png and
    OUT/SCENE.json. With --submission, SCENE is a store of a benchmark's scans, and OUT gets the files its server takes
    for all scenes of a split.

    Example: sceneglot segment runs/words my_scan.ply "chair,table,plant" --out parsed
    Example: sceneglot segment runs/scannet data/scannet --submission scannet20 --out handed-in

    Args:
        run: run folder of a ws3d recipe.
        scene: a scan (.ply, .pcd, a mesh, ...) or a store.
        words: classes to tell apart, with commas; the run's own classes if there are none.
        scene_id: which scene of a store.
        out: folder to write to.
        turns: also look from so many headings; slower and usually a little better.
        flips: also look at mirrored scenes.
        fragments: look so often with another point of every voxel.
        json: print one JSON object instead of text.
        submission: write prediction files for this benchmark instead; "scannet200" needs a run that knows words.
        split: of a submission.
        tables: of a submission to nuScenes, the data set's folder with sample_data.json.
    """
    from json import dumps

    from sceneglot.atomic import write_json
    from sceneglot.cli.scene_argument import load_scene
    from sceneglot.recipes.segment import load_segmenter
    from sceneglot.recipes.submit import Submission, write_submission
    from sceneglot.rendering.save import save_image
    from sceneglot.tasks.segmentation.inference import InferenceConfig
    from sceneglot.view.parsed import draw_segmentation, write_labelled_ply

    looks = InferenceConfig(turns, flips, fragments)
    if submission:
        if words or scene_id:
            raise SceneglotError("--submission takes a whole split of a store in the benchmark's classes, no words")
        job = Submission(run, scene, submission, out, split, tables, looks)
        print(f"wrote the predictions of {write_submission(job)} scenes for {submission} to {out}")
        return
    asked = tuple(word.strip() for word in words.split(",") if word.strip())
    if len({word.lower() for word in asked}) != len(asked):
        raise SceneglotError("words: a class is named twice")
    loaded = load_scene(scene, scene_id)
    segmenter = load_segmenter(run, looks)
    found = segmenter.segment(loaded, asked)
    shares = {name: count / len(loaded) for name, count in found.counts.items() if count}
    record = {
        "scene_id": loaded.id,
        "points": len(loaded),
        "names": found.names,
        "words": bool(asked),
        "counts": found.counts,
        "mean_confidence": round(float(found.confidence.mean()), 4),
    }
    out.mkdir(parents=True, exist_ok=True)
    cloud = write_labelled_ply(out / f"{loaded.id}.ply", loaded, found.label, found.confidence, found.names)
    picture = save_image(draw_segmentation(loaded, found.label, found.names), out / f"{loaded.id}.png")
    files = [str(cloud), str(picture), str(write_json(out / f"{loaded.id}.json", record))]
    if json:
        print(dumps(record | {"files": files}))
        return
    for name, share in sorted(shares.items(), key=lambda item: -item[1]):
        print(f"{name:22s} {100 * share:5.1f} % of the points")
    print("\n".join(f"wrote {name}" for name in files))
