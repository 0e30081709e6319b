"""The leaver page: whom it offers instead, and that nothing of the person is left at any address of the card."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from PIL import Image
from werkzeug.test import TestResponse

from app.cards import by_hand, editing
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_file
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.rehearsal import SAMPLE, read_directory
from app.rehearsal.mapping import user_attributes, user_body
from tests.cards.conftest import Company
from tests.cards_face.test_pages import PHOTO
from tests.support.client import Client
from tests.support.photos import addresses, prepare

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OURS = "urn:ietf:params:scim:schemas:extension:lanyard:2.0:User"
BELOW = (
    "",
    ".vcf",
    "/qr.svg",
    "/qr.png",
    "/qr.png?size=1200",
    "/theme.css",
    "/logo",
    "/cover",
    "/poster",
)
OWN_VALUE = "Whoever asks, gets an answer"
CARDS = f"""
    organization: {{name: Northern Lights, leaver: {{email: hello@lights.example, phone: "+41445550199"}}}}
    templates:
      - name: Everything
        design: {{logo: logo.png}}
        general: {{name: {{}}, accreditations: {{}}, pronouns: {{}}, title: {{sync: once}}, department: {{}}, company: {{}},
                  headline: {{sync: unless_edited}}}}
        fields:
          - {{key: mobile, kind: phone, label: Mobile, source: 'phoneNumbers[type eq "mobile"].value'}}
          - {{key: work, kind: phone, label: Work, source: 'phoneNumbers[type eq "work"].value'}}
          - {{key: mail, kind: email, label: E-mail, source: 'emails[type eq "work"].value'}}
          - {{key: office, kind: address, label: Office, source: 'addresses[type eq "work"]'}}
          - {{key: user, kind: text, label: User, source: userName}}
          - {{key: number, kind: text, label: Number, source: '{ENTERPRISE}:employeeNumber'}}
          - {{key: in, kind: social, service: linkedin, label: LinkedIn, source: '{OURS}:linkedin'}}
        photo: {{}}
    bindings: [{{group: Cards, template: Everything}}]
    """


def fullest() -> dict[str, Any]:
    """The person of the sample of whom most is known, as they are pushed."""
    bodies = [user_body(user_attributes(person)) for person in read_directory(SAMPLE).states[0].people.values()]
    return {**max(bodies, key=lambda body: len(list(texts(body)))), "photos": [{"type": "photo", "value": PHOTO}]}


def texts(value: Any, key: str = "") -> Iterator[str]:
    """The texts in a document that say something of a person."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from texts(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str) and key not in {"schemas", "type"}:
        yield value


class Leaver:
    """Somebody with a card on which everything is."""

    def __init__(self, company: Company, client: Client, app: Flask, folder: Path) -> None:
        self.company, self.client, self._visitor, self._folder = company, client, app.test_client(), folder
        Image.new("RGB", (64, 48), "teal").save(folder / "logo.png")
        self.apply(CARDS)
        self.document = fullest()
        self.user = client.create_user(**{"user_name": self.document["userName"], **self.attributes()})["id"]
        self.group = client.create_group("Cards", self.user)["id"]
        [row] = company.card_rows()
        self.public_id = row.public_id
        company.write(lambda tx: editing.set_value(tx, self.public_id, "headline", OWN_VALUE))
        prepare(app)
        self.photos = addresses(self._visitor.get(f"/c/{self.public_id}").text)

    def attributes(self) -> dict[str, Any]:
        return {key: value for key, value in self.document.items() if key not in {"userName", "schemas"}}

    def apply(self, text: str) -> None:
        path = self._folder / "cards.yaml"
        path.write_text(dedent(text))
        spec = read_file(path)
        self.company.write(lambda tx: apply(tx, spec))

    def patch(self, path: str, value: str) -> None:
        self.client.patch(f"/Users/{self.user}", {"op": "Replace", "path": path, "value": value})

    def visits(self, etags: tuple[str, ...] = ()) -> list[TestResponse]:
        """Everything that hangs on the card's address, by GET and HEAD; with `etags`, as browsers that kept it ask."""
        # Of an id that is made up for each visit, some digits would be somebody's now and then.
        headers = {"X-Request-Id": "visit", **({"If-None-Match": ", ".join(etags)} if etags else {})}
        return [
            visit(path, headers=headers)
            for path in (*(f"/c/{self.public_id}{below}" for below in BELOW), *self.photos)
            for visit in (self._visitor.get, self._visitor.head)
        ]

    def page(self) -> str:
        return " ".join(re.sub(r"<(?!a |/a)[^>]*>", " ", self._visitor.get(f"/c/{self.public_id}").text).split())


