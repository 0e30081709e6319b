"""A name for an organization's rules (bindings, templates' sets and names), which every change of them replaces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rules that nobody has changed since have no name."""
    op.add_column("organizations", sa.Column("rules", sa.String(36)))


def downgrade() -> None:
    """Drop the name; rules are read each time."""
    op.drop_column("organizations", "rules")
