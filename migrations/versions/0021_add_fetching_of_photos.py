"""Photos that are given as web addresses: when each is fetched, and of what version it is."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
LONGEST = 2048

_users = sa.table(
    "scim_users", *map(sa.column, ("organization_id", "id", "person_id")), sa.column("document", sa.JSON())
)
_photos = sa.table(
    "photos", *map(sa.column, ("organization_id", "id", "source", "state", "actor")), sa.column("asked_at", TIME)
)
_uses = sa.table("photo_uses", *map(sa.column, ("organization_id", "photo_id", "owner")), sa.column("begun_at", TIME))
_fetches = sa.table(
    "photo_fetches", *map(sa.column, ("organization_id", "photo_id", "address", "tries")), sa.column("due_at", TIME)
)


def upgrade() -> None:
    """Create the table, and have the addresses fetched that records name already."""
    op.create_table(
        "photo_fetches",
        sa.Column("organization_id", sa.String(36), nullable=False),
        sa.Column("photo_id", sa.String(64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fetched_at", TIME),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_photo_fetches_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "photo_id"],
            ["photos.organization_id", "photos.id"],
            name="fk_photo_fetches_photo_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "photo_id", name="pk_photo_fetches"),
    )
    op.create_index("ix_photo_fetches_due_at", "photo_fetches", ["due_at"])
    op.create_index("ix_photo_fetches_organization_id", "photo_fetches", ["organization_id", "due_at"])
    _index_waiting("state = 'waiting' AND source <> 'address'")
    _take_up()


def downgrade() -> None:
    """Drop the table, and forget the photos that came from addresses."""
    op.drop_table("photo_fetches")
    gone = "SELECT 1 FROM photos WHERE photos.organization_id = photo_uses.organization_id"
    op.execute(f"DELETE FROM photo_uses WHERE EXISTS ({gone} AND photos.id = photo_id AND source = 'address')")  # noqa: S608
    op.execute("DELETE FROM photos WHERE source = 'address'")
    _index_waiting("state = 'waiting'")


def _index_waiting(which: str) -> None:
    op.drop_index("ix_photos_waiting", "photos")
    op.create_index(
        "ix_photos_waiting", "photos", ["asked_at"], sqlite_where=sa.text(which), postgresql_where=sa.text(which)
    )


def _take_up() -> None:
    bind, now = op.get_bind(), datetime.now(UTC)
    naming = sa.cast(_users.c.document, sa.Text())
    for row in bind.execute(sa.select(_users).where(naming.like('%"photos"%') & naming.ilike("%http%"))).all():
        for address in sorted({entry.get("value") or "" for entry in row.document.get("photos", ())}):
            if len(address) <= LONGEST and address[:6].lower().startswith(("https:", "http:")):
                _have_fetched(bind, row, address, now)


def _have_fetched(bind: sa.Connection, row: sa.Row[object], address: str, now: datetime) -> None:
    photo_id = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()
    key = {"organization_id": row.organization_id}
    known = sa.select(_photos.c.id).where(_photos.c.organization_id == row.organization_id, _photos.c.id == photo_id)
    if bind.execute(known).first() is None:
        photo = {"id": photo_id, "source": "address", "state": "waiting", "asked_at": now, "actor": "system"}
        bind.execute(_photos.insert(), {**key, **photo})
        bind.execute(_fetches.insert(), {**key, "photo_id": photo_id, "address": address, "due_at": now, "tries": 0})
    bind.execute(_uses.insert(), {**key, "photo_id": photo_id, "owner": row.person_id, "begun_at": now})
