"""Somebody who was invited and whom the directory has later becomes one person by an admin's word."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.cards import claiming, invitations, roster, template_store
from app.cards.tables import invitations as invitations_table
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Transaction
from app.directory import outsiders
from tests.cards.conftest import Company
from tests.log.conftest import Log
from tests.people.conftest import NEW_ID, SALES, aliases, card, comer, merge

PAT = "pat@partner.example"


def claimed(company: Company) -> str:
    """The card that Pat claimed by an invitation; its id."""

    def work(tx: Transaction) -> None:
        invitation = invitations.make(tx, template_store.find(tx, "Guest"), PAT)
        assert claiming.claim(tx, invitation.id)

    company.apply("templates: [{name: Guest, general: {name: {sync: unless_edited}, title: {sync: unless_edited}}}]")
    company.write(work)
    [public_id] = [row.public_id for row in company.card_rows()]
    return str(public_id)


@pytest.mark.parametrize("called", [PAT, PAT.upper()])
def test_the_claimed_card_goes_over_and_stays_up(nordwind: Company, called: str) -> None:
    guest = claimed(nordwind)
    own = comer(nordwind, SALES)["Sales"]

    merged = merge(nordwind, called, NEW_ID)

    assert {one: card(nordwind, one).state for one in (guest, own)} == {guest: "live", own: "live"}
    assert {card(nordwind, one).person_id for one in (guest, own)} == {merged.into.id}
    assert (card(nordwind, guest).claimed_at is not None, aliases(nordwind)) == (True, {})


def test_the_address_finds_the_merged_person_and_nobody_else(nordwind: Company, lanyard: Log) -> None:
    claimed(nordwind)
    comer(nordwind, SALES)
    merged = merge(nordwind, PAT, NEW_ID)

    with nordwind.database.read(nordwind.organization_id) as reader:
        listed = [(one.user_name, one.invited_as) for one in roster.every(reader)]
        found = outsiders.find(reader, PAT)
        [invitation] = reader.execute(
            select(invitations_table).where(invitations_table.c.organization_id == ORGANIZATION)
        )
    assert listed == [("max.new@nordwind.example", None)]
    assert (found, invitation.person_id) == (merged.into.id, merged.into.id)
    explained = lanyard.json("people", "why", PAT)
    assert explained["person"]["user_name"] == "max.new@nordwind.example"
    assert any("invited" in sentence for one in explained["cards"] for sentence in one["because"])


def test_the_address_comes_before_somebody_who_was_called_so(nordwind: Company, lanyard: Log) -> None:
    nordwind.hire("pat", userName=PAT)
    nordwind.dismiss("pat")
    claimed(nordwind)

    explained = lanyard.json("people", "why", PAT)

    assert (explained["person"]["invited_as"], explained["person"]["deleted"]) == (PAT, False)