@pytest.fixture
def leaver(database: Database, organization: Organization, client: Client, app: Flask, tmp_path: Path) -> Leaver:
    return Leaver(Company(database, organization.id), client, app, tmp_path)


def _disabled(leaver: Leaver) -> None:
    leaver.patch("active", "False")


def _replaced_as_inactive(leaver: Leaver) -> None:
    leaver.client.put(f"/Users/{leaver.user}", {**leaver.document, "active": False})


def _deleted(leaver: Leaver) -> None:
    leaver.client.delete(f"/Users/{leaver.user}")


def _removed_from_the_group(leaver: Leaver) -> None:
    leaver.client.patch(f"/Groups/{leaver.group}", {"op": "Remove", "path": f'members[value eq "{leaver.user}"]'})


def _group_deleted(leaver: Leaver) -> None:
    leaver.client.delete(f"/Groups/{leaver.group}")


def _unbound(leaver: Leaver) -> None:
    leaver.apply("bindings: []")


def _paused_by_an_admin(leaver: Leaver) -> None:
    leaver.company.write(lambda tx: by_hand.pause(tx, [leaver.public_id]))


@pytest.mark.parametrize(
    "goes",
    [
        _disabled, _replaced_as_inactive, _deleted, _removed_from_the_group, _group_deleted, _unbound,
        _paused_by_an_admin,
    ],
)  # fmt: skip
def test_nothing_of_the_person_is_left_anywhere(leaver: Leaver, goes: Callable[[Leaver], None]) -> None:
    before = leaver.visits()
    etags = tuple(answer.headers["ETag"] for answer in before if "ETag" in answer.headers)
    said = {text for text in texts(leaver.document) if len(text) > 3} | {OWN_VALUE}
    shown = {
        text for text in said if any(str(escape(text)) in answer.get_data(as_text=True) for answer in before[:4:2])
    }

    goes(leaver)

    after = [*leaver.visits(), *leaver.visits(etags)]
    assert len(shown) > 8
    assert leaver.photos
    assert {answer.status_code for answer in after} == {410}
    assert not any("ETag" in answer.headers for answer in after)
    everything = "\n".join(f"{answer.headers}\n{answer.get_data(as_text=True)}" for answer in after)
    assert [text for text in said if text in everything or str(escape(text)) in everything] == []


@pytest.mark.parametrize("goes", [_disabled, _removed_from_the_group, _deleted])
def test_a_return_restores_the_very_same_codes_and_the_own_value(
    leaver: Leaver, goes: Callable[[Leaver], None]
) -> None:
    before = leaver.visits()

    goes(leaver)
    if goes is _deleted:
        leaver.user = leaver.client.create_user(**{"user_name": leaver.document["userName"], **leaver.attributes()})[
            "id"
        ]
        leaver.client.patch(
            f"/Groups/{leaver.group}", {"op": "Add", "path": "members", "value": [{"value": leaver.user}]}
        )
    elif goes is _disabled:
        leaver.patch("active", "True")
    else:
        leaver.client.patch(
            f"/Groups/{leaver.group}", {"op": "Add", "path": "members", "value": [{"value": leaver.user}]}
        )

    after = leaver.visits()
    codes = slice(BELOW.index("/qr.svg") * 2, BELOW.index("/theme.css") * 2)
    assert [answer.data for answer in after[codes]] == [answer.data for answer in before[codes]]
    assert OWN_VALUE in leaver.page()


REACH = "reach Northern Lights here:"


@pytest.fixture
def with_colleagues(leaver: Leaver) -> Leaver:
    """Mara, the leaver's manager, has a card; Sven, who could be the successor, has none."""
    mara = leaver.client.create_user("mara@lights.example", displayName="Mara O'Neil")["id"]
    leaver.client.create_user("sven@lights.example", displayName="Sven Ek")
    leaver.client.create_group("Others", mara)
    leaver.apply(
        "templates: [{name: Plain}]\nbindings: [{group: Cards, template: Everything}, {group: Others, template: Plain}]"
    )
    leaver.patch(f"{ENTERPRISE}:manager", mara)
    return leaver


def card_of(leaver: Leaver, template: str) -> str:
    return next(str(row.public_id) for row in leaver.company.card_rows() if row.template == template)


