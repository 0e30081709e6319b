"""Users for answers that show all of them: their documents stay the text as which they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Text, cast

from app.core.unit_of_work import Reader
from app.directory import pictures, users
from app.directory.tables import scim_users


class StoredUser(NamedTuple):
    """A SCIM user; `document` is a JSON object with at least one member, as it was pushed."""

    id: str
    document: str
    version: int
    created_at: datetime
    modified_at: datetime
    groups: Sequence[tuple[str, str]]
    """(id, display name) of the groups that the user is in, by display name."""


COLUMNS = (
    scim_users.c.id,
    cast(scim_users.c.document, Text).label("text"),
    scim_users.c.version,
    scim_users.c.created_at,
    scim_users.c.modified_at,
)


def records(reader: Reader, rows: Sequence[Row[Any]]) -> list[StoredUser]:
    """The users in rows of COLUMNS and users.GROUPS; one query more where some have pictures."""
    texts = pictures.brought_back_in_texts(reader, [row.text for row in rows])
    return [
        StoredUser(row.id, text, row.version, row.created_at, row.modified_at, users.in_order(row.groups))
        for row, text in zip(rows, texts, strict=True)
    ]
