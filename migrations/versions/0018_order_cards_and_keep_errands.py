"""Cards have an index for each order that their list has; what is asked for many cards at once is kept as an errand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Give the indexes of `cards` what lists ask for; create `errands`."""
    for name in ("ix_cards_created_at", "ix_cards_modified_at", "ix_cards_state"):
        op.drop_index(name, "cards")
    for order in ("created_at", "modified_at"):
        asked = ["organization_id", order, "id", "state", "paused_by_admin", "template_id"]
        op.create_index(f"ix_cards_{order}", "cards", asked)
    op.create_index("ix_cards_state", "cards", ["organization_id", "state", "waiting_since", "person_id", "id"])
    op.create_table(
        "errands",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("cards", sa.JSON(), nullable=False),
        sa.Column("plan", sa.String(16), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.Column("outcome", sa.String(8)),
        sa.Column("sentence", sa.Text()),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_errands_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_errands"),
    )


def downgrade() -> None:
    """Drop the table, and put the indexes back as they were."""
    op.drop_table("errands")
    op.drop_index("ix_cards_state", "cards")
    op.drop_index("ix_cards_modified_at", "cards")
    op.drop_index("ix_cards_created_at", "cards")
    op.create_index("ix_cards_state", "cards", ["organization_id", "state", "waiting_since"])
    op.create_index("ix_cards_modified_at", "cards", ["organization_id", "modified_at", "id"])
    op.create_index("ix_cards_created_at", "cards", ["organization_id", "created_at", "id"])
