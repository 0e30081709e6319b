"""When a directory asked for what: whether it is connected is to be seen at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. What was asked before is not known; a directory asks again within the hour."""
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


def downgrade() -> None:
    """Forget them."""
    op.drop_table("directory_contacts")
