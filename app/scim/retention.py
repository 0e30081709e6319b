"""Forgetting what is older than an organization keeps its log (`log_days`): a bounded piece at a time."""

from __future__ import annotations

from datetime import timedelta

from app.auth import usage
from app.core import clock
from app.core.unit_of_work import Database, Transaction
from app.directory import organizations, provisioning_log
from app.directory.organizations import Organization

EVERY_SECONDS = 3600
ROWS_AT_ONCE = 1_000
"""Rows deleted in one transaction: writers wait for it."""
TURNS = 500
"""Transactions for one organization, each time; what is left then is forgotten in the next hour."""


def forget(database: Database) -> None:
    """Delete the rows of the provisioning log, and the counts of reads, that are too old. Raises Unavailable."""
    with database.read(None) as reader:
        every = organizations.every(reader)
    for organization in every:
        _forget(database, organization)


def _forget(database: Database, organization: Organization) -> None:
    moment = clock.now() - timedelta(days=organization.settings.log_days)

    def work(tx: Transaction) -> int:
        usage.forget(tx, moment.date())
        return provisioning_log.forget(tx, moment, ROWS_AT_ONCE)

    for _ in range(TURNS):
        with database.read(organization.id) as reader:
            # Mostly there is nothing to forget; looking is cheaper than a place among the writers.
            if not (provisioning_log.has_before(reader, moment) or usage.has_before(reader, moment.date())):
                return
        if database.write(work, organization_id=organization.id, actor="system") < ROWS_AT_ONCE:
            return
