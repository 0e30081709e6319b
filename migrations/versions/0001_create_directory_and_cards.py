"""Everything from the first push to the first card: organizations, directory, credentials, templates, cards, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Create all tables."""
    op.create_table(
        "organizations",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seat_limit", sa.Integer()),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
        sa.UniqueConstraint("slug", name="uq_organizations_slug"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("lookup", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME),
        sa.Column("revoked_at", TIME),
        sa.Column("last_used_at", TIME),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_api_tokens_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_api_tokens"),
        sa.UniqueConstraint("lookup", name="uq_api_tokens_lookup"),
    )
    op.create_index("ix_api_tokens_name", "api_tokens", ["organization_id", "name"])
    op.create_table(
        "assets",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("content_type", sa.String(length=32), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_assets_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_assets"),
    )
    op.create_table(
        "audit_log",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", JSON),
        sa.Column("request_id", sa.String(length=64)),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_audit_log_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["organization_id", "at"])
    op.create_table(
        "people",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("directory_key", sa.Text()),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_people_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_people"),
    )
    op.create_index(
        "uq_people_organization_id_directory_key", "people", ["organization_id", "directory_key"], unique=True
    )
    op.create_table(
        "scim_groups",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("display_name_key", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text()),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("folded", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("modified_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_scim_groups_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_scim_groups"),
    )
    op.create_index("ix_scim_groups_created_at", "scim_groups", ["organization_id", "created_at", "id"])
    op.create_index("ix_scim_groups_external_id", "scim_groups", ["organization_id", "external_id"])
    op.create_index(
        "uq_scim_groups_organization_id_display_name_key",
        "scim_groups",
        ["organization_id", "display_name_key"],
        unique=True,
    )
    op.create_table(
        "templates",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("layout", JSON, nullable=False),
        sa.Column("has_once", sa.Boolean(), nullable=False),
        sa.Column("exclusive", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("modified_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_templates_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_templates"),
    )
    op.create_index("uq_templates_organization_id_name_key", "templates", ["organization_id", "name_key"], unique=True)
    op.create_table(
        "bindings",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("template_id", ID, nullable=False),
        sa.Column("group_name", sa.Text()),
        sa.Column("group_external_id", sa.Text()),
        sa.Column("group_id", ID),
        sa.ForeignKeyConstraint(
            ["organization_id", "template_id"],
            ["templates.organization_id", "templates.id"],
            name="fk_bindings_organization_id_template_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_bindings_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_bindings"),
    )
    op.create_index("ix_bindings_position", "bindings", ["organization_id", "position"])
    op.create_table(
        "cards",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", ID),
        sa.Column("template_id", ID),
        sa.Column("by_binding", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("paused_by_admin", sa.Boolean(), nullable=False),
        sa.Column("waiting_since", TIME),
        sa.Column("claimed_at", TIME),
        sa.Column("own", JSON),
        sa.Column("once", JSON),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("modified_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["people.organization_id", "people.id"],
            name="fk_cards_organization_id_person_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "template_id"],
            ["templates.organization_id", "templates.id"],
            name="fk_cards_organization_id_template_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_cards_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_cards"),
    )
    op.create_index("ix_cards_created_at", "cards", ["organization_id", "created_at", "id"])
    op.create_index("ix_cards_person_id", "cards", ["organization_id", "person_id"])
    op.create_index("ix_cards_state", "cards", ["organization_id", "state", "waiting_since"])
    op.create_index("ix_cards_template_id", "cards", ["organization_id", "template_id"])
    op.create_index(
        "uq_cards_organization_id_person_id_template_id",
        "cards",
        ["organization_id", "person_id", "template_id"],
        unique=True,
        sqlite_where=sa.text("by_binding"),
        postgresql_where=sa.text("by_binding"),
    )
    op.create_index("uq_cards_public_id", "cards", ["public_id"], unique=True)
    op.create_table(
        "memberships",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("group_id", ID, nullable=False),
        sa.Column("member_id", sa.String(length=255), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "group_id"],
            ["scim_groups.organization_id", "scim_groups.id"],
            name="fk_memberships_organization_id_group_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_memberships_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "group_id", "member_id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_member_id", "memberships", ["organization_id", "member_id", "group_id"])
    op.create_table(
        "scim_users",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("user_name_key", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("display_name", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("folded", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("modified_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["people.organization_id", "people.id"],
            name="fk_scim_users_organization_id_person_id",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_scim_users_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_scim_users"),
    )
    op.create_index("ix_scim_users_created_at", "scim_users", ["organization_id", "created_at", "id"])
    op.create_index("ix_scim_users_external_id", "scim_users", ["organization_id", "external_id"])
    op.create_index(
        "uq_scim_users_organization_id_person_id", "scim_users", ["organization_id", "person_id"], unique=True
    )
    op.create_index(
        "uq_scim_users_organization_id_user_name_key", "scim_users", ["organization_id", "user_name_key"], unique=True
    )


def downgrade() -> None:
    """Drop all tables, and with them everything that was stored."""
    for table in (
        "scim_users",
        "memberships",
        "cards",
        "bindings",
        "templates",
        "scim_groups",
        "people",
        "audit_log",
        "assets",
        "api_tokens",
        "organizations",
    ):
        op.drop_table(table)
