"""Files that are made like backups and are none that `lanyard backup` would make."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData

from app.core.backup import manifest, rows
from app.core.backup.archive import Writer
from app.core.backup.manifest import FORMAT, Contents, Head, Rows
from app.core.migrating import newest_revision
from tests.support.rows import tables

HEAD = Head(
    format=FORMAT,
    revision=newest_revision(),
    database="sqlite",
    taken_at="2026-11-26T08:00:00.000000Z",
    public_url="https://cards.example",
    key=None,
    photos=True,
)


def craft(path: Path, *members: tuple[str, bytes], contents: Contents | None = None, **head: Any) -> None:
    """Write a file of these members, whose checksum is right."""
    with path.open("wb") as file:
        archive = Writer(file)
        archive.add(manifest.HEAD, replace(HEAD, **head).to_json())
        for member in members:
            archive.add(*member)
        archive.add(manifest.CONTENTS, (contents or Contents()).to_json())
        archive.end()


def rows_of(table: str, *lines: bytes) -> tuple[str, bytes]:
    """A member with rows of a table."""
    return manifest.name_of_rows(table, 0), manifest.packed(b"".join(lines))


def craft_of(path: Path, connection: Connection, revision: str) -> None:
    """Write what an earlier version of the program would have made of its database."""
    found = {str(table.name): table for table in tables(connection)}
    lines = {name: b"".join(_aware(piece) for piece in rows.pieces(connection, table)) for name, table in found.items()}
    craft(
        path,
        *(rows_of(name, packed) for name, packed in lines.items()),
        contents=Contents(
            {
                name: Rows([str(one.name) for one in table.columns], lines[name].count(b"\n"))
                for name, table in found.items()
            }
        ),
        revision=revision,
    )


def _aware(lines: bytes) -> bytes:
    """Moments that are read without the program's own types have no zone."""
    return re.sub(rb'("\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)"', rb'\1Z"', lines)


def names(connection: Connection) -> list[str]:
    """The tables that there are in a database."""
    metadata = MetaData()
    metadata.reflect(connection)
    return sorted(metadata.tables)
