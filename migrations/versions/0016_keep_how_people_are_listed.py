"""How people stand in lists, kept with them; and since when an admin keeps somebody out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.attributes.folding import fold

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
BATCH = 1_000
TOMBSTONE = re.compile(r"[0-9a-f]{32}\S", re.IGNORECASE)
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
COLUMNS = ("name", "called", "listed", "standing", "changed_at", "blocked_at")

PEOPLE = sa.table(
    "people",
    *(sa.column(name) for name in ("organization_id", "id", "email", "merged_into", "name", "called", "listed")),
    sa.column("standing"),
    sa.column("created_at", TIME),
    sa.column("changed_at", TIME),
)
USERS = sa.table(
    "scim_users",
    *(sa.column(name) for name in ("organization_id", "person_id", "user_name", "active")),
    sa.column("document", sa.JSON()),
    sa.column("modified_at", TIME),
)
PAST = sa.table("past_user_names", *(sa.column(name) for name in ("organization_id", "person_id", "id", "user_name")))


def upgrade() -> None:
    """Add the columns, fill them from the records, and make the indexes of the lists."""
    for name in COLUMNS[:3]:
        op.add_column("people", sa.Column(name, sa.Text()))
    op.add_column("people", sa.Column("standing", sa.String(8)))
    op.add_column("people", sa.Column("changed_at", TIME))
    op.add_column("people", sa.Column("blocked_at", TIME))
    bind = op.get_bind()
    place = ("", "")
    while rows := bind.execute(_after(place)).all():
        bind.execute(
            sa.update(PEOPLE)
            .where(
                PEOPLE.c.organization_id == sa.bindparam("of"),
                PEOPLE.c.id == sa.bindparam("person"),
            )
            .values({name: sa.bindparam(f"new_{name}") for name in ("name", "called", "listed", "standing")})
            .values(changed_at=sa.bindparam("new_changed_at", type_=TIME)),
            list(_standings(rows)),
        )
        place = (rows[-1].organization_id, rows[-1].id)
    op.create_index("ix_people_listed", "people", ["organization_id", "listed", "id", "standing"])
    op.create_index("ix_people_called", "people", ["organization_id", "called", "id"])
    op.create_index("ix_people_changed_at", "people", ["organization_id", "changed_at", "id"])
    blocked = sa.text("blocked_at IS NOT NULL")
    op.create_index(
        "ix_people_blocked_at",
        "people",
        ["organization_id", "blocked_at", "id"],
        sqlite_where=blocked,
        postgresql_where=blocked,
    )
    op.create_index("ix_mails_state", "mails", ["organization_id", "state", "id"])


def downgrade() -> None:
    """Drop them. Who was kept out comes in again."""
    op.drop_index("ix_mails_state", "mails")
    for name in ("blocked_at", "changed_at", "called", "listed"):
        op.drop_index(f"ix_people_{name}", "people")
    with op.batch_alter_table("people") as batch:
        for name in COLUMNS:
            batch.drop_column(name)


def _after(place: tuple[str, str]) -> sa.Select[Any]:
    last_name = (
        sa.select(PAST.c.user_name)
        .where(PAST.c.organization_id == PEOPLE.c.organization_id, PAST.c.person_id == PEOPLE.c.id)
        .order_by(PAST.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        sa.select(
            PEOPLE.c.organization_id,
            PEOPLE.c.id,
            PEOPLE.c.email,
            PEOPLE.c.created_at,
            USERS.c.user_name,
            USERS.c.active,
            USERS.c.document,
            USERS.c.modified_at,
            last_name.label("last_name"),
        )
        .outerjoin(USERS, (USERS.c.organization_id == PEOPLE.c.organization_id) & (USERS.c.person_id == PEOPLE.c.id))
        .where(sa.tuple_(PEOPLE.c.organization_id, PEOPLE.c.id) > sa.tuple_(*map(sa.literal, place)))
        .where(PEOPLE.c.merged_into.is_(None))
        .order_by(PEOPLE.c.organization_id, PEOPLE.c.id)
        .limit(BATCH)
    )


def _standings(rows: Any) -> Iterator[dict[str, Any]]:
    for row in rows:
        document = row.document or {}
        parts = document.get("name") or {}
        made = " ".join(filter(None, (parts.get("givenName"), parts.get("familyName"))))
        name = document.get("displayName") or parts.get("formatted") or made or None
        if row.user_name is not None:
            emails = document.get("emails", ())
            mail = next((one for one in emails if one.get("primary")), emails[0] if emails else {}).get("value")
            called, standing = row.user_name, "active" if row.active else "inactive"
            if not row.active and TOMBSTONE.match(called):
                called = called[32:]
        else:
            called, mail = row.email or row.last_name or row.id, None
            standing = "invited" if row.email else "left"
        department = (document.get(ENTERPRISE_USER) or {}).get("department")
        shown = (name or called, called if row.user_name is not None else None, mail, department)
        yield {
            "of": row.organization_id,
            "person": row.id,
            "new_name": name,
            "new_called": _plain(called),
            "new_listed": "\n".join(_plain(part) for part in shown if part),
            "new_standing": standing,
            "new_changed_at": row.modified_at or row.created_at,
        }


def _plain(text: str) -> str:
    return fold(" ".join(text.replace("\0", " ").split()))[:150]
