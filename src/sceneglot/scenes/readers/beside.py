"""Files that a file names: materials, textures and buffers may lie beside it, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from sceneglot.errors import BadFileError
from sceneglot.scenes.readers.pictures import check_embedded


def beside(path: Path, name: str) -> Path:
    """Where a file named in `path` lies, which need not exist.

    Raises:
        ValueError: outside the folder of `path`, by its name or through a link.
    """
    inner = Path(name.replace("\\", "/").replace("\0", "?"))
    found = path.parent / inner
    leaves = inner.is_absolute() or ".." in inner.parts
    if leaves or not found.resolve().is_relative_to(path.parent.resolve()):
        raise ValueError(f"{name[:60]!r} lies outside the file's folder")
    return found


def read_beside(path: Path, name: str) -> bytes:
    """The content of a file named in `path`.

    Raises:
        ValueError: outside the folder of `path`.
        OSError: it cannot be read, or is no plain file.
    """
    found = beside(path, name)
    if not found.is_file():
        raise FileNotFoundError(f"{name[:60]!r} is no file beside it")
    return found.read_bytes()


class ObjNeighbours:
    """Materials and textures that an OBJ file names, for trimesh, which asks for them by name while it parses.

    trimesh goes on without what cannot be read; what it must not see is kept in `refused` for the caller.
    """

    def __init__(self, path: Path) -> None:
        self.refused: BadFileError | None = None
        self._path = path

    def get(self, name: str) -> bytes:
        """The content of a neighbour.

        Raises:
            OSError: it cannot be read.
            BadFileError: outside the folder of the file, or a picture too large or of a kind that is not read.
        """
        try:
            data = read_beside(self._path, name)
            check_embedded(self._path, name, data)
        except BadFileError as error:
            self.refused = error
            raise
        except ValueError as error:
            self.refused = BadFileError(self._path, f"cannot be read as OBJ ({error})")
            raise self.refused from error
        return data

    __getitem__ = get
