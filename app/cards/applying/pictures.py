"""Pictures that a file names: they lie beside it, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from app.cards.applying.section import Section
from app.cards.assets import MAX_BYTES, Asset, read_picture
from app.core.errors import Refused


class Pictures:
    """The pictures in one folder, read when they are named, each once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._read: dict[Path, Asset] = {}

    @property
    def taken(self) -> tuple[Asset, ...]:
        """All pictures that were named and could be read."""
        return tuple(self._read.values())

    def take(self, section: Section, key: str) -> str | None:
        """The asset id of the picture that `key` names, None when it names none or a wrong one (which is noted)."""
        name = section.text(key)
        if name is None:
            return None
        try:
            return self._picture(name).id
        except Refused as error:
            section.refuse(key, f"names {name!r}, which {error}")
            return None

    def _picture(self, name: str) -> Asset:
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder):
            raise Refused("does not lie beside the file")
        if path not in self._read:
            self._read[path] = read_picture(_content(path))
        return self._read[path]


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise Refused("is not there")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refused("cannot be read") from error
