"""Lists of the audit log and of pushes to groups have their index; findings are kept; jobs can be asked for."""

from __future__ import annotations

import secrets
import uuid
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)
AT_ONCE = 1_000

_audit = sa.table("audit_log", sa.column("organization_id", ID), sa.column("id", ID), sa.column("at", TIME))


def upgrade() -> None:
    """Give lines of the audit log ids that sort by time; create `quality_reports`, `quality_findings`, `job_asks`."""
    _renumber()
    op.drop_index("ix_audit_log_at", "audit_log")
    op.create_index("ix_audit_log_subject", "audit_log", ["organization_id", "subject", "id"])
    by_hand = sa.text("actor NOT LIKE 'token:%' AND actor NOT LIKE 'client:%'")
    op.create_index(
        "ix_audit_log_hands", "audit_log", ["organization_id", "id"], sqlite_where=by_hand, postgresql_where=by_hand
    )
    groups = sa.text("resource = 'Group'")
    op.create_index(
        "ix_provisioning_log_groups",
        "provisioning_log",
        ["organization_id", "id"],
        sqlite_where=groups,
        postgresql_where=groups,
    )
    _create_findings()
    op.create_table(
        "job_asks", sa.Column("name", sa.String(64), primary_key=True), sa.Column("at", TIME, nullable=False)
    )


def downgrade() -> None:
    """Drop them; the ids stay, they are as good as others."""
    op.drop_table("job_asks")
    op.drop_table("quality_findings")
    op.drop_table("quality_reports")
    op.drop_index("ix_provisioning_log_groups", "provisioning_log")
    op.drop_index("ix_audit_log_hands", "audit_log")
    op.drop_index("ix_audit_log_subject", "audit_log")
    op.create_index("ix_audit_log_at", "audit_log", ["organization_id", "at"])


def _create_findings() -> None:
    op.create_table(
        "quality_reports",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("run", ID),
        sa.Column("looked_at", TIME),
        sa.Column("asked_at", TIME),
        sa.Column("counts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_quality_reports_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", name="pk_quality_reports"),
    )
    op.create_table(
        "quality_findings",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("run", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("person_id", ID),
        sa.Column("person", sa.Text()),
        sa.Column("group", sa.Text()),
        sa.Column("template", sa.Text()),
        sa.Column("field", sa.Text()),
        sa.Column("value", sa.Text()),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_quality_findings_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "run", "position", name="pk_quality_findings"),
    )
    op.create_index("ix_quality_findings_kind", "quality_findings", ["organization_id", "run", "kind", "position"])
    op.create_index("ix_quality_findings_person_id", "quality_findings", ["organization_id", "run", "person_id"])


def _renumber() -> None:
    connection = op.get_bind()
    change = (
        sa.update(_audit)
        .where(_audit.c.organization_id == sa.bindparam("organization"), _audit.c.id == sa.bindparam("old"))
        .values(id=sa.bindparam("new"))
    )
    rows = connection.execute(sa.select(_audit.c.organization_id, _audit.c.id, _audit.c.at)).all()
    for first in range(0, len(rows), AT_ONCE):
        connection.execute(
            change,
            [{"organization": row[0], "old": row[1], "new": _timed(row[2])} for row in rows[first : first + AT_ONCE]],
        )


def _timed(at: Any) -> str:
    """An id that sorts by the moment (UUID version 7), as the application makes them."""
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    milliseconds, rest = divmod(int(moment.timestamp()) * 1_000_000 + moment.microsecond, 1000)
    value = milliseconds << 80 | 7 << 76 | (rest * 4096 // 1000) << 64 | 2 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))
