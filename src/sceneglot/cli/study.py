"""`sceneglot study NAME`: a whole table, many runs and seeds, resumable, plotted."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import tyro


def study(
    name: tyro.conf.Positional[
        Literal["vqa", "gps-losses", "gps-data", "gps-fusion", "gps-text", "ws3d", "ws3d-sensitivity"]
    ],
    out: Path | None = None,
    data: Path | None = None,
    rooms: int = 0,
    seeds: tuple[int, ...] = (0, 1, 2),
    pretrain_steps: int = 0,
    finetune_steps: int = 0,
    rows: tuple[str, ...] = (),
    workers: int = 1,
    data_seed: int = 1,
    real: Path | None = None,
    texts: tuple[str, ...] = ("templates",),
    test_text: str = "",
    split: Literal["val", "test"] = "test",
    percents: tuple[float, ...] = (1.0, 5.0, 100.0),
    points: tuple[int, ...] = (),
) -> None:
    """Run every row of a table with every seed; finished runs are kept, so repeat the command to continue.

    "vqa" is the table of CLIP-guided 3D VQA on generated rooms: blind, ScanRefer + MCAN, ScanQA without and with
    multi-view features, and the 3D-VQA network without pre-training, without it but with as many steps in all, and
    with it. The others are the ablations of GPS on points: "gps-losses" adds object stage, masked words and scene
    contrast one by one; "gps-data" trains on 12.5 to 100 % of the rooms, and on scans (--real); "gps-fusion" compares
    the ways geometry enters attention; "gps-text" adds one text file after the other (--texts).

    "ws3d" is the label efficiency of scene parsing on generated rooms: scratch, pre-trained on pictures, region-aware,
    and both, for every share of labelled scenes (--percents) and number of labelled points (--points);
    "ws3d-sensitivity" changes regions, thresholds and terms of the region-aware losses one at a time.

    Example: sceneglot study gps-losses --out studies/gps-losses --workers 2

    Args:
        name: which table.
        out: folder for data, runs, table.json and report.html; studies/NAME if not given.
        data: store to use instead of generating rooms.
        rooms: rooms to generate; an eighth each for validation and test. The same for all seeds. 0: 384 (vqa), 128.
        seeds: of initialisation, data order and augmentation.
        pretrain_steps: optimiser steps of the pre-training, or of the object stage of GPS; 0 for the study's own.
        finetune_steps: optimiser steps of each system; 0 for the study's own.
        rows: only these and the blind one, by the names their run folders begin with ("clip-vqa-pretrained"); or all.
        workers: trainings at a time; 0 for one per core, which is fastest without a GPU.
        data_seed: of the rooms. The recipes were tuned on other rooms than those of the default.
        real: gps-data: store of scans with sentences, for the rows that train on them and are tested on them.
        texts: gps studies: utterance files to train on; gps-text compares them.
        test_text: gps studies: utterance file of the test; the first of --texts if not given.
        split: gps studies: scenes of the test.
        percents: ws3d: shares of labelled training scenes, in %.
        points: ws3d: numbers of labelled points per scene.
    """
    out = out or Path("studies") / name
    if name == "vqa":
        from sceneglot.cli.study_vqa import study_vqa

        return study_vqa(
            out, data, rooms or 384, seeds, pretrain_steps or 2000, finetune_steps or 1500, rows, workers, data_seed
        )
    if name in ("ws3d", "ws3d-sensitivity"):
        from sceneglot.cli.study_ws3d import Ws3dStudy, study_ws3d
        from sceneglot.recipes.ws3d_study import Ws3dPlan

        budget = pretrain_steps or Ws3dPlan.pretrain_steps, finetune_steps or Ws3dPlan.steps
        sensitivity = name == "ws3d-sensitivity"
        asked = Ws3dStudy(
            out, data, rooms or 120, seeds, *budget, percents, points, rows, workers, data_seed, sensitivity
        )
        return study_ws3d(asked)
    from sceneglot.cli.study_gps import study_gps
    from sceneglot.recipes.gps_studies import GPSPlan

    plan = GPSPlan(
        data or out / "data",
        out / "runs",
        object_steps=pretrain_steps or GPSPlan.object_steps,
        steps=finetune_steps or GPSPlan.steps,
        real=real,
        texts=texts,
        test_text=test_text or texts[0],
        split=split,
    )
    study_gps(name, plan, out, rooms or 128 if data is None else 0, seeds, rows, workers, data_seed)
