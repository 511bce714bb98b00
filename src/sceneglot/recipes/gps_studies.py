"""The ablations of GPS (arXiv 2401.09340, section 5): loss levels, amount and sources of data, fusion, texts.

sceneglot study gps-losses --out studies/gps-losses        object stage, masked words, scene contrast, added one by one
sceneglot study gps-data --out ... [--real SCANS]          12.5, 25, 50, 100 % of the rooms; rooms, scans, both
sceneglot study gps-fusion --out ...                       five fusions of geometry and content, and language
sceneglot study gps-text --data DATA --texts templates refined human        texts added one by one

Each row is a stage 2 of GPS on points, from a stage 1 of the same seed where it has one, tested on held-out scenes with
annotated objects (protocol gt-boxes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from sceneglot.errors import SceneglotError
from sceneglot.metrics.table import Kind
from sceneglot.nets.gps.spatial_attention import FUSIONS, Fusion
from sceneglot.recipes.gps_points import PointGPSConfig, gps_objects, gps_points, train_point_gps
from sceneglot.recipes.ground import Test, evaluate_grounder
from sceneglot.recipes.study import has_result, training
from sceneglot.train import RunFolder
from sceneglot.train.jobs import Job
from sceneglot.train.run import read_json, write_json

StudyName = Literal["gps-losses", "gps-data", "gps-fusion", "gps-text"]
Source = Literal["rooms", "real", "rooms, then real"]
SCORES = "scores-study.json"


@dataclass(frozen=True)
class GPSRow:
    """One line of a table.

    Attributes:
        name: as printed; slug: name of its run folders.
        objects: start from stage 1, whose object encoder stays frozen; else it is trained along.
        words, scene: whether these terms are in the loss.
        fraction: of the training scenes.
        fusion, language: of the spatial attention.
        texts: utterance files, in equal shares.
        source: scenes trained on, one after the other.
    """

    name: str
    slug: str
    objects: bool = True
    words: bool = True
    scene: bool = True
    fraction: float = 1.0
    fusion: Fusion = "cond"
    language: bool = False
    texts: tuple[str, ...] = ()
    source: Source = "rooms"

    @property
    def kind(self) -> Kind:
        """All of them see the scene."""
        return "system"


LOSSES: tuple[GPSRow, ...] = (
    GPSRow("referral only, objects learned along", "referral", objects=False, words=False, scene=False),
    GPSRow("+ object stage, frozen", "object", words=False, scene=False),
    GPSRow("+ masked words", "words", scene=False),
    GPSRow("+ scene contrast (all of GPS)", "full"),
)
FRACTIONS: tuple[GPSRow, ...] = tuple(
    GPSRow(f"{100 * share:g} % of the scenes", f"share-{1000 * share:04.0f}", fraction=share)
    for share in (0.125, 0.25, 0.5, 1.0)
)
SOURCES: tuple[GPSRow, ...] = (
    GPSRow("scans only", "real", source="real"),
    GPSRow("rooms, then scans", "rooms-then-real", source="rooms, then real"),
)
FUSION: tuple[GPSRow, ...] = (
    *(GPSRow(f"fusion {name}", f"fusion-{name}", fusion=name) for name in FUSIONS),
    GPSRow("fusion cond, sees the sentence (ViL3DRel)", "fusion-language", language=True),
)


def text_rows(texts: Sequence[str]) -> tuple[GPSRow, ...]:
    """One more utterance file in each row."""
    if len(texts) < 2:
        raise SceneglotError(
            "gps-text compares text files: name at least two with --texts, for instance those of refine"
        )
    names = [tuple(texts[: count + 1]) for count in range(len(texts))]
    return tuple(GPSRow(" + ".join(name), f"text-{'-'.join(name)}", texts=name) for name in names)


def study_rows(name: StudyName, real: Path | None, texts: Sequence[str]) -> tuple[GPSRow, ...]:
    """The rows of a study."""
    if name == "gps-losses":
        return LOSSES
    if name == "gps-data":
        return FRACTIONS + (SOURCES if real is not None else ())
    return FUSION if name == "gps-fusion" else text_rows(texts)


@dataclass(frozen=True)
class GPSPlan:
    """Where a study lives and how long it trains.

    Attributes:
        data: store of rooms; real: store of scans, for the rows that train on them.
        out: folder of the runs.
        texts: utterance files of rows that name none.
        test_text: the one that is tested; split: scenes of the test.
        object_steps, steps: of stage 1 and stage 2.
    """

    data: Path
    out: Path
    object_steps: int = 120
    steps: int = 150
    real: Path | None = None
    texts: tuple[str, ...] = ("templates",)
    test_text: str = "templates"
    split: str = "test"

    def jobs(self, row: GPSRow, seed: int) -> list[Job]:
        """Stage 1 where the row has one, what it trains on first, and the row with its test."""
        jobs: list[Job] = []
        chain = self.chain(row, seed)
        for config in chain[:-1]:
            if not has_result("gps-points", config, RunFolder(config.out).final):
                needs = tuple(job.name for job in jobs)
                jobs.append(
                    training(f"seed {seed}: {config.out.name}", partial(train_point_gps, config), config, needs)
                )
        last = chain[-1]
        if not has_result("gps-points", last, last.out / SCORES):
            run = partial(_train_and_test, last, Test(self._test_data(row), self.split, self.test_text))
            jobs.append(training(f"seed {seed}: {row.name}", run, last, tuple(job.name for job in jobs)))
        return jobs

    def folder(self, row: GPSRow, seed: int) -> Path:
        """Its last training."""
        return self.chain(row, seed)[-1].out

    def scores(self, row: GPSRow, seed: int) -> Mapping[str, float]:
        """Accuracy on those of ReferIt3D's subsets that have a sentence, in percent."""
        found = read_json(self.folder(row, seed) / SCORES)["accuracy"]
        return {name: value for name, value in found.items() if value is not None}

    def baselines(self, row: GPSRow, seed: int) -> Mapping[str, float]:
        """What a random choice reaches on the test of a finished row: of all objects, of those of the right class."""
        found = read_json(self.folder(row, seed) / SCORES)
        return {"random": found["random"], "class_only": found["class_only"], "sentences": found["counts"]["overall"]}

    def _test_data(self, row: GPSRow) -> Path:
        return self.data if row.source == "rooms" else self._scans()

    def _scans(self) -> Path:
        if self.real is None:
            raise SceneglotError("rows that train on scans need --real, a store of scans with sentences")
        return self.real

    def chain(self, row: GPSRow, seed: int) -> list[PointGPSConfig]:
        """The trainings of a row, in order."""
        first = self._scans() if row.source == "real" else self.data
        chain: list[PointGPSConfig] = []
        if row.objects:
            share = f"-{row.fraction:g}" if row.fraction < 1 else ""
            place = "real" if row.source == "real" else "rooms"
            config = gps_objects(first, self.out / f"objects-{place}{share}-seed{seed}")
            config = replace(config, texts=self.texts[:1], fraction=row.fraction)
            chain.append(replace(config, loop=replace(config.loop, steps=self.object_steps, seed=seed)))
        if row.source == "rooms, then real":
            chain.append(self._stage2(row, seed, self.data, chain[-1].out, f"{row.slug}-rooms"))
            return [*chain, self._stage2(row, seed, self._scans(), chain[-1].out, row.slug)]
        return [*chain, self._stage2(row, seed, first, chain[-1].out if chain else None, row.slug)]

    def _stage2(self, row: GPSRow, seed: int, data: Path, init: Path | None, slug: str) -> PointGPSConfig:
        config = gps_points(data, self.out / f"{slug}-seed{seed}")
        texts = row.texts or self.texts
        objective = replace(config.objective, words=float(row.words), scene=float(row.scene))
        return replace(
            config,
            init=init,
            fusion=row.fusion,
            language=row.language,
            fraction=row.fraction,
            texts=texts,
            shares=(1.0,) * len(texts),
            objective=objective,
            val_count=0,
            loop=replace(config.loop, steps=self.steps, seed=seed, save_every=0),
        )


def _train_and_test(config: PointGPSConfig, test: Test) -> None:
    train_point_gps(config)
    write_json(config.out / SCORES, evaluate_grounder(config.out, test).summary())
