"""Claiming as such: races, persons from outside, and who holds a card."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import insert, select

from app.cards import by_hand, claiming, invitations, listing, template_store
from app.cards.claiming import NOT_SHARING, holder
from app.cards.invitations import Invited
from app.cards.listing import ListedCard
from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.unit_of_work import Transaction
from app.directory.tables import people
from tests.cards.conftest import Company
from tests.invitations.conftest import PAT

Invite = Callable[..., Invited]


def claim(house: Company, invited: Invited) -> bool:
    return bool(house.write(lambda tx: claiming.claim(tx, invited.id)))


def outsiders_of(house: Company) -> list[str]:
    with house.database.read(house.organization_id) as reader:
        statement = select(people.c.email).where(people.c.organization_id == ORGANIZATION)
        return [row.email for row in reader.execute(statement) if row.email is not None]


def listed(house: Company) -> list[ListedCard]:
    with house.database.read(house.organization_id) as reader:
        return list(listing.every(reader, "https://cards.example"))


def at_once(number: int, work: Callable[[int], bool]) -> list[bool]:
    together = Barrier(number)

    def one(index: int) -> bool:
        together.wait()
        return work(index)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


@pytest.mark.parametrize("known", [False, True], ids=["a new person", "somebody who has claimed before"])
def test_of_several_who_claim_at_once_one_gets_the_card(open_house: Company, invite: Invite, known: bool) -> None:
    if known:
        claim(open_house, invite(PAT, "Speaker"))
    invited = invite()

    outcomes = at_once(6, lambda _: claim(open_house, invited))

    assert sorted(outcomes) == [False] * 5 + [True]
    assert [row.template for row in open_house.card_rows()].count("Guest") == 1
    assert open_house.audited().count("invitation.claimed") == 1 + known


def test_two_invitations_of_one_address_claimed_at_once_make_one_person(open_house: Company, invite: Invite) -> None:
    both = [invite(PAT, "Guest"), invite("Pat@Partner.example", "Speaker")]

    outcomes = at_once(2, lambda index: claim(open_house, both[index]))

    assert outcomes == [True, True]
    assert len({row.person_id for row in open_house.card_rows()}) == 1
    assert sorted(row.template for row in open_house.card_rows()) == ["Guest", "Speaker"]


def test_of_two_who_invite_at_once_one_link_stays_open(open_house: Company, invite: Invite) -> None:
    at_once(4, lambda _: invite().replaced)

    with open_house.database.read(open_house.organization_id) as reader:
        states = [one.state(datetime.now(UTC)) for one in invitations.every(reader)]
    assert sorted(states) == ["open", "revoked", "revoked", "revoked"]


def test_a_revoked_invitation_that_is_claimed_at_once_is_one_or_the_other(open_house: Company, invite: Invite) -> None:
    invited = invite()

    def either(index: int) -> bool:
        if index:
            return claim(open_house, invited)
        try:
            open_house.write(lambda tx: invitations.revoke(tx, [invited.id]))
        except Refused:
            return False
        return True

    outcomes = at_once(2, either)

    assert sorted(outcomes) == [False, True]
    assert len(open_house.card_rows()) == (1 if outcomes[1] else 0)


def test_people_from_outside_are_known_by_the_address_they_claimed_with(open_house: Company, invite: Invite) -> None:
    claim(open_house, invite("Pat@partner.example"))
    claim(open_house, invite(PAT, "Speaker"))

    assert outsiders_of(open_house) == ["Pat@partner.example"]


def test_who_has_the_card_already_is_not_invited_to_it_again_until_it_is_deleted(
    open_house: Company, invite: Invite
) -> None:
    claim(open_house, invite())
    [card] = open_house.card_rows()
    with pytest.raises(Refused, match="has a card of Guest already"):
        invite("PAT@partner.example")

    open_house.write(lambda tx: by_hand.delete(tx, [card.public_id]))
    claim(open_house, invite())

    [again] = open_house.card_rows()
    assert (again.public_id, again.state) == (card.public_id, "live")


def test_a_record_pushed_later_with_the_address_is_another_person(open_house: Company, invite: Invite) -> None:
    claim(open_house, invite())

    open_house.hire("pat", emails=[{"value": PAT}])
    open_house.group("Guests", "pat")
    open_house.apply("bindings: [{group: Guests, template: Speaker}]")

    assert len({row.person_id for row in open_house.card_rows()}) == 2
    assert {row.template: row.state for row in open_house.card_rows()} == {"Guest": "live", "Speaker": "live"}


def test_cards_of_people_from_outside_outlive_every_reconciliation(open_house: Company, invite: Invite) -> None:
    claim(open_house, invite())
    [card] = open_house.card_rows()

    open_house.write(lambda tx: by_hand.pause(tx, [card.public_id]))
    open_house.write(lambda tx: by_hand.resume(tx, [card.public_id]))
    open_house.apply("organization: {seat_limit: 5}")
    open_house.apply("bindings: [{group: Guests, template: Speaker}]")

    [after] = open_house.card_rows()
    assert (after.state, after.wanted) == ("live", True)


def test_a_person_claims_all_their_unclaimed_cards_once(open_house: Company) -> None:
    open_house.hire("ines", "jo")
    open_house.group("Guests", "ines", "jo")
    open_house.apply("bindings: [{group: Guests, template: Guest}, {group: Guests, template: Speaker}]")
    ines = next(row.person_id for row in open_house.card_rows())

    counts = [open_house.write(lambda tx: claiming.claim_for_person(tx, ines)) for _ in range(2)]

    claimed = {row.person_id for row in open_house.card_rows() if row.claimed_at is not None}
    assert counts == [2, 0]
    assert claimed == {ines}
    assert open_house.audited().count("card.claimed") == 2


def test_a_card_is_held_by_nobody_until_it_is_claimed(open_house: Company, invite: Invite) -> None:
    open_house.hire("ines", "jo")
    open_house.group("Guests", "ines", "jo")
    open_house.apply("bindings: [{group: Guests, template: Guest}]")
    ines = next(
        row.person_id for row in open_house.card_rows() if row.public_id == open_house.card_ids()["ines", "Guest"]
    )

    open_house.write(lambda tx: claiming.claim_for_person(tx, ines))
    claim(open_house, invite())

    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert {card.user_name: holder(card) for card in listed(open_house)} == {
        "ines@nordwind.example": f"Ines, since {today} (signed in)",
        "jo@nordwind.example": NOT_SHARING,
        None: f"{PAT}, since {today} (by invitation)",
    }


def test_a_person_without_record_and_without_an_address_is_not_there(open_house: Company) -> None:
    person_id = new_id()

    def work(tx: Transaction) -> str:
        tx.execute(insert(people), {"id": person_id, "created_at": tx.now})
        return by_hand.issue(tx, template_store.find(tx, "Guest").id, person_id).state

    assert open_house.write(work) == "paused"
