"""When a directory asked for what, who made a credential, and which sessions have roles: what the console shows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CREDENTIALS = ("api_tokens", "oauth_clients", "oauth_client_secrets")


def upgrade() -> None:
    """Create table, columns and index. What was asked before is not known; a directory asks again within the hour."""
    op.create_table(
        "directory_contacts",
        sa.Column("organization_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name="fk_directory_contacts_organization_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "kind", name="pk_directory_contacts"),
    )
    for table in CREDENTIALS:
        op.add_column(table, sa.Column("created_by", sa.Text()))
    op.create_index(
        "ix_sessions_roles",
        "sessions",
        ["organization_id", "public_id"],
        sqlite_where=sa.text("roles <> '[]'"),
        postgresql_where=sa.text("roles <> '[]'"),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_index("ix_sessions_roles", "sessions")
    for table in CREDENTIALS:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("created_by")
    op.drop_table("directory_contacts")
