"""What an import would need and find, without writing anything."""

from __future__ import annotations

import pytest
from tests.scenes.samples import write_scan

from sceneglot.scenes.importers import scannet
from sceneglot.scenes.importers.catalog import KINDS
from sceneglot.scenes.importers.dry_run import count_splits, describe_counts, dry_run
from sceneglot.scenes.importers.scannet import ScanNetOptions
from sceneglot.scenes.importers.source import DatasetCard, FileNeed, Importer, Job


@pytest.fixture
def scans(tmp_path):
    for name in ("scene0000_00", "scene0001_00"):
        write_scan(tmp_path / "ScanNet" / "scans" / name)
    return tmp_path / "ScanNet"


@pytest.mark.parametrize("below", ["", "scans", "scans/scene0000_00"])
def test_files_are_found_from_every_level(scans, below):
    plan = dry_run(scannet.IMPORTER, scans / below, ScanNetOptions())
    meshes = plan.files[0]
    expected = 1 if below.endswith("_00") else 2
    assert (meshes.num_files, plan.num_scenes) == (expected, expected)
    size = sum(path.stat().st_size for path in (scans / below).rglob("*_vh_clean_2.ply"))
    assert meshes.num_bytes == size
    assert plan.counts == {"": (expected, 1613)}
    assert not plan.problem and not plan.missing


def test_splits_are_held_against_the_official_numbers(scans, tmp_path):
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "scannetv2_val.txt").write_text("scene0001_00\n")
    plan = dry_run(scannet.IMPORTER, scans, ScanNetOptions(splits=lists))
    assert plan.counts == {"train": (0, 1201), "val": (1, 312), "test": (0, 100), "": (1, None)}
    assert describe_counts(plan.counts) == "train 0 of 1,201, val 1 of 312, test 0 of 100"


def test_nothing_there_is_an_answer_too(tmp_path):
    plan = dry_run(scannet.IMPORTER, tmp_path / "none", ScanNetOptions())
    assert (plan.num_scenes, plan.files) == (0, ())
    assert "is no folder" in plan.problem


def test_missing_files_of_a_scene_are_named(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"x" * 10)
    here, gone = tmp_path / "a.bin", tmp_path / "b.bin"

    def jobs(root, options):
        return [Job("s", lambda: pytest.fail("a dry run reads no scene"), "", (here, gone))]

    card = DatasetCard("test", "x", files=(FileNeed("<name>.bin", "all"),))
    plan = dry_run(Importer(card, ScanNetOptions, jobs), tmp_path, ScanNetOptions())
    assert plan.missing == (gone,)
    assert plan.num_bytes == 10


def test_counts_without_official_numbers():
    card = DatasetCard("test", "x")
    assert count_splits(["train", "", "train"], card) == {"": (1, None), "train": (2, None)}
    assert describe_counts(count_splits([""], card)) == ""


def test_splits_of_a_data_set_that_is_counted_as_a_whole():
    counts = count_splits(["train", "val", "train", ""], DatasetCard("test", "x", scenes={"": 1482}))
    assert counts == {"": (4, 1482), "train": (2, None), "val": (1, None)}
    assert describe_counts(counts) == "scenes 4 of 1,482, train 2, val 1"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_card_that_can_be_planned_with(kind, tmp_path):
    importer = KINDS[kind]
    assert importer.card.title and importer.card.licence
    plan = dry_run(importer, tmp_path / "nowhere", importer.options())
    assert plan.problem
    assert all(need.use and not need.pattern.startswith("/") for need in importer.card.files)
