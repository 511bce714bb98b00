"""What users read is the same whichever process met it."""

from __future__ import annotations

import pickle

import pytest

from sceneglot.errors import BadFileError, SceneglotError
from sceneglot.workers import worker_pool


def bad_file() -> None:
    raise BadFileError("scan.ply", "header promises 12 vertices, file holds 7", "export it again")


def test_a_bad_file_met_by_a_worker_is_told_as_it_is() -> None:
    with worker_pool(1) as pool, pytest.raises(BadFileError, match=r"scan\.ply: header promises 12 vertices") as told:
        pool.submit(bad_file).result()
    assert (told.value.path.name, told.value.fix) == ("scan.ply", "export it again")


@pytest.mark.parametrize("error", [BadFileError("a.json", "empty"), SceneglotError("no such luck")])
def test_errors_survive_being_copied(error: SceneglotError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error) and str(copy) == str(error)
