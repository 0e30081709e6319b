"""Forgetting what is older than an organization keeps it (`log_days`, `audit_days`): a bounded piece at a time."""

from __future__ import annotations

from datetime import timedelta

from app.auth import usage
from app.core import audit_pages, clock
from app.core.jobs import runs
from app.core.jobs.running import Working
from app.core.mail import outbox
from app.core.unit_of_work import Database, Transaction
from app.directory import organizations, provisioning_log
from app.directory.organizations import Organization

ROWS_AT_ONCE = 1_000
"""Rows deleted in one transaction: writers wait for it."""
RUNS_KEPT = timedelta(days=30)
"""How long the record of background runs is kept."""
TURNS = 500
"""Transactions for one organization, each time; what is left then is forgotten in the next hour."""


def retain(working: Working) -> str:
    """Keep of every organization, and of the jobs, what is not too old; says what was forgotten. Raises Unavailable."""
    forgotten = forget(working.database)
    runs_before = clock.now() - RUNS_KEPT
    working.database.write(lambda tx: runs.forget(tx, runs_before), organization_id=None, actor="system")
    return f"Forgot {forgotten} rows."


def forget(database: Database) -> int:
    """Delete what is too old of the logs, the mails and the counts of reads; how many rows it were.

    Raises Unavailable.
    """
    with database.read(None) as reader:
        every = organizations.every(reader)
    return sum(_forget(database, organization) for organization in every)


def _forget(database: Database, organization: Organization) -> int:
    moment = clock.now() - timedelta(days=organization.settings.log_days)
    audited = clock.now() - timedelta(days=organization.settings.audit_days)

    def work(tx: Transaction) -> tuple[int, ...]:
        usage.forget(tx, moment.date())
        return (
            provisioning_log.forget(tx, moment, ROWS_AT_ONCE),
            outbox.forget(tx, moment, ROWS_AT_ONCE),
            audit_pages.forget(tx, audited, ROWS_AT_ONCE),
        )

    forgotten = 0
    for _ in range(TURNS):
        with database.read(organization.id) as reader:
            # Mostly there is nothing to forget; looking is cheaper than a place among the writers.
            if not (
                provisioning_log.has_before(reader, moment)
                or usage.has_before(reader, moment.date())
                or outbox.has_before(reader, moment)
                or audit_pages.has_before(reader, audited)
            ):
                break
        deleted = database.write(work, organization_id=organization.id, actor="system")
        forgotten += sum(deleted)
        if max(deleted) < ROWS_AT_ONCE:
            break
    return forgotten
