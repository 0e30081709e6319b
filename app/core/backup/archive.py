"""The file itself: a plain tar (POSIX.1-1988 `ustar`) of regular members, written and read one after the other.

Everybody's `tar` lists it. We read no other kind of member than we write, take no name for a path, and hold one member
at a time: links, devices, sparse files and headers of any length, which tar knows as well, are damage to us.
"""

from __future__ import annotations

from collections.abc import Iterator
from tarfile import BLOCKSIZE, NUL, REGTYPE, USTAR_FORMAT, HeaderError, TarInfo
from typing import BinaryIO

from app.core.errors import Refused

MOST = 256 * 1024 * 1024
"""Bytes that a member has at most, and that what is packed in it has."""

_END = NUL * 2 * BLOCKSIZE


class Damaged(Refused):
    """The file is not what a backup is, or not all of it."""


class Writer:
    """Writes members into a file that is open for writing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def add(self, name: str, content: bytes) -> None:
        """Write one member. Raises Refused for one that could not be read back, OSError when the file cannot grow."""
        if len(content) > MOST:
            raise Refused(f"{name} has {len(content)} bytes; a backup takes {MOST} in one piece")
        info = TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self._file.write(info.tobuf(USTAR_FORMAT))
        self._file.write(content)
        self._file.write(_padding(len(content)))

    def end(self) -> None:
        """Write what says that nothing follows."""
        self._file.write(_END)


def members(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Name and content of each member, in order. Raises Damaged where the file is not as Writer makes it."""
    while (block := _read(file, BLOCKSIZE)) != NUL * BLOCKSIZE:
        try:
            info = TarInfo.frombuf(block, "ascii", "strict")
        except (HeaderError, UnicodeDecodeError, ValueError) as error:
            raise Damaged("what should be the beginning of a piece is none") from error
        if info.type != REGTYPE or not 0 <= info.size <= MOST:
            raise Damaged("a piece of it is of a kind or size that backups do not have")
        content = _read(file, info.size)
        if _read(file, len(_padding(info.size))).strip(NUL):
            raise Damaged("there is something between two pieces")
        yield info.name, content
    if file.read(BLOCKSIZE + 1) != NUL * BLOCKSIZE:
        raise Damaged("its end is not where it should be")


def _read(file: BinaryIO, size: int) -> bytes:
    content = file.read(size)
    if len(content) < size:
        raise Damaged("it ends in the middle: it was cut")
    return content


def _padding(size: int) -> bytes:
    return NUL * (-size % BLOCKSIZE)
