"""Piped tables are wide enough for their columns."""

from sceneglot.view.terminal import PIPED_WIDTH, output


def test_a_pipe_is_wide_and_a_terminal_keeps_its_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert output().width == PIPED_WIDTH
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes this for a terminal
    assert output().is_terminal and output().width == 60
