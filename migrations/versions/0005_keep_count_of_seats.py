"""How many seats are taken, where there is a seat limit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `seats_taken` to `organizations`; it is counted when it is first needed."""
    op.add_column("organizations", sa.Column("seats_taken", sa.Integer()))


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("organizations") as batch:
        batch.drop_column("seats_taken")
