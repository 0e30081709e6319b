"""Pictures that a file holds itself, or names: then they lie beside it, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from app.cards.applying import beside
from app.cards.applying.nodes import PICTURE, Scalar
from app.cards.applying.section import Section
from app.cards.assets import MAX_BYTES, Asset, read_picture
from app.core.errors import Refused
from app.photos.images import UnsafeImage, decode_data_url

_LONGEST_DATA = MAX_BYTES * 4 // 3 + 64
"""Characters of a `data:` URL with MAX_BYTES in it."""


class Takes(Protocol):
    """What knows the pictures that a template may name."""

    def take(self, section: Section, key: str) -> str | None:
        """The asset id of the picture that `key` names, None for none or a wrong one (which is noted)."""


class Pictures:
    """The pictures in a file and in its folder, read when they are named, each once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path | str, Asset] = {}

    @property
    def taken(self) -> tuple[Asset, ...]:
        """All pictures that were named and could be read."""
        return tuple(self._read.values())

    def take(self, section: Section, key: str) -> str | None:
        """The asset id of the picture that `key` holds or names, None for none or a wrong one (which is noted)."""
        node = section.node(key)
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.startswith(PICTURE):
            data = section.text(key, longest=_LONGEST_DATA)
            return None if data is None else self._held(section, key, data)
        name = section.text(key)
        if name is None:
            return None
        try:
            return self._named(name).id
        except Refused as error:
            section.refuse(key, f"names {name!r}, which {error}")
            return None

    def _held(self, section: Section, key: str, data: str) -> str | None:
        try:
            if data not in self._read:
                self._read[data] = read_picture(_decoded(data))
            return self._read[data].id
        except Refused as error:
            section.refuse(key, f"holds what {error}")
            return None

    def _named(self, name: str) -> Asset:
        path = beside.find(self._folder, name)
        if path not in self._read:
            self._read[path] = read_picture(beside.read(path, MAX_BYTES + 1))
        return self._read[path]


def _decoded(data: str) -> bytes:
    try:
        content = decode_data_url(data)
    except UnsafeImage as error:
        raise Refused(f"cannot be read: it {error}") from error
    if content is None:
        raise Refused("is not data:image/…;base64,…")
    return content
