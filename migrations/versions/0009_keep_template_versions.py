"""The versions of templates that were published, and drafts of the next ones."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Create `template_versions`, with the present version of each template, and `template_drafts`."""
    op.create_table(
        "template_versions",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("template_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("layout", JSON, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(length=64)),
        *_keys("template_versions"),
        sa.PrimaryKeyConstraint("organization_id", "template_id", "version", name="pk_template_versions"),
    )
    op.create_table(
        "template_drafts",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("template_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("layout", JSON, nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("modified_at", TIME, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        *_keys("template_drafts"),
        sa.PrimaryKeyConstraint("organization_id", "template_id", name="pk_template_drafts"),
    )
    _fill_from_templates()


def downgrade() -> None:
    """Forget versions and drafts; templates stay in their present version."""
    op.drop_table("template_drafts")
    op.drop_table("template_versions")


def _keys(table: str) -> list[Any]:
    return [
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=f"fk_{table}_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "template_id"],
            ["templates.organization_id", "templates.id"],
            name=f"fk_{table}_organization_id_template_id",
        ),
    ]


def _fill_from_templates() -> None:
    # A template's line in the audit log has the moment of its last change: it says who that was.
    op.execute(
        """
        INSERT INTO template_versions
            (organization_id, template_id, version, name, layout, made_at, actor, request_id)
        SELECT t.organization_id, t.id, t.version, t.name, t.layout, t.modified_at,
            COALESCE(MAX(a.actor), 'system'), MAX(a.request_id)
        FROM templates t
        LEFT JOIN audit_log a
            ON a.organization_id = t.organization_id AND a.at = t.modified_at AND a.subject = t.id
        GROUP BY t.organization_id, t.id, t.version, t.name, t.layout, t.modified_at
        """
    )
