"""When somebody last proved who they are, which a new session alone does not say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; of sessions that are open nobody knows."""
    op.add_column("sessions", sa.Column("proved_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("sessions") as batch:
        batch.drop_column("proved_at")