def shows(leaver: Leaver, page: str) -> None:
    leaver.apply(f"organization: {{leaver: {page}}}")


def test_the_manager_is_offered_with_their_card(with_colleagues: Leaver) -> None:
    shows(with_colleagues, "{show: manager}")

    _disabled(with_colleagues)

    page = with_colleagues.page()
    assert f'<a href="/c/{card_of(with_colleagues, "Plain")}">Mara O&#39;Neil</a>' in page
    assert f"You can also {REACH}" in page


def test_a_successor_is_offered_by_name_also_without_a_card(with_colleagues: Leaver) -> None:
    shows(with_colleagues, "{show: successor, successor: SVEN@lights.example}")

    _deleted(with_colleagues)

    page = with_colleagues.page()
    assert "This colleague is there for you now: Sven Ek" in page
    assert f"You can also {REACH}" in page


@pytest.mark.parametrize(
    ("page", "instead"),
    [
        pytest.param("{show: nothing}", False, id="nothing"),
        pytest.param("{show: company}", True, id="the company"),
        pytest.param("{show: successor, successor: nobody@lights.example}", True, id="a successor nobody knows"),
        pytest.param("{show: successor, successor: away@lights.example}", True, id="a successor who has left as well"),
        pytest.param("{show: successor, successor: blank@lights.example}", True, id="a successor without a name"),
        pytest.param("{show: successor, successor: LEAVER}", True, id="the leaver"),
        pytest.param("{show: manager}", True, id="a manager nobody knows"),
    ],
)
def test_otherwise_the_companys_contact_or_nothing(leaver: Leaver, page: str, instead: bool) -> None:
    leaver.client.create_user("away@lights.example", displayName="Away Ek", active=False)
    leaver.client.create_user("blank@lights.example", displayName="[[clear]]")
    leaver.patch(f"{ENTERPRISE}:manager", "2d1f0c2e-5b1c-4d63-9a5c-0b7d8f1f7a11")
    shows(leaver, page.replace("LEAVER", leaver.document["userName"]))

    _removed_from_the_group(leaver)

    said = leaver.page()
    assert "This contact is not available any more" in said
    assert "colleague" not in said
    assert (f"You can {REACH}" in said) is instead


def test_an_unclaimed_card_is_not_linked_where_cards_are_published_on_claim(with_colleagues: Leaver) -> None:
    shows(with_colleagues, "{show: manager}")
    _paused_by_an_admin(with_colleagues)
    _claim(with_colleagues.company, with_colleagues.public_id)

    with_colleagues.apply("organization: {publish: on_claim}")

    assert "there for you now: Mara O&#39;Neil" in with_colleagues.page()


@pytest.mark.parametrize(("days_ago", "offered"), [(29, True), (30, False)])
@pytest.mark.parametrize("goes", [_disabled, _paused_by_an_admin], ids=["directory", "admin"])
def test_the_page_offers_somebody_for_as_many_days_as_it_was_told(
    with_colleagues: Leaver, goes: Callable[[Leaver], None], days_ago: int, offered: bool
) -> None:
    shows(with_colleagues, "{show: manager, days: 30}")

    goes(with_colleagues)
    _some_days_later(with_colleagues.company, days_ago)

    page = with_colleagues.page()
    assert "This contact is not available any more" in page
    assert ("Mara" in page, "hello@lights.example" in page) == (offered, offered)


def _some_days_later(company: Company, days: int) -> None:
    """Have what happened to cards have happened earlier."""
    [card] = [row for row in company.card_rows() if row.state == "paused"]
    statement = cards.update().where(cards.c.organization_id == ORGANIZATION, cards.c.id == card.id)
    earlier = {"down_at": card.down_at and card.down_at - timedelta(days=days)}
    earlier["modified_at"] = card.modified_at - timedelta(days=days)
    company.write(lambda tx: tx.execute(statement.values(**earlier)))


def _claim(company: Company, public_id: str) -> None:
    statement = cards.update().where(cards.c.organization_id == ORGANIZATION, cards.c.public_id == public_id)
    company.write(lambda tx: tx.execute(statement.values(claimed_at=tx.now)))


def test_another_organizations_people_are_never_offered(leaver: Leaver, new_organization: Any, database: Any) -> None:
    other = Company(database, new_organization("other").id)
    other.hire("jo")
    shows(leaver, "{show: successor, successor: jo@nordwind.example}")

    _disabled(leaver)

    assert "colleague" not in leaver.page()
