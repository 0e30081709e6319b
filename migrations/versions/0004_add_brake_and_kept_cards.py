"""Cards that the brake holds or an admin kept against the directory, and since when a card is down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `kept`, `down_at` and `document` to `cards`, and to `organizations` when the brake was last released."""
    with op.batch_alter_table("cards") as batch:
        batch.add_column(sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("down_at", sa.DateTime(timezone=True)))
        batch.add_column(sa.Column("document", sa.JSON()))
    with op.batch_alter_table("cards") as batch:
        batch.alter_column("kept", existing_type=sa.Boolean(), server_default=None)
    op.create_index("ix_cards_down_at", "cards", ["organization_id", "down_at"])
    op.add_column("organizations", sa.Column("brake_released_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Forget them."""
    with op.batch_alter_table("organizations") as batch:
        batch.drop_column("brake_released_at")
    op.drop_index("ix_cards_down_at", "cards")
    with op.batch_alter_table("cards") as batch:
        batch.drop_column("document")
        batch.drop_column("down_at")
        batch.drop_column("kept")
