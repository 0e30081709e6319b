"""Who may be invited to what, and what an invitation leaves in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from app.attributes.definitions import LANYARD_USER
from app.cards import invitations
from app.cards.invitations import Invited
from app.cards.layout import Layout
from app.core.clock import now
from app.core.errors import NotFound, Refused
from app.core.unit_of_work import Database
from tests.cards.conftest import Company
from tests.cards_face.sources import field, slot
from tests.invitations.conftest import PAT
from tests.support.rows import tables

Invite = Callable[..., Invited]


@pytest.mark.parametrize(
    ("item", "refused"),
    [
        pytest.param(slot("title", "always"), True, id="always without a value"),
        pytest.param(slot("title", "always", value="Guest"), False, id="always with the template's value"),
        pytest.param(slot("title", "unless_edited"), False, id="an admin may override"),
        pytest.param(slot("title", "once"), False, id="an admin may set what stays"),
        pytest.param(slot("title", "never"), False, id="never synced"),
        pytest.param(field("Room", "text", f"{LANYARD_USER}:headline"), True, id="a field"),
    ],
)
def test_items_that_only_the_directory_fills_cannot_be_filled_for_others(item: Any, refused: bool) -> None:
    general = (slot("name", "never"), *([item] if item.key != "Room" else []))
    layout = Layout(general=general, fields=(item,) if item.key == "Room" else ())

    found = invitations.unfillable(layout)

    assert found == ([item] if refused else [])


UNFIT = """
    templates:
      - name: Staff
        general: {name: {}, title: {}, department: {sync: unless_edited}}
        fields: [{key: mail, kind: email, label: E-mail, source: 'emails[type eq "work"].value'}]
        photo: {}
    """


def test_a_template_that_would_stay_empty_is_refused_with_the_names_of_its_items(
    open_house: Company, invite: Invite
) -> None:
    open_house.apply(UNFIT)

    with pytest.raises(Refused, match=r"a card of Staff: name, title, E-mail and photo would stay empty"):
        invite(PAT, "Staff")

    assert open_house.audited()[-1] == "template.created"


@pytest.mark.parametrize(
    ("email", "document"),
    [
        pytest.param("INES@Nordwind.example", {}, id="the user name, in another case"),
        pytest.param("i.jones@nordwind.example", {"emails": [{"value": "I.Jones@nordwind.example"}]}, id="an e-mail"),
        pytest.param(
            "ines@home.example",
            {"emails": [{"value": "x@nordwind.example", "primary": True}, {"value": "ines@home.example"}]},
            id="another e-mail",
        ),
        pytest.param("ZOË@nordwind.example", {"emails": [{"value": "zoë@nordwind.example"}]}, id="beyond ASCII"),
    ],
)
def test_an_address_of_the_directory_is_refused_and_says_whose_it_is(
    open_house: Company, invite: Invite, email: str, document: dict[str, Any]
) -> None:
    open_house.hire("ines", **document)

    with pytest.raises(
        Refused, match=r"is in the directory as ines@nordwind.example: issue them a card of Guest instead"
    ):
        invite(email)


def test_an_address_of_a_disabled_record_or_of_another_organization_may_be_invited(
    open_house: Company, invite: Invite, database: Database, new_organization: Callable[..., Any]
) -> None:
    open_house.hire("jo", active=False)
    other = Company(database, new_organization("other").id)
    other.hire("kim")

    invited = [invite("jo@nordwind.example"), invite("kim@nordwind.example")]

    assert [one.replaced for one in invited] == [False, False]


@pytest.mark.parametrize(
    "email",
    ["", "pat", "pat@", "@partner.example", "pat@a@b", "p at@x.example", "pat\n@x.example", f"{'p' * 250}@x.ch"],
)
def test_what_is_no_address_is_refused(open_house: Company, invite: Invite, email: str) -> None:
    with pytest.raises(Refused, match="is no e-mail address"):
        invite(email)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_an_invitation_ends_within_a_year(open_house: Company, invite: Invite, days: int) -> None:
    with pytest.raises(Refused, match=f"1 to 365 days, not {days}"):
        invite(days=days)


def test_an_unknown_template_is_named(open_house: Company, invite: Invite) -> None:
    with pytest.raises(NotFound, match="there is no template 'Visitor'"):
        invite(PAT, "Visitor")


def test_inviting_makes_no_person_and_no_card(open_house: Company, invite: Invite) -> None:
    invite()

    assert open_house.card_rows() == []
    assert open_house.audited()[-1] == "invitation.made"


def test_a_second_invitation_replaces_the_first_of_the_same_template_alone(open_house: Company, invite: Invite) -> None:
    first, other = invite("Pat@partner.example"), invite(PAT, "Speaker")

    second = invite(PAT)

    with open_house.database.read(open_house.organization_id) as reader:
        states = {one.id: one.state(now()) for one in invitations.every(reader)}
    assert states == {first.id: "revoked", other.id: "open", second.id: "open"}
    assert [one.replaced for one in (first, other, second)] == [False, False, True]


def test_one_that_ran_out_stays_expired_when_it_is_replaced(
    open_house: Company, invite: Invite, shift: Callable[..., None]
) -> None:
    first = invite(days=3)
    shift(first, days=4)

    second = invite()

    with open_house.database.read(open_house.organization_id) as reader:
        states = {one.id: one.state(now()) for one in invitations.every(reader)}
    assert states == {first.id: "expired", second.id: "open"}
    assert second.replaced is False


def test_the_token_is_nowhere_in_the_database(open_house: Company, invite: Invite) -> None:
    token = invite().token

    with open_house.database._reading.connect() as connection:
        rows = [row for table in tables(connection) for row in connection.execute(text(f"SELECT * FROM {table.name}"))]

    assert len(token) == 43
    assert any(PAT in str(row) for row in rows)
    assert [row for row in rows if token in str(row)] == []
