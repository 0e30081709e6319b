"""How migrations run: on the connection they are given, in one transaction, without waiting for ever on PostgreSQL."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

import app.auth.sign_in.tables
import app.auth.tables
import app.cards.tables
import app.core.audit
import app.core.jobs.runs
import app.core.mail.outbox
import app.directory.tables
import app.photos.graph.tables
import app.photos.tables  # noqa: F401  (importing the tables is what fills the metadata)
from app.core.db import metadata
from app.core.migrating import LOCK_SECONDS

STATEMENT_TIMEOUT = "15min"
"""The longest a single step may hold its tables."""


def run() -> None:
    """Run the migrations that `alembic.command` was asked for."""
    connection: Connection = context.config.attributes["connection"]
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
