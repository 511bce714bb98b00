"""The one error type users meet: a clear line, an exit code, no traceback."""

from __future__ import annotations

from pathlib import Path


class SceneglotError(Exception):
    """Something the user can fix: a bad file, a missing extra, a wrong option.

    The message is one line that names the file, what was expected, what was found and what to do about it. The
    command line prints it and exits with code 2; nothing else in the package is allowed to reach users as an error
    on bad input.
    """


class BadFileError(SceneglotError):
    """A file that cannot be read as what it claims to be.

    Args:
        path: the offending file.
        problem: what is wrong, with expected and found values ("header promises 12 vertices, file holds 7").
        fix: what the user can do ("re-export the scan as binary PLY").
    """

    def __init__(self, path: str | Path, problem: str, fix: str = "") -> None:
        self.path = Path(path)
        self.problem = problem
        self.fix = fix
        super().__init__(f"{path}: {problem}" + (f"; {fix}" if fix else ""))

    def __reduce__(self) -> tuple[type[BadFileError], tuple[Path, str, str]]:
        # An exception is copied from its message unless it says otherwise: a worker that met a bad file would then
        # break the whole pool instead of telling which file it was.
        return type(self), (self.path, self.problem, self.fix)
