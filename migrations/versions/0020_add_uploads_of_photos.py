"""Photos that people send, which wait to be drawn; what shows while a new photo of the directory waits.

Photos that older versions left in documents and on cards are moved beside them, and wait to be drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MARK, DATA = "picture:", "data:"
AT_ONCE = 50

_JSONB = sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def _table(name: str, *texts: str, **others: Any) -> sa.TableClause:
    columns = [sa.column(text, sa.String) for text in ("organization_id", *texts)]
    return sa.table(name, *columns, *(sa.column(other, type_) for other, type_ in others.items()))


_users = _table("scim_users", "id", "person_id", document=sa.JSON(), folded=_JSONB)
_cards = _table(
    "cards",
    "id",
    "person_id",
    own=_JSONB.with_variant(sa.JSON(none_as_null=True), "sqlite"),
    once=_JSONB,
    document=sa.JSON(),
)
_pictures = _table("pictures", "id", "pushed", kept_at=_TIME)
_photos = _table("photos", "id", "source", "state", "actor", asked_at=_TIME)
_uses = _table("photo_uses", "photo_id", "owner", begun_at=_TIME, left_at=_TIME)


def upgrade() -> None:
    """Create the table and the column, and move the photos."""
    op.create_table(
        "photo_uploads",
        sa.Column("organization_id", sa.String(36), nullable=False),
        sa.Column("card_id", sa.String(36), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("box", _JSONB),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("sent_at", _TIME, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(64)),
        sa.Column("refusal", sa.Text()),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_photo_uploads_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "card_id", name="pk_photo_uploads"),
    )
    op.create_index(
        "ix_photo_uploads_waiting",
        "photo_uploads",
        ["sent_at"],
        sqlite_where=sa.text("refusal IS NULL"),
        postgresql_where=sa.text("refusal IS NULL"),
    )
    op.add_column("photo_uses", sa.Column("meanwhile", sa.String(64)))
    moving = _Moving(op.get_bind())
    for row in _holding(_users, _users.c.document):
        moving.out_of_record(row)
    for row in _holding(_cards, _cards.c.document, _cards.c.own, _cards.c.once):
        moving.out_of_card(row)


def downgrade() -> None:
    """Drop them; what waits to be drawn as a card's own photo is lost. Moved photos stay beside the documents."""
    op.drop_column("photo_uses", "meanwhile")
    op.drop_index("ix_photo_uploads_waiting", "photo_uploads")
    op.drop_table("photo_uploads")


def _holding(table: sa.TableClause, *columns: sa.ColumnElement[Any]) -> Iterator[sa.Row[Any]]:
    """The rows in which a text begins like a data URL, few at a time."""
    has_data = sa.or_(*(sa.cast(column, sa.Text()).contains(f'"{DATA}') for column in columns))
    place = (table.c.organization_id, table.c.id)
    after = ("", "")
    while True:
        query = (
            sa.select(table)
            .where(has_data, sa.tuple_(*place) > sa.tuple_(*map(sa.literal, after)))
            .order_by(*place)
            .limit(AT_ONCE)
        )
        rows = op.get_bind().execute(query).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        after = (rows[-1].organization_id, rows[-1].id)


class _Moving:
    """Moves photos out of rows."""

    def __init__(self, bind: sa.Connection) -> None:
        self._bind = bind
        self._now = datetime.now(UTC)

    def out_of_record(self, row: sa.Row[Any]) -> None:
        document, found = _without(row.document)
        if not found:
            return
        folded = {**row.folded, "photos": _marked_as(row.folded.get("photos", ()), document["photos"])}
        self._update(_users, row, document=document, folded=folded)
        self._keep(row.organization_id, found, row.person_id, "directory", left=False)

    def out_of_card(self, row: sa.Row[Any]) -> None:
        document, found = _without(row.document)
        own, of_own = _without_value(row.own or {})
        once = {}
        for template, saved in (row.once or {}).items():
            once[template], more = _without_value(saved)
            found |= more
        if not (found or of_own):
            return
        self._update(_cards, row, document=document, own=own or None, once=once or None)
        self._keep(row.organization_id, of_own, row.id, "upload", left=False)
        self._keep(row.organization_id, found, row.person_id, "directory", left=True)

    def _update(self, table: sa.TableClause, row: sa.Row[Any], **values: Any) -> None:
        given = {name: sa.null() if value is None else value for name, value in values.items()}
        one = (table.c.organization_id == row.organization_id) & (table.c.id == row.id)
        self._bind.execute(sa.update(table).where(one).values(given))

    def _keep(self, organization: str, found: dict[str, str], owner: str | None, source: str, *, left: bool) -> None:
        for photo, pushed in found.items():
            self._insert(_pictures, {"organization_id": organization, "id": photo}, pushed=pushed, kept_at=self._now)
            asked = {"source": source, "state": "waiting", "actor": "system", "asked_at": self._now}
            self._insert(_photos, {"organization_id": organization, "id": photo}, **asked)
            if owner is not None:
                key = {"organization_id": organization, "photo_id": photo, "owner": owner}
                self._insert(_uses, key, begun_at=self._now, left_at=self._now if left else None)

    def _insert(self, table: sa.TableClause, key: dict[str, str], **values: Any) -> None:
        there = sa.select(sa.literal(1)).where(*(table.c[name] == value for name, value in key.items()))
        if self._bind.execute(there).first() is None:
            self._bind.execute(sa.insert(table).values(**key, **values))


def _without(document: Any) -> tuple[Any, dict[str, str]]:
    """A document whose photos are named by their hashes, and the photos by these."""
    entries = document.get("photos") if isinstance(document, dict) else None
    found: dict[str, str] = {}
    if not isinstance(entries, list):
        return document, found
    kept = [
        {**entry, "value": _marked(entry["value"], found)} if isinstance(entry, dict) and "value" in entry else entry
        for entry in entries
    ]
    return {**document, "photos": kept}, found


def _without_value(values: Any) -> tuple[Any, dict[str, str]]:
    """The same for values of a card by item."""
    found: dict[str, str] = {}
    photo = values.get("photo") if isinstance(values, dict) else None
    if not isinstance(photo, dict):
        return values, found
    return {**values, "photo": {**photo, "value": _marked(photo.get("value"), found)}}, found


def _marked(value: Any, found: dict[str, str]) -> Any:
    if not (isinstance(value, str) and value.startswith(DATA)):
        return value
    name = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    found[name] = value
    return MARK + name


def _marked_as(folded: Any, entries: Any) -> Any:
    """The folded entries with the marks of those that they are folded from."""
    return [
        {**one, "value": entry["value"]} if str(entry.get("value")).startswith(MARK) else one
        for one, entry in zip(folded, entries, strict=True)
    ]
