"""What an OBJ file names, looked at before trimesh opens it."""

from __future__ import annotations

from pathlib import Path

from sceneglot.errors import BadFileError
from sceneglot.scenes.readers.beside import beside
from sceneglot.scenes.readers.pictures import check_embedded


def check_obj(path: Path) -> None:
    """Refuse materials and textures that lie outside the folder of the file, and textures too large to decode.

    Raises:
        BadFileError: where there are such, or the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            names = [_text(line.split(maxsplit=1)[-1]) for line in file if line.startswith(b"mtllib ")]
        for material in [beside(path, name) for name in names]:
            lines = material.read_bytes().splitlines() if material.is_file() else []
            # Options may precede the name of a texture, and a name may hold blanks: neither reading may lead outside.
            maps = [line.strip() for line in lines if line.strip().lower().startswith(b"map_")]
            for name in {_text(part) for line in maps for part in (line.split()[-1], line.split(maxsplit=1)[-1])}:
                texture = beside(path, name)
                if texture.is_file():
                    check_embedded(path, name, texture.read_bytes())
    except (OSError, ValueError) as error:
        if isinstance(error, BadFileError):
            raise
        raise BadFileError(path, f"cannot be read as OBJ ({str(error)[:100]})") from error


def _text(name: bytes) -> str:
    return name.strip().decode("utf-8", "replace")
