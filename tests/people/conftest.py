"""Two who may be one human: somebody who has left, and somebody who came."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import URL

from app.cards import editing, merging
from app.cards.merging import Merged
from app.cards.tables import card_aliases, cards
from app.core.audit import audit_log
from app.core.db import ORGANIZATION, metadata
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.log.conftest import Log

OLD_ID, NEW_ID, OTHER_ID = (f"{digit * 8}-6f0e-4b7e-8a51-2b8d0f1c9e77" for digit in ("8", "9", "a"))
"""The directory's ids of who left, of who came, and of somebody else."""

SALES, BOARD = "Cards - Sales", "Cards - Board"
"""The groups that give cards."""

CARDS = """
    templates:
      - name: Sales
        general: {title: {}, headline: {sync: never, editable: true}}
        fields:
          - {key: motto, kind: text, label: Motto, sync: never, editable: true}
          - {key: web, kind: url, label: Website, sync: never, editable: true}
      - name: Board
        general: {title: {}, headline: {sync: never, editable: true}}
    bindings:
      - {group: "Cards - Sales", template: Sales}
      - {group: "Cards - Board", template: Board}
    """


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    """The organization, with cards for the groups `Cards - Sales` and `Cards - Board`."""
    company = Company(database, organization.id)
    company.apply(CARDS)
    company.group("Cards - Sales")
    company.group("Cards - Board")
    return company


@pytest.fixture
def lanyard(database_url: URL, organization: Organization) -> Log:
    """Runs commands for the organization `nordwind`."""
    return Log(database_url, organization.slug)


def own(company: Company, public_id: str, **values: str) -> None:
    """Set own values on a card, as its holder does; a blank one empties the item."""
    for key, value in values.items():
        company.write(partial(editing.set_value, public_id=public_id, key=key, value=value, by="person"))


def card(company: Company, public_id: str) -> Any:
    """The row of the card with this id."""
    [row] = [row for row in company.card_rows() if row.public_id == public_id]
    return row


def values(company: Company, public_id: str) -> dict[str, Any]:
    """The own values of the card."""
    return {key: entry["value"] for key, entry in (card(company, public_id).own or {}).items()}


def audited(company: Company, action: str) -> list[Any]:
    """The audit lines of an action, the oldest first."""
    lines = select(audit_log).where(audit_log.c.organization_id == ORGANIZATION, audit_log.c.action == action)
    with company.database.read(company.organization_id) as reader:
        return list(reader.execute(lines.order_by(audit_log.c.at)))


def leaver(
    company: Company, *groups: str, name: str = "max", external_id: str = OLD_ID, **owned: str
) -> dict[str, str]:
    """Somebody with cards who has left; the ids of the cards by template, own values set on each."""
    company.hire(name, externalId=external_id)
    for group in groups:
        company.join(group, name)
    found = {template: public_id for (who, template), public_id in company.card_ids().items() if who == name}
    for public_id in found.values():
        own(company, public_id, **owned)
    company.dismiss(name)
    return found


def comer(
    company: Company, *groups: str, name: str = "max.new", external_id: str = NEW_ID, **owned: str
) -> dict[str, str]:
    """Somebody who is in the directory, with cards; their ids by template, own values set on each."""
    company.hire(name, externalId=external_id)
    for group in groups:
        company.join(group, name)
    found = {template: public_id for (who, template), public_id in company.card_ids().items() if who == name}
    for public_id in found.values():
        own(company, public_id, **owned)
    return found


def merge(company: Company, called: str = OLD_ID, into: str = NEW_ID) -> Merged:
    merged = company.write(lambda tx: merging.merge(tx, called, into))
    assert isinstance(merged, Merged)
    return merged


def aliases(company: Company) -> dict[str, str]:
    """Where each further address leads: public id → public id."""
    statement = (
        select(card_aliases.c.public_id, cards.c.public_id.label("permanent"))
        .join(cards, (cards.c.organization_id == card_aliases.c.organization_id) & (cards.c.id == card_aliases.c.card_id))
        .where(card_aliases.c.organization_id == ORGANIZATION)
    )  # fmt: skip
    with company.database.read(company.organization_id) as reader:
        return {row.public_id: row.permanent for row in reader.execute(statement)}


def everything(company: Company) -> dict[str, list[Any]]:
    """All rows of the organization."""
    with company.database.read(company.organization_id) as reader:
        return {
            table.name: sorted(map(repr, reader.execute(select(table).where(table.c.organization_id == ORGANIZATION))))
            for table in metadata.sorted_tables
            if "organization_id" in table.c
        }
