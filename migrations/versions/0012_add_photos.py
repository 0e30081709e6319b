"""Photos: what was pushed, kept beside the documents, and the files that are made of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MARK = "picture:"


def _organization() -> sa.Column[Any]:
    return sa.Column("organization_id", sa.String(36), nullable=False)


def _of_organization(table: str, *key: str) -> tuple[Any, Any]:
    return (
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=f"fk_{table}_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", *key, name=f"pk_{table}"),
    )


def upgrade() -> None:
    """Create the tables. Photos that stand in documents stay there until these are pushed anew."""
    op.create_table(
        "pictures",
        _organization(),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("pushed", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        *_of_organization("pictures", "id"),
    )
    op.create_table(
        "photos",
        _organization(),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("original", sa.String(64)),
        sa.Column("sizes", sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql")),
        sa.Column("refusal", sa.Text()),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(64)),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        *_of_organization("photos", "id"),
    )
    op.create_index(
        "ix_photos_waiting",
        "photos",
        ["asked_at"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_photos_original", "photos", ["organization_id", "original"])
    op.create_table(
        "photo_uses",
        _organization(),
        sa.Column("photo_id", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(36), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True)),
        *_of_organization("photo_uses", "photo_id", "owner"),
    )
    op.create_index(
        "ix_photo_uses_left_at",
        "photo_uses",
        ["organization_id", "left_at"],
        sqlite_where=sa.text("left_at IS NOT NULL"),
        postgresql_where=sa.text("left_at IS NOT NULL"),
    )
    op.create_table(
        "photo_files",
        _organization(),
        sa.Column("place", sa.String(255), nullable=False),
        sa.Column("original", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True)),
        sa.Column("gone_at", sa.DateTime(timezone=True)),
        *_of_organization("photo_files", "place"),
    )
    op.create_index("ix_photo_files_original", "photo_files", ["organization_id", "original", "size", "kind"])
    op.create_index("ix_photo_files_touched_at", "photo_files", ["organization_id", "touched_at"])


def downgrade() -> None:
    """Put the photos back into the documents that name them, and drop the tables."""
    bind = op.get_bind()
    pictures = sa.table("pictures", *map(sa.column, ("organization_id", "id", "pushed")))
    users = sa.table("scim_users", sa.column("organization_id"), sa.column("id"), sa.column("document", sa.JSON()))
    named = sa.select(users).where(sa.cast(users.c.document, sa.Text()).contains(f'"{MARK}'))
    for row in bind.execute(named).all():
        for entry in row.document.get("photos", ()):
            picture_id = str(entry.get("value")).removeprefix(MARK)
            pushed = bind.scalar(
                sa.select(pictures.c.pushed).where(
                    pictures.c.organization_id == row.organization_id, pictures.c.id == picture_id
                )
            )
            entry["value"] = pushed or entry.get("value")
        bind.execute(
            sa.update(users)
            .where(users.c.organization_id == row.organization_id, users.c.id == row.id)
            .values(document=row.document)
        )
    for table in ("photo_files", "photo_uses", "photos", "pictures"):
        op.drop_table(table)
