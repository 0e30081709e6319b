"""The provisioning log, which request set each value of a user, and how often tokens are used to read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables `provisioning_log` and `token_use` and the column `scim_users.origins`."""
    op.create_table(
        "provisioning_log",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(length=64)),
        sa.Column("method", sa.String(length=8)),
        sa.Column("resource", sa.String(length=64)),
        sa.Column("resource_id", ID),
        sa.Column("person_id", ID),
        sa.Column("user_name", sa.Text()),
        sa.Column("past_name_key", sa.Text()),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("scim_type", sa.String(length=32)),
        sa.Column("duration_ms", sa.Float()),
        sa.Column("body", sa.JSON()),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_provisioning_log_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_provisioning_log"),
    )
    _create_index("ix_provisioning_log_person_id", ["organization_id", "person_id", "id"], "person_id IS NOT NULL")
    _create_index(
        "ix_provisioning_log_past_name_key", ["organization_id", "past_name_key", "id"], "past_name_key IS NOT NULL"
    )
    _create_index("ix_provisioning_log_failed", ["organization_id", "id"], "status >= 400")
    op.create_table(
        "token_use",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("credential_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_token_use_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "credential_id", "day", "kind", name="pk_token_use"),
    )
    op.add_column("scim_users", sa.Column("origins", sa.JSON()))


def downgrade() -> None:
    """Drop them, and with them the log."""
    with op.batch_alter_table("scim_users") as batch:
        batch.drop_column("origins")
    op.drop_table("token_use")
    op.drop_table("provisioning_log")


def _create_index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "provisioning_log", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
