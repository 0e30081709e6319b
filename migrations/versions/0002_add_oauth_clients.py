"""OAuth clients with their secrets or their federation, and the access tokens they get."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Create the clients' tables; let a token belong to a client."""
    op.create_table(
        "oauth_clients",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("token_minutes", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.Text()),
        sa.Column("jwks_url", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("audiences", JSON),
        sa.Column("tenant_id", ID),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME),
        sa.Column("last_used_at", TIME),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_oauth_clients_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_oauth_clients"),
    )
    op.create_index("uq_oauth_clients_id", "oauth_clients", ["id"], unique=True)
    op.create_index(
        "uq_oauth_clients_organization_id_name",
        "oauth_clients",
        ["organization_id", "name"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "oauth_client_secrets",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME),
        sa.Column("revoked_at", TIME),
        sa.Column("last_used_at", TIME),
        sa.ForeignKeyConstraint(
            ["organization_id", "client_id"],
            ["oauth_clients.organization_id", "oauth_clients.id"],
            name="fk_oauth_client_secrets_organization_id_client_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name="fk_oauth_client_secrets_organization_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_oauth_client_secrets"),
    )
    op.create_index("ix_oauth_client_secrets_client_id", "oauth_client_secrets", ["organization_id", "client_id"])
    with op.batch_alter_table("api_tokens") as tokens:
        tokens.add_column(sa.Column("client_id", ID))
        tokens.create_foreign_key(
            "fk_api_tokens_organization_id_client_id",
            "oauth_clients",
            ["organization_id", "client_id"],
            ["organization_id", "id"],
        )
        tokens.create_index("ix_api_tokens_client_id", ["organization_id", "client_id"])
        tokens.create_index("ix_api_tokens_expires_at", ["organization_id", "expires_at"])


def downgrade() -> None:
    """Drop the clients. Their access tokens end: without a client nobody could end them any more."""
    op.execute("UPDATE api_tokens SET revoked_at = created_at WHERE client_id IS NOT NULL AND revoked_at IS NULL")
    with op.batch_alter_table("api_tokens") as tokens:
        tokens.drop_index("ix_api_tokens_expires_at")
        tokens.drop_index("ix_api_tokens_client_id")
        tokens.drop_constraint("fk_api_tokens_organization_id_client_id", type_="foreignkey")
        tokens.drop_column("client_id")
    op.drop_table("oauth_client_secrets")
    op.drop_table("oauth_clients")
