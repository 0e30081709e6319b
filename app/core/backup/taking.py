"""Taking a backup while everything goes on: the database as it was at one moment, then the files it speaks of.

The tables are read in one transaction that sees what was committed when it began, and nothing later. The files come
after it has ended, however long they take: one that is stored never changes, and none is deleted while the caller
keeps the sweep from running. So every file of that moment is still there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from sqlalchemy import Connection, Select, Table
from sqlalchemy.engine import URL

from app.core import migrating
from app.core.backup import manifest, rows
from app.core.backup.ahead import ahead
from app.core.backup.archive import Writer
from app.core.backup.files import Files
from app.core.backup.manifest import Contents, Head, Rows
from app.core.db import create_engine
from app.core.errors import Refused
from app.core.stores import whole_file

PLACES_AT_ONCE = 1_000


def take(
    path: Path, url: URL, tables: Sequence[Table], head: Head, *, files: Files | None, key: str | None, force: bool
) -> Contents:
    """Write a backup to `path`, for its owner alone to read; what there is in it.

    `tables` come in an order in which those that are pointed to are first. It is there whole and on disk when this
    returns, and not at all when anything is raised. Raises Refused where `path` cannot be written or, unless `force`,
    is taken; Refused when the database is at another revision than the program; StoreAway and Unavailable.
    """
    with _written(path, force=force) as file:
        return _Taking(file, path.parent).go(url, tables, head, files, key)


class _Taking:
    def __init__(self, file: BinaryIO, folder: Path) -> None:
        self._archive = Writer(file)
        self._folder = folder
        self._contents = Contents()

    def go(self, url: URL, tables: Sequence[Table], head: Head, files: Files | None, key: str | None) -> Contents:
        self._archive.add(manifest.HEAD, head.to_json())
        if key is not None:
            self._archive.add(manifest.KEY, key.encode())
        with tempfile.TemporaryFile("w+", dir=self._folder, encoding="utf-8") as places:
            with _snapshot(url) as connection:
                for table in tables:
                    self._table(connection, table)
                if files is not None:
                    _note(connection, files.places, places)
            if files is not None:
                places.seek(0)
                self._files(files, (line.rstrip("\n") for line in places))
        self._archive.add(manifest.CONTENTS, self._contents.to_json())
        self._archive.end()
        return self._contents

    def _table(self, connection: Connection, table: Table) -> None:
        name = str(table.name)  # of a class of its own, as those of columns may be
        written = self._contents.tables[name] = Rows([str(one.name) for one in table.columns])
        for number, lines in enumerate(rows.pieces(connection, table)):
            written.count += lines.count(b"\n")
            self._archive.add(manifest.name_of_rows(name, number), manifest.packed(lines))

    def _files(self, files: Files, places: Iterator[str]) -> None:
        for place, content in ahead(lambda place: (place, files.store.get(place)), places):
            if content is None:
                self._contents.missing += 1
                continue
            self._contents.files += 1
            self._contents.size += len(content)
            self._archive.add(manifest.name_of_file(place), content)


def _note(connection: Connection, places: Select[tuple[object, ...]], file: IO[str]) -> None:
    """Write down the places: the transaction need not wait for the files, nor memory hold the list."""
    for place in connection.execute(places, execution_options={"yield_per": PLACES_AT_ONCE}).scalars():
        file.write(f"{place}\n")


@contextmanager
def _snapshot(url: URL) -> Iterator[Connection]:
    """A connection that sees the database as it is now, whatever is committed meanwhile. Nobody waits for it."""
    with migrating.speaking_of(url), migrating.closing(create_engine(url, reading=True)) as engine:
        if url.get_backend_name() == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            with engine.connect().execution_options(**options) as connection:
                _ensure_newest(connection)
                yield connection
            return
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                _ensure_newest(connection)
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")


def _ensure_newest(connection: Connection) -> None:
    """A table or column that this program does not know would be missing in the backup without a word."""
    at = migrating.revision(connection)
    if at != migrating.newest_revision():
        raise Refused(
            f"The database is at revision {at}, this version of Lanyard at {migrating.newest_revision()}: take the"
            " backup with the version that the servers have, or run `lanyard migrate` first."
        )


@contextmanager
def _written(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A file that gets its name when it is whole and on disk."""
    try:
        _ensure_free(path, force=force)
        with whole_file(path, f".{path.name}.") as file:
            yield file
            _ensure_free(path, force=force)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}. Nothing of it was left there.") from error


def _ensure_free(path: Path, *, force: bool) -> None:
    if path.is_dir():
        raise Refused(f"{path} is a folder; name the file that the backup shall be.")
    if path.exists() and not force:
        raise Refused(f"{path} is there already; name another file, or say --force to replace it.")
