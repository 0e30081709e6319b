"""The user names that people had, who turned out to be whom, and further addresses of cards."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.String(36)
TIME = sa.DateTime(timezone=True)

TOMBSTONE = re.compile(r"[0-9a-f]{32}\S")


def upgrade() -> None:
    """Create `past_user_names` from what the provisioning log knows, `card_aliases` and `people.merged_into`."""
    op.create_table(
        "past_user_names",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("user_name_key", sa.Text(), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("request_id", sa.String(length=64)),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_past_user_names_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "person_id"],
            ["people.organization_id", "people.id"],
            name="fk_past_user_names_organization_id_person_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_past_user_names"),
    )
    op.create_index("ix_past_user_names_person_id", "past_user_names", ["organization_id", "person_id", "id"])
    op.create_index("ix_past_user_names_user_name_key", "past_user_names", ["organization_id", "user_name_key", "id"])
    _fill_from_log()
    op.create_table(
        "card_aliases",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("card_id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_card_aliases_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "card_id"],
            ["cards.organization_id", "cards.id"],
            name="fk_card_aliases_organization_id_card_id",
        ),
        sa.PrimaryKeyConstraint("organization_id", "public_id", name="pk_card_aliases"),
    )
    op.create_index("uq_card_aliases_public_id", "card_aliases", ["public_id"], unique=True)
    op.create_index("ix_card_aliases_card_id", "card_aliases", ["organization_id", "card_id"])
    with op.batch_alter_table("people") as batch:
        batch.add_column(sa.Column("merged_into", ID))
        batch.create_foreign_key(
            "fk_people_organization_id_merged_into",
            "people",
            ["organization_id", "merged_into"],
            ["organization_id", "id"],
        )
    there = sa.text("merged_into IS NOT NULL")
    op.create_index(
        "ix_people_merged_into",
        "people",
        ["organization_id", "merged_into"],
        sqlite_where=there,
        postgresql_where=there,
    )


def downgrade() -> None:
    """Drop them. Cards that became one stay so; their further addresses lead nowhere."""
    op.drop_index("ix_people_merged_into", "people")
    with op.batch_alter_table("people") as batch:
        batch.drop_constraint("fk_people_organization_id_merged_into", type_="foreignkey")
        batch.drop_column("merged_into")
    op.drop_table("card_aliases")
    op.drop_table("past_user_names")


def _fill_from_log() -> None:
    """Names that a push has taken away, as far as the log goes back; it knows them folded."""
    log = sa.table(
        "provisioning_log",
        *(sa.column(name) for name in ("organization_id", "id", "person_id", "past_name_key", "request_id", "status")),
        sa.column("at", TIME),
    )
    past = sa.table(
        "past_user_names",
        *(
            sa.column(name)
            for name in ("organization_id", "id", "person_id", "user_name", "user_name_key", "request_id")
        ),
        sa.column("until", TIME),
    )
    taken = sa.select(log).where(
        log.c.past_name_key.is_not(None), log.c.person_id.is_not(None), log.c.status.between(200, 299)
    )
    rows = [
        {
            "organization_id": row.organization_id,
            "id": row.id,
            "person_id": row.person_id,
            "user_name": row.past_name_key,
            "user_name_key": row.past_name_key,
            "until": row.at,
            "request_id": row.request_id,
        }
        for row in op.get_bind().execute(taken)
        if not TOMBSTONE.match(row.past_name_key)
    ]
    if rows:
        op.bulk_insert(past, rows)
