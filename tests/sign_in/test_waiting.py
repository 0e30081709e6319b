"""Whose cards all wait for a seat stays outside, unless a role lets them in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.auth.sign_in import roles
from app.cards import by_hand, claiming, template_store
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_text
from app.cards.invitations import Invited
from app.core.unit_of_work import Transaction
from app.directory import users
from tests.cards.conftest import Company
from tests.invitations.conftest import PAT, invite, nordwind, open_house
from tests.sign_in.conftest import SignIn
from tests.sign_in.openid import OBJECT
from tests.sign_in.test_identity import NAME, says
from tests.sign_in.test_outsiders import Post, post
from tests.support.client import Client

__all__ = ["invite", "nordwind", "open_house", "post"]

BOUND = """
    organization: {seat_limit: 0}
    templates: [{name: Sales}, {name: Board}]
    bindings: [{group: "Cards - Sales", template: Sales}]
    """


def set_up(signing_in: SignIn, text: str) -> None:
    spec = read_text(text.encode(), Path("/nowhere"))
    signing_in.database.write(lambda tx: apply(tx, spec), organization_id=signing_in.organization.id, actor="cli")


def wait_for_a_seat(signing_in: SignIn, client: Client) -> str:
    """Ines is to have a card, and there is no seat; her SCIM id."""
    ines = client.create_user(NAME, externalId=OBJECT, displayName="Ines Jones")["id"]
    client.create_group("Cards - Sales", ines)
    set_up(signing_in, BOUND)
    return str(ines)


def test_the_page_says_so_and_what_to_ask_for(signing_in: SignIn, client: Client) -> None:
    wait_for_a_seat(signing_in, client)

    answer = signing_in.sign_in()

    assert answer.status_code == 403
    assert "Your card waits for a seat" in answer.text
    assert "Ask your IT" in answer.text
    assert signing_in.sessions() == signing_in.audited("identity.linked") == signing_in.audited("card.claimed") == []
    [line] = signing_in.audited("sign_in.refused")
    assert line.detail["kind"] == "waiting"


def test_a_seat_that_is_free_lets_them_in(signing_in: SignIn, client: Client) -> None:
    wait_for_a_seat(signing_in, client)
    signing_in.sign_in()

    set_up(signing_in, "organization: {seat_limit: 1}")

    assert signing_in.sign_in().status_code == 303
    assert len(signing_in.audited("card.claimed")) == 1


def by_grant(signing_in: SignIn, client: Client) -> None:
    wait_for_a_seat(signing_in, client)
    signing_in.database.write(
        lambda tx: roles.grant(tx, users.person_named(tx, NAME), "auditor"),
        organization_id=signing_in.organization.id,
        actor="cli",
    )


def by_claim(signing_in: SignIn, client: Client) -> None:
    wait_for_a_seat(signing_in, client)
    signing_in.configure(role_claim="roles")
    says(signing_in, roles=["auditor"])


@pytest.mark.parametrize("given", [by_grant, by_claim], ids=["granted here", "claimed by the provider"])
def test_a_role_lets_them_in(signing_in: SignIn, client: Client, given: Callable[[SignIn, Client], None]) -> None:
    given(signing_in, client)

    answer = signing_in.sign_in()

    assert answer.status_code == 303
    assert [row.roles for row in signing_in.sessions()] == [["auditor"]]


def test_nobody_waits_who_has_no_card(signing_in: SignIn, ines: str) -> None:
    set_up(signing_in, BOUND)

    assert signing_in.sign_in().status_code == 303


def test_one_card_that_does_not_wait_is_enough(signing_in: SignIn, client: Client) -> None:
    wait_for_a_seat(signing_in, client)

    def pause_another(tx: Transaction) -> None:
        card = by_hand.issue(tx, template_store.find(tx, "Board").id, users.person_named(tx, NAME))
        by_hand.pause(tx, [card.public_id])

    signing_in.database.write(pause_another, organization_id=signing_in.organization.id, actor="cli")

    assert signing_in.sign_in().status_code == 303


def test_a_session_that_is_open_goes_on(signing_in: SignIn, client: Client) -> None:
    ines = client.create_user(NAME, externalId=OBJECT)["id"]
    browser = signing_in.browser()
    signing_in.sign_in(browser)

    client.create_group("Cards - Sales", ines)
    set_up(signing_in, BOUND)

    assert "Waiting for a seat" in browser.get("/me", follow_redirects=True).text


def test_invited_people_wait_outside_as_well_and_their_link_is_not_used_up(
    post: Post, open_house: Company, invite: Callable[..., Invited]
) -> None:
    open_house.apply("organization: {seat_limit: 0}")
    invited = invite()
    open_house.write(lambda tx: claiming.claim(tx, invited.id))
    post.ask(PAT)
    [link] = post.links()

    refused = post.app.test_client().post(link)
    open_house.apply("organization: {seat_limit: 1}")
    came = post.app.test_client().post(link)

    assert refused.status_code == 403
    assert "Your card waits for a seat" in refused.text
    assert "Ask whoever invited you" in refused.text
    assert came.status_code == 303
