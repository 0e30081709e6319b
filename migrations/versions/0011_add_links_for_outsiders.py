"""Links by which people sign in whom no directory knows, and what else a provider calls roles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Let a link be a person's, find people by their address in all organizations, name values that are roles."""
    with op.batch_alter_table("sign_in_links") as batch:
        batch.add_column(sa.Column("person_id", sa.String(36)))
        batch.create_foreign_key(
            "fk_sign_in_links_organization_id_person_id_people",
            "people",
            ["organization_id", "person_id"],
            ["organization_id", "id"],
        )
    op.create_index("ix_sign_in_links_person_id", "sign_in_links", ["organization_id", "person_id", "made_at"])
    op.create_index("ix_people_email_key", "people", ["email_key"])
    op.add_column("sign_in_providers", sa.Column("role_values", JSON))


def downgrade() -> None:
    """Forget them."""
    with op.batch_alter_table("sign_in_providers") as batch:
        batch.drop_column("role_values")
    op.drop_index("ix_people_email_key", "people")
    op.execute("DELETE FROM sign_in_links WHERE person_id IS NOT NULL")
    op.drop_index("ix_sign_in_links_person_id", "sign_in_links")
    with op.batch_alter_table("sign_in_links") as batch:
        batch.drop_constraint("fk_sign_in_links_organization_id_person_id_people", type_="foreignkey")
        batch.drop_column("person_id")
