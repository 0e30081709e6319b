"""Reading a backup: whether the file is whole, and making an installation of it.

A file is read twice: once to see whether every byte is what was written, before anything is begun, and once to make
something of it. Who made it so that it passes the first time may still have written what no backup holds: names lead to
nothing but our tables and places of photos, and counts must come out as they are said to.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import IO, BinaryIO

import structlog
from sqlalchemy import Connection, func, select, table, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import StatementError

from app.core import migrating
from app.core.backup import archive, manifest
from app.core.backup.ahead import ahead
from app.core.backup.archive import Damaged
from app.core.backup.files import Files
from app.core.backup.manifest import CONTENTS, HEAD, KEY, Contents, Head
from app.core.backup.rows import Target
from app.core.errors import Refused
from app.core.stores import Store, StoreAway

log = structlog.get_logger("lanyard.backup")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was found whole. `key` is the installation's secret key, where the backup was taken with it."""

    path: Path
    head: Head
    contents: Contents
    key: str | None = field(repr=False)


def examine(path: Path) -> Backup:
    """Read the whole file and compare it with what it says of itself.

    Raises Refused when it cannot be read, is no backup, is damaged in any way or was made by a newer version.
    """
    with _opened(path) as file:
        pieces = archive.members(file)
        head = _head(path, pieces)
        if head.revision not in migrating.revisions():
            raise Refused(
                f"{path} is of revision {head.revision} of the database, which this version of Lanyard does not know: a"
                " newer one made it. Restore it with that one."
            )
        key, contents = None, None
        for name, content in pieces:
            if name == KEY:
                key = content.decode("ascii", "replace")
            elif name == CONTENTS:
                contents = Contents.from_json(content)
            elif manifest.table_in(name) is None and manifest.place_in(name) is None:
                raise Damaged("there is a piece in it that backups do not have")
        if contents is None:
            raise Damaged("it has no table of contents")
    return Backup(path, head, contents, key)


def restore(backup: Backup, url: URL, *, files: Files, after: Callable[[Connection], None]) -> None:
    """Make the installation at `url` of a backup: all of it, or nothing when anything is raised.

    `after` is called when the database holds everything, at the program's own revision, and before it is committed.
    Raises Refused when there is something in the database already, or when it does not take what the backup holds;
    StoreAway, Unavailable.
    """
    with (
        _opened(backup.path) as file,
        _forgotten_on_failure(files.store) as placed,
        migrating.building(url, backup.head.revision) as connection,
    ):
        _fill(connection, backup.contents, archive.members(file))
        file.seek(0)
        _place(files, backup.contents, archive.members(file), placed)
        migrating.to_newest(connection)
        _ensure_whole(connection)
        after(connection)


def _head(path: Path, pieces: Iterator[tuple[str, bytes]]) -> Head:
    foreign = Refused(f"{path} is no backup that `lanyard backup` has made.")
    try:
        name, content = next(pieces)
    except (Damaged, StopIteration) as error:
        raise foreign from error
    if name != HEAD:
        raise foreign
    return Head.from_json(content)


def _fill(connection: Connection, contents: Contents, pieces: Iterator[tuple[str, bytes]]) -> None:
    counts = {name: rows.count for name, rows in contents.tables.items()}
    for name, group in groupby(pieces, key=lambda piece: manifest.table_in(piece[0])):
        if name is None:
            continue
        if name not in counts:
            raise Damaged(f"its table of contents knows no table {name}")
        pieces_of_it = (manifest.unpacked(content) for _, content in group)
        try:
            Target(connection, name, contents.tables[name].columns).write(pieces_of_it)
        except (StatementError, connection.dialect.loaded_dbapi.Error) as error:
            reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
            raise Refused(f"The database does not take the rows of table {name}: {reason}") from error
    for name, count in counts.items():
        there = connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        if there != count:
            raise Damaged(f"it holds {there} rows of table {name} instead of {count}")


def _place(files: Files, contents: Contents, pieces: Iterator[tuple[str, bytes]], placed: _Placed) -> None:
    named = ((manifest.place_in(name), content) for name, content in pieces)
    found = ((place, content) for place, content in named if place is not None)

    def put(file: tuple[str, bytes]) -> None:
        place, content = file
        try:
            content_type = files.content_type(place)
        except ValueError as error:
            raise Damaged("a file in it has no place that files of photos have") from error
        if not _is_there(files.store, place, content):
            files.store.put(place, content, content_type)
            placed.note(place)

    count = sum(1 for _ in ahead(put, found))
    if count != contents.files:
        raise Damaged(f"it holds {count} files of photos instead of {contents.files}")


def _is_there(store: Store, place: str, content: bytes) -> bool:
    try:
        return store.get(place) == content
    except StoreAway:
        return False  # a folder is made with its first file; a store that is away says so when this one is put


def _ensure_whole(connection: Connection) -> None:
    """PostgreSQL has looked at every foreign key by now, and wants to be told how much there is of what."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE"))
        return
    for row in connection.execute(text("PRAGMA foreign_key_check")):
        raise Damaged(f"a row of table {row[0]} points to one of {row[2]} that is not there")


class _Placed:
    """The files that were put into a store, on disk: there may be very many."""

    def __init__(self, list_: IO[str]) -> None:
        self._list = list_
        self._lock = threading.Lock()

    def note(self, place: str) -> None:
        with self._lock:
            self._list.write(f"{place}\n")

    def take_back(self, store: Store) -> None:
        self._list.seek(0)
        try:
            for line in self._list:
                store.delete(line.rstrip("\n"))
        except StoreAway as error:
            log.warning("files of photos were put into the store and could not be deleted", reason=str(error))


@contextmanager
def _forgotten_on_failure(store: Store) -> Iterator[_Placed]:
    """Deletes the files that were put meanwhile when anything is raised."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as list_:
        placed = _Placed(list_)
        try:
            yield placed
        except BaseException:
            placed.take_back(store)
            raise


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file; what is wrong with it is said of it by name."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error
    except Damaged as error:
        raise Refused(f"{path} is damaged: {error}. Nothing was changed.") from error
