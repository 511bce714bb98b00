"""Jobs run in order or side by side, never before what they need; a failure is told and stops the rest."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from sceneglot.errors import SceneglotError
from sceneglot.train.jobs import Job, Listener, run_jobs


def note(folder: Path, name: str, after: tuple[str, ...] = ()) -> None:
    assert all((folder / other).exists() for other in after), f"{name} ran too early"
    (folder / name).touch()


def fail() -> None:
    raise SceneglotError("no such luck")


@pytest.mark.parametrize("workers", [1, 2])
def test_needs_come_first(tmp_path: Path, workers: int) -> None:
    jobs = [
        Job("a", partial(note, tmp_path, "a")),
        Job("c", partial(note, tmp_path, "c", ("a",)), needs=("a",)),
        Job("b", partial(note, tmp_path, "b")),
    ]
    said: list[str] = []
    run_jobs(jobs, workers, Listener(said.append))
    assert {p.name for p in tmp_path.iterdir()} == {"a", "b", "c"}
    assert [s for s in said if "done" not in s] == (["a", "c", "b"] if workers == 1 else ["a", "b", "c"])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failure_is_raised_and_stops_the_rest(tmp_path: Path, workers: int) -> None:
    jobs = [Job("bad", fail), Job("never", partial(note, tmp_path, "never"), needs=("bad",))]
    with pytest.raises(SceneglotError, match="no such luck"):
        run_jobs(jobs, workers)
    assert not list(tmp_path.iterdir())


def test_steps_of_other_processes_are_told() -> None:
    told: list[tuple[str, int, int]] = []
    listener = Listener(progress=lambda *x: told.append(x))
    run_jobs([Job("a", dict, steps=partial(divmod, 7, 2)), Job("b", dict)], 2, listener)
    assert ("a", 3, 1) in told and not any(name == "b" for name, *_ in told)


def test_nothing_to_do() -> None:
    run_jobs([], 2)
