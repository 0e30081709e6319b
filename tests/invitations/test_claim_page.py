"""`/claim/<token>` over HTTP: what it shows, what its button does, and what it says when there is nothing to claim."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.engine import URL
from werkzeug.test import TestResponse

from app import create_app
from app.cards import by_hand, invitations, template_acts, template_store
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_file
from app.cards.invitations import Invited
from app.core import logs
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.settings import Settings
from app.core.unit_of_work import Database
from tests.cards.conftest import Company
from tests.invitations.conftest import PAT
from tests.support.client import Client

Invite = Callable[..., Invited]
UNKNOWN = "A" * 43


_OURS = audit_log.c.organization_id == ORGANIZATION


@pytest.fixture
def written() -> StringIO:
    """What a server writes to its log."""
    stream = StringIO()
    logs.configure("debug", stream)
    return stream


def address(invited: Invited, below: str = "") -> str:
    return f"/claim/{invited.token}{below}"


def follow(visitor: FlaskClient, invited: Invited) -> TestResponse:
    """Press the button and go where it leads."""
    response = visitor.post(address(invited))
    assert response.status_code == 303, response.text
    return visitor.get(response.headers["Location"])


def test_the_page_says_whose_card_of_what_it_is_and_until_when(
    open_house: Company, visitor: FlaskClient, invite: Invite
) -> None:
    invited = invite()

    response = visitor.get(address(invited))

    assert response.status_code == 200
    for words in ("Nordwind AG", "Guest", "Mobile", f"until {invited.expires_at.day} ", "Claim this card"):
        assert words in response.text
    assert PAT not in response.text
    assert "#7a1fa2" in visitor.get(address(invited, "/theme.css")).text


def test_looking_changes_nothing_however_often(open_house: Company, visitor: FlaskClient, invite: Invite) -> None:
    invited = invite()
    audited = open_house.audited()

    answers = [visitor.open(address(invited), method=method).status_code for method in ("GET", "HEAD", "GET")]

    assert answers == [200, 200, 200]
    assert open_house.audited() == audited
    assert open_house.card_rows() == []


def test_every_answer_keeps_the_address_to_itself(open_house: Company, visitor: FlaskClient, invite: Invite) -> None:
    invited = invite()

    answers = [
        visitor.get(address(invited)),
        visitor.get(address(invited, "/theme.css")),
        visitor.post(address(invited)),
        visitor.get(address(invited, "/card")),
        visitor.get(address(invited)),
        visitor.get(f"/claim/{UNKNOWN}"),
        visitor.get("/claim/"),
        visitor.get(address(invited, "/logo")),
    ]

    assert [one.status_code for one in answers] == [200, 200, 303, 200, 410, 404, 404, 404]
    assert {one.headers["Cache-Control"] for one in answers} == {"no-store"}
    assert {one.headers["Referrer-Policy"] for one in answers} == {"no-referrer"}
    assert {one.headers["X-Robots-Tag"] for one in answers} == {"noindex, nofollow"}
    assert {one.headers["Content-Security-Policy"].split(";")[0] for one in answers} == {"default-src 'none'"}
    assert [one for one in answers if "Set-Cookie" in one.headers] == []


def test_the_button_makes_a_live_claimed_card_and_shows_where_it_is(
    open_house: Company, visitor: FlaskClient, invite: Invite
) -> None:
    page = follow(visitor, invite())

    [card] = open_house.card_rows()
    assert (card.state, card.by_binding, card.template) == ("live", False, "Guest")
    assert card.claimed_at is not None
    assert page.status_code == 200
    assert f'href="/c/{card.public_id}"' in page.text
    assert f'src="/c/{card.public_id}/qr.svg"' in page.text
    shown = visitor.get(f"/c/{card.public_id}")
    assert shown.status_code == 200
    assert "Business card" in shown.text
    assert "Nordwind AG" in shown.text


def test_before_the_claim_the_page_of_the_card_leads_to_the_button(
    open_house: Company, visitor: FlaskClient, invite: Invite
) -> None:
    invited = invite()

    response = visitor.get(address(invited, "/card"))

    assert (response.status_code, response.headers["Location"]) == (303, address(invited))


def test_the_page_has_the_templates_logo_as_long_as_it_can_be_used(
    open_house: Company, visitor: FlaskClient, invite: Invite, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 48), "teal").save(tmp_path / "logo.png")
    file = tmp_path / "cards.yaml"
    file.write_text("templates: [{name: Logo, design: {logo: logo.png}, general: {name: {sync: never}}}]")
    open_house.write(lambda tx: apply(tx, read_file(file)))
    invited = invite(PAT, "Logo")

    page, logo = visitor.get(address(invited)), visitor.get(address(invited, "/logo"))
    open_house.write(lambda tx: invitations.revoke(tx, [invited.id]))

    assert f'src="{address(invited, "/logo")}"' in page.text
    assert (logo.status_code, logo.mimetype) == (200, "image/png")
    assert visitor.get(address(invited, "/logo")).status_code == 404
    assert visitor.get(address(invited, "/theme.css")).status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_while_the_database_is_away_the_link_asks_to_come_back(tmp_path: Path, method: str) -> None:
    away = URL.create("postgresql+psycopg", "nobody", host="127.0.0.1", port=1, database="none")
    app = create_app(Settings(database_url=away, data_dir=tmp_path))

    response = app.test_client().open(f"/claim/{UNKNOWN}", method=method)

    app.extensions["lanyard.database"].close()
    assert response.status_code == 503
    assert response.headers["Retry-After"].isdigit()
    assert "nothing has been lost" in response.text


def test_a_form_that_is_sent_twice_ends_at_the_same_card(
    open_house: Company, visitor: FlaskClient, invite: Invite
) -> None:
    invited = invite()

    first, second = follow(visitor, invited), follow(visitor, invited)

    assert len(open_house.card_rows()) == 1
    assert first.text == second.text
    assert open_house.audited().count("invitation.claimed") == 1


def test_an_hour_after_the_claim_the_link_leads_nowhere(
    open_house: Company, visitor: FlaskClient, invite: Invite, shift: Callable[..., None]
) -> None:
    invited = invite()
    follow(visitor, invited)
    [card] = open_house.card_rows()

    shift(invited, minutes=61)

    answers = [visitor.post(address(invited)), visitor.get(address(invited, "/card")), visitor.get(address(invited))]
    assert [one.status_code for one in answers] == [410, 410, 410]
    assert [one for one in answers if card.public_id in one.text] == []


def expired(house: Company, invited: Invited, shift: Callable[..., None]) -> None:
    shift(invited, days=15)


def revoked(house: Company, invited: Invited, shift: Callable[..., None]) -> None:
    house.write(lambda tx: invitations.revoke(tx, [invited.id]))


def in_the_directory(house: Company, invited: Invited, shift: Callable[..., None]) -> None:
    house.hire("pat", emails=[{"value": PAT.upper()}])


def without_its_template(house: Company, invited: Invited, shift: Callable[..., None]) -> None:
    with house.database.read(house.organization_id) as reader:
        names = [template.name for template in template_store.every(reader)]
    for name in names:
        house.write(partial(template_acts.remove, name=name))


@pytest.mark.parametrize(
    ("spoil", "get", "post", "said"),
    [
        pytest.param(expired, 410, 410, "This invitation has expired", id="expired"),
        pytest.param(revoked, 410, 410, "This invitation was withdrawn", id="revoked"),
        pytest.param(in_the_directory, 200, 409, "Your card comes from your company", id="in the directory by now"),
        pytest.param(without_its_template, 404, 404, "No invitation here", id="its template is gone"),
    ],
)
def test_what_cannot_be_claimed_says_which_and_makes_nothing(
    open_house: Company,
    visitor: FlaskClient,
    invite: Invite,
    shift: Callable[..., None],
    spoil: Callable[..., None],
    get: int,
    post: int,
    said: str,
) -> None:
    invited = invite()
    spoil(open_house, invited, shift)

    looked, pressed = visitor.get(address(invited)), visitor.post(address(invited))

    assert (looked.status_code, pressed.status_code) == (get, post)
    assert said in pressed.text
    assert visitor.get(address(invited, "/card")).status_code == (303 if get == 200 else get)
    assert open_house.card_rows() == []
    assert "invitation.claimed" not in open_house.audited()


@pytest.mark.parametrize(
    "token", [UNKNOWN, "x", "%00", "A" * 44, "../c", "ä" * 43, "A" * 4000], ids=lambda token: token[:6]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_token_says_nothing(
    open_house: Company, visitor: FlaskClient, invite: Invite, method: str, token: str
) -> None:
    invite()

    response = visitor.open(f"/claim/{token}", method=method)

    assert response.status_code == 404
    assert "Nordwind" not in response.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 303, id="a browser that says nothing"),
        pytest.param({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303, id="our own form"),
        pytest.param({"Sec-Fetch-Site": "none"}, 303, id="typed"),
        pytest.param({"Origin": "null"}, 303, id="our own form in an old browser"),
        pytest.param({"Origin": "https://cards.example"}, 303, id="our own site"),
        pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403, id="another site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, 403, id="a neighbour"),
        pytest.param({"Origin": "https://evil.example"}, 403, id="another site in an old browser"),
        pytest.param({"Origin": "http://cards.example"}, 403, id="ours without TLS"),
    ],
)
def test_forms_of_other_sites_are_refused(
    open_house: Company, visitor: FlaskClient, invite: Invite, headers: dict[str, str], status: int
) -> None:
    invited = invite()

    response = visitor.post(address(invited), headers=headers)

    assert response.status_code == status
    assert len(open_house.card_rows()) == (1 if status == 303 else 0)


def test_without_a_free_seat_the_card_waits_and_the_page_says_so(
    open_house: Company, visitor: FlaskClient, invite: Invite
) -> None:
    open_house.apply("organization: {seat_limit: 0}")
    invited = invite()

    page = follow(visitor, invited)
    [waiting] = open_house.card_rows()
    open_house.apply("organization: {seat_limit: 1}")
    freed = visitor.get(address(invited, "/card"))

    assert waiting.state == "waiting"
    assert "waits until one is free" in page.text
    assert "qr.svg" not in page.text
    assert "This card is yours" in freed.text


def test_a_paused_card_is_said_to_be_paused(open_house: Company, visitor: FlaskClient, invite: Invite) -> None:
    invited = invite()
    follow(visitor, invited)
    [card] = open_house.card_rows()

    open_house.write(lambda tx: by_hand.pause(tx, [card.public_id]))

    assert "Your card is paused" in visitor.get(address(invited, "/card")).text


def test_a_claimed_card_is_public_where_cards_are_published_on_claim(
    open_house: Company, visitor: FlaskClient, invite: Invite
) -> None:
    open_house.apply("organization: {publish: on_claim}")

    follow(visitor, invite())

    [card] = open_house.card_rows()
    assert visitor.get(f"/c/{card.public_id}").status_code == 200


def test_one_organization_sees_nothing_of_anothers_invitations(
    open_house: Company, invite: Invite, database: Database, new_organization: Callable[..., Any]
) -> None:
    invited = invite()
    other = Company(database, new_organization("other").id)

    with database.read(other.organization_id) as reader:
        assert invitations.every(reader) == []
    with pytest.raises(NotFound, match="there is no invitation"):
        other.write(lambda tx: invitations.revoke(tx, [invited.id]))


def test_directory_and_cards_of_others_are_untouched_by_a_claim(
    open_house: Company, visitor: FlaskClient, invite: Invite, client: Client
) -> None:
    follow(visitor, invite())

    listed = client.get("/Users").get_json(force=True)

    assert listed["totalResults"] == 0


def test_the_token_is_in_no_log_and_no_audit_line_whatever_happens(
    open_house: Company, visitor: FlaskClient, invite: Invite, written: StringIO
) -> None:
    invited = invite()
    visitor.get(address(invited))
    follow(visitor, invited)
    audited = open_house.write(lambda tx: tx.execute(select(audit_log).where(_OURS)).all())
    open_house.write(lambda tx: tx.execute_across(text("DROP TABLE invitations")))

    broken = visitor.get(address(invited))

    assert broken.status_code == 500
    assert "Something went wrong" in broken.text
    assert "unforeseen" in written.getvalue()
    assert written.getvalue().count("/claim/<token>") == 4
    for secret in (invited.token, PAT):
        assert secret not in written.getvalue()
        assert secret not in str(audited)
