"""The command line: every verb explains itself, errors are one line and exit code 2, nothing heavy loads for help."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sceneglot.cli.main import OWN_PARSERS, VERBS, run


@pytest.mark.parametrize("verb", sorted(VERBS | OWN_PARSERS))
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Example" in shown and f"sceneglot {verb}" in shown


def test_overview_lists_all_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {verb} " in shown for verb in VERBS | OWN_PARSERS)


def test_overview_loads_nothing_heavy() -> None:
    code = (
        "import sys; from sceneglot.cli.main import run; run([]); "
        "print([m for m in ('torch', 'numba', 'transformers', 'pyarrow', 'trimesh') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "sceneglot", "generat"], capture_output=True, text=True)
    assert done.returncode == 2 and "did you mean 'generate'" in done.stderr


def test_unknown_verb_suggests_and_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generat"]) == 2
    error = capsys.readouterr().err
    assert "did you mean 'generate'" in error and error.count("\n") == 1


def test_unknown_recipe_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "nonsense"]) == 2
    assert "no recipe is called 'nonsense'" in capsys.readouterr().err


def test_debug_shows_the_traceback() -> None:
    from sceneglot.errors import SceneglotError

    with pytest.raises(SceneglotError):
        run(["train", "nonsense", "--debug"])


def test_what_the_machine_refuses_is_one_line(tmp_path, monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    from sceneglot.cli import main

    def fails(error: Exception):
        def verb() -> None:
            raise error

        return verb

    for error, line in (
        (FileExistsError(17, "File exists", "/data/out"), "/data/out: File exists"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (MemoryError("Unable to allocate 37.3 GiB"), "not enough memory (Unable to allocate 37.3 GiB)"),
    ):
        monkeypatch.setattr(main, "_load", lambda target, error=error: fails(error))
        assert run(["info"]) == 2
        shown = capsys.readouterr().err
        assert line in shown and shown.count("\n") == 1
        with pytest.raises(type(error)):
            run(["info", "--debug"])


def test_wrong_options_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate"]) == 2
    assert run(["info", "--no-such-option"]) == 2


def test_info_names_versions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info"]) == 0
    shown = capsys.readouterr().out
    assert "torch" in shown and "offline extra" in shown
