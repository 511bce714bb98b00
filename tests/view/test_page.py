"""The report page: self-contained, escaped, never a table without its blind row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sceneglot.errors import SceneglotError
from sceneglot.view import plots
from sceneglot.view.page import AnswerCard, Page
from sceneglot.view.tables import COLUMNS, cells, question_table

PIXELS = np.full((4, 6, 3), 200, np.uint8)


def test_text_from_outside_cannot_become_markup(tmp_path: Path) -> None:
    page = Page("a <b> title")
    page.paragraph("<script>alert(1)</script>")
    page.table(["<th>"], [["<td>&"]])
    page.pictures([(PIXELS, '"><img src=x>')])
    page.answers([AnswerCard(PIXELS, "<q>", "<a>", 0.5, ("<r>",))])
    html = page.write(tmp_path / "deep" / "page.html").read_text()
    for bad in ("<script>", "<th>\n<", "<td>&<", "<img src=x>", "<q>", "<a>", "<r>", "<b> title"):
        assert bad not in html
    assert "&lt;script&gt;" in html


def test_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    page = Page("t")
    page.picture(plots.curves({"a": [(0, 1.0), (1, 0.5)]}, title="t", y="loss"), "curve")
    page.pictures([(PIXELS, "p")])
    html = page.write(tmp_path / "page.html").read_text()
    assert html.count("data:image/png;base64,") == 2
    assert "http" not in html and "<script" not in html and "<link" not in html


def test_right_and_wrong_answers_look_different() -> None:
    right, wrong = (AnswerCard(PIXELS, "q", a, 0.5, ("two", "2")) for a in ("2", "3"))
    assert right.right and not wrong.right


def test_table_without_blind_row_is_refused() -> None:
    counts = {"questions": 3, "with_box": 2, "scenes": 1}
    with pytest.raises(SceneglotError, match="not shown without"):
        question_table([("only", {"EM@1": 50.0}, "system")], counts).to_rich()
    table = question_table([("blind", {"EM@1": 20.0}, "blind"), ("ours", {"EM@1": 50.0}, "system")], counts)
    assert "3 questions" in str(table.to_rich().title)


def test_missing_scores_are_dashes_and_spread_is_shown() -> None:
    row = cells({"EM@1": 12.34, "Acc@0.25": 50.0}, {"EM@1": 1.0, "Acc@0.25": float("nan")})
    named = dict(zip(COLUMNS, row))
    assert named["EM@1"] == "12.3 ± 1.0" and named["Acc@0.25"] == "50.0" and named["CIDEr"] == "-"


def test_tsne_separates_clear_groups_and_survives_few_rows() -> None:
    rng = np.random.default_rng(0)
    centres = np.eye(8)[:2] * 5
    rows = np.concatenate([c + rng.normal(0, 0.1, (12, 8)) for c in centres])
    xy = plots.tsne(rows)
    gap = np.linalg.norm(xy[:12].mean(0) - xy[12:].mean(0))
    assert gap > xy[:12].std(0).max() and gap > xy[12:].std(0).max()
    assert plots.tsne(rows[:3]).shape == (3, 2)
    assert np.array_equal(xy, plots.tsne(rows))


def test_figures_are_pngs() -> None:
    for png in (
        plots.scatter(np.zeros((3, 2)), ["a", "b", "a"], title="t"),
        plots.bars({"a": (1.0, 0.1)}, title="t", y="EM@1"),
        plots.scatter(np.zeros((2, 2)), ["room for $_{", "b"], title="names from outside are no formulas: $_{"),
        plots.curves({"$_{": [(0, 1.0)]}, title="t", y="loss"),
        plots.bars({"$_{": (1.0, 0.1)}, title="t", y="EM@1"),
        plots.spread_curves({"$_{": [(1, 5.0, float("nan")), (100, 7.0, 0.4)]}, title="t", x="%", y="mIoU"),
    ):
        assert png.startswith(b"\x89PNG")
