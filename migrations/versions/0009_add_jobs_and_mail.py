"""What ran in the background, and mails that wait to be sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create `job_runs`."""
    op.create_table(
        "job_runs",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True)),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alive_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(8)),
        sa.Column("sentence", sa.Text()),
    )
    op.create_index("uq_job_runs_name_slot", "job_runs", ["name", "slot"], unique=True)
    op.create_index(
        "uq_job_runs_name",
        "job_runs",
        ["name"],
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index("ix_job_runs_name_id", "job_runs", ["name", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("job_runs")
