"""The file itself: a plain tar (POSIX.1-1988 `ustar`) of regular members, written and read one after the other.

Everybody's `tar` lists it. The last member is the SHA-256 of everything before it, so that no byte can be another and
none can be missing. We read no other kind of member than we write, take no name for a path, and hold one member at a
time: links, devices, sparse files and headers of any length, which tar knows as well, are damage to us.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from tarfile import BLOCKSIZE, NUL, REGTYPE, USTAR_FORMAT, HeaderError, TarInfo
from typing import BinaryIO

from app.core.errors import Refused

MOST = 256 * 1024 * 1024
"""Bytes that a member has at most, and that what is packed in it has."""

_SUM = "sha256"
_END = NUL * 2 * BLOCKSIZE


class Damaged(Refused):
    """The file is not what a backup is, or not all of it."""


class Writer:
    """Writes members into a file that is open for writing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def add(self, name: str, content: bytes) -> None:
        """Write one member. Raises Refused for one that could not be read back, OSError when the file cannot grow."""
        if len(content) > MOST:
            raise Refused(f"{name} has {len(content)} bytes; a backup takes {MOST} in one piece")
        info = TarInfo(name)
        info.size, info.mode = len(content), 0o600
        for part in (info.tobuf(USTAR_FORMAT), content, _padding(len(content))):
            self._digest.update(part)
            self._file.write(part)

    def end(self) -> None:
        """Write what says that nothing follows, and what everything before can be checked by."""
        self.add(_SUM, self._digest.hexdigest().encode())
        self._file.write(_END)


def members(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Name and content of each member, in order.

    Raises Damaged where the file is not as Writer makes it; not before its end is it certain that it is.
    """
    digest = hashlib.sha256()
    while True:
        so_far = digest.hexdigest().encode()
        block = _read(file, BLOCKSIZE)
        info = _header(block)
        content = _read(file, info.size)
        padding = _read(file, len(_padding(info.size)))
        if info.name == _SUM:
            break
        for part in (block, content, padding):
            digest.update(part)
        yield info.name, content
    if content != so_far:
        raise Damaged("it is not, byte by byte, what was written")
    if padding.strip(NUL) or _read(file, len(_END)) != _END or file.read(1):
        raise Damaged("its end is not what was written")


def _header(block: bytes) -> TarInfo:
    try:
        info = TarInfo.frombuf(block, "ascii", "strict")
    except (HeaderError, UnicodeDecodeError, ValueError) as error:
        raise Damaged("where a piece of it should begin, none does") from error
    if info.type != REGTYPE or not 0 <= info.size <= MOST:
        raise Damaged("a piece of it is of a kind or size that backups do not have")
    return info


def _read(file: BinaryIO, size: int) -> bytes:
    content = file.read(size)
    if len(content) < size:
        raise Damaged("it ends in the middle: it was cut")
    return content


def _padding(size: int) -> bytes:
    return NUL * (-size % BLOCKSIZE)
