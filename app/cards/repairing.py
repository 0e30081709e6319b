"""The hourly repair: cards that are not what groups, bindings and seats say are made so. Normally there are none."""

from __future__ import annotations

import structlog

from app.cards import issuing, rule_book, situation
from app.cards.chunks import chunks
from app.cards.decision import Rules
from app.cards.settling import settle
from app.core import clock
from app.core.jobs.running import ACTOR, Working
from app.core.unit_of_work import Reader, Transaction
from app.directory import organizations
from app.directory.organizations import Organization

log = structlog.get_logger("lanyard.repair")


def repair(working: Working) -> str:
    """Look at the cards of every organization and mend those that are wrong; says how many. Raises Unavailable.

    Nobody waits for the looking. What is mended is in the audit log, and a warning in the server's.
    """
    with working.database.read(None) as reader:
        every = organizations.every(reader)
    mended = sum(_repair(working, organization) for organization in every)
    return f"{mended} {'card was' if mended == 1 else 'cards were'} not what groups and bindings say."


def _repair(working: Working, organization: Organization) -> int:
    with working.database.read(organization.id) as reader:
        suspects = _suspects(reader)
    mended = 0
    for listed in chunks(suspects):

        def mend(tx: Transaction, listed: tuple[str, ...] = tuple(listed)) -> int:
            found = len(issuing.reconcile(tx, listed).changes)
            if found:
                tx.audit("cards.repaired", organization.slug, {"cards": found})
            return found

        mended += working.database.write(
            mend, organization_id=organization.id, actor=ACTOR, request_id=working.request_id
        )
    if mended:
        log.warning("cards were repaired", organization=organization.id, cards=mended, run=working.request_id)
    return mended


def _suspects(reader: Reader) -> list[str]:
    """The persons whose cards seem wrong. A push may come between two statements here: who mends looks again."""
    rules = rule_book.read(reader)
    found = situation.of_everybody(reader, rules.bounds, organizations.current(reader).seat_limit)
    decision = settle(found.seats, found.wishes(Rules(rules.bounds, rules.sets, found.seats)), clock.now())
    return sorted({change.person_id for change in decision.changes})
