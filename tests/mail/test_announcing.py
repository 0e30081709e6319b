"""New people are told once that their card is ready, where their organization wants it."""

from __future__ import annotations

from typing import Any

import pytest

from app.cards import by_hand, template_store
from app.core.unit_of_work import Database
from app.directory import organizations, users
from app.directory.organizations import Organization
from tests.cards.conftest import SALES_ONLY, Company
from tests.cards.test_issuing import counted_statements
from tests.mail.conftest import Sending
from tests.mail.post_office import PostOffice

BOTH = """
    templates: [{name: Sales}, {name: Wardens}]
    bindings:
      - {group: "Cards - Sales", template: Sales}
      - {group: "Cards - Wardens", template: Wardens}
    """


def work_mail(name: str) -> list[dict[str, Any]]:
    return [{"type": "work", "value": f"{name}@nordwind.example", "primary": True}]


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    """An organization that announces, with two groups and nobody in them; `kim` has no e-mail address."""
    company = Company(database, organization.id)
    company.write(lambda tx: organizations.change(tx, {"announce": True}))
    for name in ("ines", "jo"):
        company.hire(name, emails=work_mail(name))
    company.hire("kim")
    company.group("Cards - Sales")
    company.group("Cards - Wardens")
    company.apply(BOTH)
    return company


def test_whoever_gets_a_first_card_is_told_where_it_is(nordwind: Company, sending: Sending, office: PostOffice) -> None:
    nordwind.join("Cards - Sales", "ines", "kim")

    sending.send()

    [message] = office.messages
    assert office.recipients() == ["ines@nordwind.example"]
    assert message["Subject"] == "Your business card of Nordwind AG is ready"
    for part in message.iter_parts():
        [card] = [
            row for row in nordwind.card_rows() if f"https://cards.example/c/{row.public_id}" in part.get_content()
        ]
        assert card.person_id == nordwind.write(lambda tx: users.person_named(tx, "ines@nordwind.example"))
        assert "https://cards.example/me" in part.get_content()


def test_nobody_is_told_twice(nordwind: Company, sending: Sending, office: PostOffice) -> None:
    nordwind.join("Cards - Sales", "ines")
    nordwind.join("Cards - Wardens", "ines")
    nordwind.leave("Cards - Sales", "ines")
    nordwind.join("Cards - Sales", "ines")
    nordwind.change("ines", active=False)
    nordwind.change("ines", active=True)

    sending.send()

    assert office.recipients() == ["ines@nordwind.example"]


def test_two_cards_at_once_are_one_mail(nordwind: Company, sending: Sending) -> None:
    nordwind.apply("bindings: []")
    nordwind.join("Cards - Sales", "jo")
    nordwind.join("Cards - Wardens", "jo")

    nordwind.apply(BOTH)

    assert len(sending.mails()) == 1


def test_whoever_had_a_card_before_announcing_began_is_not_new(nordwind: Company, sending: Sending) -> None:
    nordwind.write(lambda tx: organizations.change(tx, {"announce": False}))
    nordwind.join("Cards - Sales", "ines")
    nordwind.write(lambda tx: organizations.change(tx, {"announce": True}))

    nordwind.join("Cards - Wardens", "ines")

    assert sending.mails() == []


def test_whoever_waits_for_a_seat_is_told_when_they_get_it(nordwind: Company, sending: Sending) -> None:
    nordwind.write(lambda tx: organizations.change(tx, {"seat_limit": 1}))
    nordwind.join("Cards - Sales", "ines")
    nordwind.join("Cards - Sales", "jo")
    before = len(sending.mails())

    nordwind.leave("Cards - Sales", "ines")

    assert (before, len(sending.mails())) == (1, 2)


def test_a_card_by_hand_is_announced_too(nordwind: Company, sending: Sending) -> None:
    nordwind.write(
        lambda tx: by_hand.issue(tx, template_store.find(tx, "Sales").id, users.person_named(tx, "jo@nordwind.example"))
    )

    assert len(sending.mails()) == 1


@pytest.mark.parametrize("leave", ["disabled", "deleted", "out of the group"])
def test_whoever_left_before_the_mail_went_is_told_nothing(
    nordwind: Company, sending: Sending, office: PostOffice, leave: str
) -> None:
    nordwind.join("Cards - Sales", "ines")
    if leave == "disabled":
        nordwind.change("ines", active=False)
    elif leave == "deleted":
        nordwind.dismiss("ines")
    else:
        nordwind.leave("Cards - Sales", "ines")

    told = sending.send()

    assert told.sentence == "Mails: 0 sent, 0 failed, 1 dropped, 0 put off."
    assert office.messages == []


def test_a_card_that_answers_once_claimed_is_announced_without_its_address(
    nordwind: Company, sending: Sending, office: PostOffice
) -> None:
    nordwind.write(lambda tx: organizations.change(tx, {"publish": "on_claim"}))
    nordwind.join("Cards - Sales", "ines")

    sending.send()

    [message] = office.messages
    assert "/c/" not in message.as_string()
    assert "https://cards.example/me" in message.as_string()


def test_an_organization_that_does_not_announce_writes_no_mails(
    database: Database, organization: Organization, sending: Sending
) -> None:
    company = Company(database, organization.id)
    company.hire("ines", emails=work_mail("ines"))
    company.group("Cards - Sales", "ines")

    company.apply(SALES_ONLY)

    assert sending.mails() == []


def test_announcing_a_large_group_is_one_insert(nordwind: Company, sending: Sending, database: Database) -> None:
    nordwind.apply("bindings: []")
    names = [f"user{number}" for number in range(60)]
    for name in names:
        nordwind.hire(name, emails=work_mail(name))
    nordwind.join("Cards - Sales", *names)

    with counted_statements(database) as statements:
        nordwind.apply(BOTH)

    assert len(sending.mails()) == 60
    assert sum("INSERT INTO mails" in statement for statement in statements) == 1
