"""Lists of cards by their last change have an index."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index cards by their last change."""
    op.create_index("ix_cards_modified_at", "cards", ["organization_id", "modified_at", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_cards_modified_at", "cards")
