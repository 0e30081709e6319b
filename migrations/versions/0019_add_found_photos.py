"""Photos from Microsoft Graph: what was found for a record, whom Graph was asked about, and tokens of people."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


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
    """Add the column, and create the tables."""
    op.add_column("scim_users", sa.Column("found_photo", sa.JSON()))
    op.create_table(
        "graph_rounds",
        _organization(),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("problem", sa.Text()),
        sa.Column("sign_in_problem", sa.Text()),
        *_of_organization("graph_rounds"),
    )
    op.create_table(
        "graph_people",
        _organization(),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(8)),
        sa.Column("etag", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("round", sa.DateTime(timezone=True)),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["scim_users.organization_id", "scim_users.id"],
            name="fk_graph_people_organization_id_user_id",
            ondelete="CASCADE",
        ),
        *_of_organization("graph_people", "user_id"),
    )
    op.create_table(
        "graph_tokens",
        _organization(),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        *_of_organization("graph_tokens", "person_id"),
    )
    op.create_index("ix_graph_tokens_not_before", "graph_tokens", ["not_before"])


def downgrade() -> None:
    """Drop the tables and the column: cards whose photo was found in Graph show initials."""
    for table in ("graph_tokens", "graph_people", "graph_rounds"):
        op.drop_table(table)
    with op.batch_alter_table("scim_users") as batch:
        batch.drop_column("found_photo")
