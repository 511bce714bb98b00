"""Sizes of data sets: no figure without its kind and source, and the pages say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sceneglot.cli.main import run
from sceneglot.scenes.importers.catalog import KINDS
from sceneglot.scenes.importers.sizes import Size, bytes_text, estimated, official, reported

PAGES = Path(__file__).parents[3] / "docs" / "datasets"
PUBLISHED = sorted(kind for kind, importer in KINDS.items() if importer.card.request)


def sizes(kind: str) -> list[Size]:
    card = KINDS[kind].card
    return [size for size in (*(need.size for need in card.files), card.whole) if size is not None]


def test_an_estimate_is_a_scan_times_the_scans():
    size = estimated(18.5, 273, "one scan")
    assert size.gigabytes == pytest.approx(5.0505)
    assert str(size) == "about 5.1 GB, estimated from 18.5 MB (one scan) x 273"
    assert str(estimated(0.0347, 34_149, "points")) == "about 1.2 GB, estimated from 0.0347 MB (points) x 34,149"


def test_every_figure_says_its_kind_and_source():
    assert str(official(623.4, "its page")) == "623.4 GB, official: its page"
    assert str(reported(20, "a user")) == "20 GB, reported by a user"


@pytest.mark.parametrize(
    ("gigabytes", "text"),
    [(0.0, "0 bytes"), (5e-8, "50 bytes"), (2e-5, "20 kB"), (0.0628, "62.8 MB"), (80, "80 GB"), (1200, "1,200 GB"),
     (278.6, "278.6 GB"), (278.64, "279 GB"), (0.179, "179 MB")],
)  # fmt: skip
def test_bytes_for_people(gigabytes, text):
    assert bytes_text(gigabytes) == text


@pytest.mark.parametrize("kind", PUBLISHED)
def test_a_dry_run_says_how_many_gigabytes_and_who_says_so(kind, tmp_path, capsys):
    assert run(["import", kind, str(tmp_path / "none"), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert sizes(kind), "a published data set has a size"
    assert all(str(size) in shown for size in sizes(kind))
    assert re.search(r"needed files of the whole data set: (about )?[\d.,]+ [MG]B (official|reported|estimated)", shown)
    assert not re.search(r"size.*unknown|takes: unknown|unknown.*GB", shown)


@pytest.mark.parametrize("kind", PUBLISHED)
def test_the_page_says_the_same(kind):
    card = KINDS[kind].card
    page = " ".join((PAGES / f"{card.page}.md").read_text(encoding="utf-8").split())
    for need in card.files:
        if need.size is not None:
            assert f"- `{need.pattern}`: {need.size}" in page
    if card.whole is not None:
        assert f"- everything that is published: {card.whole}" in page
    assert all(f"{number:,}" in page for number in card.scenes.values())
    assert "**Size**: unknown" not in page
