"""How people sign in, who they are then, and their sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)
DIGEST = sa.LargeBinary(32)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Create the tables of sign-in."""
    op.create_table(
        "sign_in_providers",
        _organization(),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret", sa.Text(), nullable=False),
        sa.Column("tenant_id", ID),
        sa.Column("role_claim", sa.Text()),
        sa.Column("changed_at", TIME, nullable=False),
        *_keys("sign_in_providers"),
    )
    op.create_table(
        "sign_in_domains",
        _organization(),
        sa.Column("domain", sa.String(255), nullable=False),
        *_keys("sign_in_domains", "domain"),
    )
    op.create_index("uq_sign_in_domains_domain", "sign_in_domains", ["domain"], unique=True)
    op.create_table(
        "identities",
        _organization(),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("linked_at", TIME, nullable=False),
        *_keys("identities", "issuer", "subject"),
        _person("identities"),
    )
    op.create_index(
        "uq_identities_organization_id_person_id_issuer",
        "identities",
        ["organization_id", "person_id", "issuer"],
        unique=True,
    )
    op.create_table(
        "roles",
        _organization(),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("granted_at", TIME, nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        *_keys("roles", "person_id", "role"),
        _person("roles"),
    )
    op.create_table(
        "sessions",
        _organization(),
        sa.Column("id", DIGEST, nullable=False),
        sa.Column("public_id", ID, nullable=False),
        sa.Column("person_id", ID),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("roles", JSON, nullable=False),
        sa.Column("issuer", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("provider_session", sa.Text()),
        sa.Column("id_token", sa.Text()),
        sa.Column("user_agent", sa.Text()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        *_keys("sessions", "id"),
        _person("sessions"),
    )
    op.create_index("uq_sessions_id", "sessions", ["id"], unique=True)
    op.create_index("uq_sessions_public_id", "sessions", ["public_id"], unique=True)
    op.create_index("ix_sessions_person_id", "sessions", ["organization_id", "person_id"])
    op.create_index("ix_sessions_provider_session", "sessions", ["organization_id", "issuer", "provider_session"])
    op.create_index("ix_sessions_subject", "sessions", ["organization_id", "issuer", "subject"])
    op.create_index("ix_sessions_expires_at", "sessions", ["organization_id", "expires_at"])
    op.create_table(
        "sign_in_links",
        _organization(),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
        *_keys("sign_in_links", "digest"),
    )
    op.create_index("uq_sign_in_links_digest", "sign_in_links", ["digest"], unique=True)


def downgrade() -> None:
    """Drop them."""
    for table in ("sign_in_links", "sessions", "roles", "identities", "sign_in_domains", "sign_in_providers"):
        op.drop_table(table)


def _organization() -> sa.Column[str]:
    return sa.Column("organization_id", ID, nullable=False)


def _keys(table: str, *columns: str) -> tuple[sa.PrimaryKeyConstraint, sa.ForeignKeyConstraint]:
    return (
        sa.PrimaryKeyConstraint("organization_id", *columns, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=f"fk_{table}_organization_id", ondelete="CASCADE"
        ),
    )


def _person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", "person_id"],
        ["people.organization_id", "people.id"],
        name=f"fk_{table}_organization_id_person_id_people",
    )
