"""Open what a training left, so that every refusal names the run it is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sceneglot.errors import SceneglotError
from sceneglot.train.checkpoint import Checkpoint, load_checkpoint
from sceneglot.train.run import RunFolder


@contextmanager
def opened(run: str | Path) -> Iterator[Checkpoint]:
    """The checkpoint of a run folder (see `RunFolder.usable`), or one checkpoint file.

    What the block refuses ("the checkpoint is for 'vqa', ...") is raised with the run's name before it.

    Raises:
        BadFileError: no such run, or a damaged checkpoint.
    """
    path = Path(run)
    checkpoint = load_checkpoint(path if path.is_file() else RunFolder(path).usable())
    try:
        yield checkpoint
    except SceneglotError as error:
        if str(error).startswith(str(run)):
            raise
        raise SceneglotError(f"{run}: {error}") from error
