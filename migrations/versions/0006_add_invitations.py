"""Invitations of people outside the directory, and the address that such a person is known by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)
OPEN = sa.text("claimed_at IS NULL AND revoked_at IS NULL")


def upgrade() -> None:
    """Create `invitations` and add `email` and `email_key` to `people`."""
    op.add_column("people", sa.Column("email", sa.Text()))
    op.add_column("people", sa.Column("email_key", sa.Text()))
    op.create_index("uq_people_organization_id_email_key", "people", ["organization_id", "email_key"], unique=True)
    op.create_table(
        "invitations",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("template_id", ID, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME),
        sa.Column("claimed_at", TIME),
        sa.Column("person_id", ID),
        sa.Column("card_id", ID),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_invitations_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "template_id"],
            ["templates.organization_id", "templates.id"],
            name="fk_invitations_organization_id_template_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_invitations"),
    )
    op.create_index("uq_invitations_digest", "invitations", ["digest"], unique=True)
    op.create_index(
        "uq_invitations_organization_id_email_key_template_id",
        "invitations",
        ["organization_id", "email_key", "template_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index("ix_invitations_made_at", "invitations", ["organization_id", "made_at", "id"])
    op.create_index("ix_invitations_person_id", "invitations", ["organization_id", "person_id"])


def downgrade() -> None:
    """Drop them: links that were sent stop working, and people from outside are nobody's any more."""
    op.drop_table("invitations")
    op.drop_index("uq_people_organization_id_email_key", "people")
    with op.batch_alter_table("people") as batch:
        batch.drop_column("email_key")
        batch.drop_column("email")
