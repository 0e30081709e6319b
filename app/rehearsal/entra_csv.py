"""Reading a folder of Entra's own exports: `users.csv` (Users → Download users) and `groups/<display name>.csv`
(a group's Members → Download members).

Entra has changed its column names over the years (`objectId` and `id`, `mobile` and `mobilePhone`, `Object ID`); all of
them are understood, in any case, with comma or semicolon. Columns that no card could use are passed over.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.rehearsal.directory import (
    CHOICES,
    EXTENSION,
    PERSON_KEYS,
    GroupEntry,
    PersonEntry,
    Reference,
    Stage,
)
from app.rehearsal.errors import DirectoryFileError, Place

EXTENSION_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_$-]*")
"""What an attribute of a SCIM extension may be called (RFC 7643 §2.1)."""

COLUMNS: Mapping[str, str] = {
    **{key.lower(): key for key in PERSON_KEYS},
    "id": "objectId",
    "officelocation": "physicalDeliveryOfficeName",
    "businessphones": "telephoneNumber",
    "mobilephone": "mobile",
    "faxnumber": "facsimileTelephoneNumber",
}
"""Column name (lower case, letters and digits alone) → the key it stands for."""


def column_name(header: str) -> str:
    """A header as COLUMNS knows it: "Object ID" and "objectId" are the same."""
    return re.sub(r"[^a-z0-9]", "", header.lower())


def read_folder(folder: Path, name: str) -> Stage:
    """The folder as one stage of that name. Raises DirectoryFileError.

    A group without an object id of its own is known by its display name, which is the file's name. Members that are
    not in `users.csv` are left to the caller.
    """
    users = folder / "users.csv"
    if not users.is_file():
        raise DirectoryFileError(str(folder), "the folder has no users.csv (in Entra: Users, Download users)")
    people = tuple(_person(row) for row in _rows(users, users.name))
    files = sorted((folder / "groups").glob("*.csv"))
    return Stage(name, people, tuple(_group(file) for file in files))


@dataclass(frozen=True, slots=True)
class _Row:
    place: Place
    cells: Mapping[str, str]
    """Header as written → text, without empty ones."""


def _person(row: _Row) -> PersonEntry:
    given: dict[str, str | None] = {}
    for header, text in row.cells.items():
        key = _key(header)
        if key is None:
            continue
        choices = CHOICES.get(key)
        if choices and text.lower() not in choices:
            raise DirectoryFileError(row.place, f"{header} is {text!r}; it can be {', '.join(choices)}")
        given[key] = text.lower() if choices else text
    return PersonEntry(row.place, given)


def _key(header: str) -> str | None:
    """The key a column stands for; None for a column that is of no use here."""
    if header.lower().startswith(EXTENSION) and EXTENSION_NAME.fullmatch(header[len(EXTENSION) :]):
        return EXTENSION + header[len(EXTENSION) :]
    return COLUMNS.get(column_name(header))


def _group(file: Path) -> GroupEntry:
    members = tuple(_member(row) for row in _rows(file, f"groups/{file.name}"))
    return GroupEntry(Place(f"groups/{file.name}", 1), {"displayName": file.stem}, members)


def _member(row: _Row) -> Reference:
    told = {COLUMNS.get(column_name(header)): text for header, text in row.cells.items()}
    names = tuple(told[key] for key in ("objectId", "userPrincipalName") if key in told)
    if not names:
        raise DirectoryFileError(row.place, "a member needs an id or a userPrincipalName")
    return Reference(names)


def _rows(file: Path, name: str) -> Iterator[_Row]:
    """The rows below the header. Raises DirectoryFileError."""
    text = _text(file, name)
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    line = 0
    try:
        for cells in reader:
            line, above = reader.line_num, line
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells, Place(name, above + 1))
                continue
            if len(cells) > len(header):
                raise DirectoryFileError(Place(name, above + 1), "this row has more cells than the header has columns")
            yield _Row(Place(name, above + 1), {key: cell for key, cell in zip(header, cells, strict=False) if cell})
    except csv.Error as error:
        raise DirectoryFileError(Place(name, reader.line_num), f"this is not CSV: {error}") from error
    if header is None:
        raise DirectoryFileError(name, "the file is empty; it needs a header with Entra's column names")


def _header(cells: list[str], place: Place) -> list[str]:
    keys = [key for key in map(_key, cells) if key is not None]
    if not {"objectId", "userPrincipalName"} & set(keys):
        raise DirectoryFileError(place, "the header names neither an id nor a userPrincipalName column")
    for key in keys:
        if keys.count(key) > 1:
            raise DirectoryFileError(place, f"two columns stand for {key}")
    return cells


def _text(file: Path, name: str) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DirectoryFileError(name, "this is not UTF-8 text; save it as CSV UTF-8") from error
    except OSError as error:
        raise DirectoryFileError(name, (error.strerror or "cannot be read").lower()) from error
