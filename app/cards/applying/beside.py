"""Files that a file names: they lie beside it, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from app.core.errors import Refused


def find(folder: Path, name: str) -> Path:
    """The file `name` in `folder` or below. Raises Refused, worded to follow its name, for one that lies elsewhere."""
    inside = folder.resolve()
    path = (inside / name).resolve()
    if not path.is_relative_to(inside):
        raise Refused("does not lie beside the file")
    return path


def read(path: Path, most: int) -> bytes:
    """The first `most` bytes of a file. Raises Refused, worded to follow its name."""
    try:
        if not path.is_file():
            raise Refused("is not there")
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise Refused("cannot be read") from error
