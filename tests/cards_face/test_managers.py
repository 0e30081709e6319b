"""The manager on a card: as the organization knows them, and gone the moment they leave."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.cards import by_hand, listing, moving, why
from app.cards.applying.problems import BadFileError
from app.cards.quality import report
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.support.client import Client

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
URL = "https://cards.example"
CARDS = f"""
    templates:
      - name: Sales
        fields:
          - {{key: boss, kind: text, label: Manager, source: '{ENTERPRISE}:manager.displayName', required: true}}
          - {{key: card, kind: url, label: Their card, source: '{ENTERPRISE}:manager.$ref'}}
      - name: Plain
    bindings: [{{group: "Cards - Sales", template: Sales}}, {{group: "Cards - Plain", template: Plain}}]
    """


class Team:
    """Ines, who reports to Rosa; both have cards."""

    def __init__(self, company: Company, client: Client, visitor: FlaskClient) -> None:
        self.company, self.client, self.visitor = company, client, visitor
        company.apply(dedent(CARDS))
        self.rosa = client.create_user("rosa@nordwind.example", displayName="Rosa ALVES")["id"]
        pushed = {"value": self.rosa, "displayName": "Somebody Else", "$ref": f"../Users/{self.rosa}"}
        self.ines = client.create_user(
            "ines@nordwind.example", displayName="Ines JONES", **{ENTERPRISE: {"manager": pushed}}
        )["id"]
        client.create_group("Cards - Plain", self.rosa)
        client.create_group("Cards - Sales", self.ines)
        self.ids = {row.template: row.public_id for row in company.card_rows()}

    def replace(self, path: str, value: str) -> None:
        assert (
            self.client.patch(f"/Users/{self.rosa}", {"op": "Replace", "path": path, "value": value}).status_code < 300
        )

    def shown(self) -> dict[str, str]:
        """What the list shows of Ines' manager."""
        with self.company.database.read(self.company.organization_id) as reader:
            [values] = [card.values for card in listing.every(reader, URL) if card.template == "Sales"]
        return {key: value for key, value in values.items() if key != "name"}

    def contact(self) -> str:
        return self.visitor.get(f"/c/{self.ids['Sales']}.vcf").text.replace("\r\n ", "")

    def etag(self) -> str:
        return self.visitor.get(f"/c/{self.ids['Sales']}").headers["ETag"]


@pytest.fixture
def team(database: Database, organization: Organization, client: Client, app: Flask) -> Team:
    return Team(Company(database, organization.id), client, app.test_client())


def test_name_and_card_are_on_page_contact_and_list(team: Team) -> None:
    address = f"{URL}/c/{team.ids['Plain']}"

    page = team.visitor.get(f"/c/{team.ids['Sales']}").text

    assert team.shown() == {"Manager": "Rosa ALVES", "Their card": address}
    assert "Rosa ALVES" in page
    assert f'href="{address}"' in page
    assert "Manager: Rosa ALVES" in team.contact()
    assert f"URL:{address}" in team.contact()
    assert "Somebody Else" not in page
    assert team.client.get(f"/Users/{team.ines}").get_json(force=True)[ENTERPRISE]["manager"] == {
        "value": team.rosa,
        "$ref": f"../Users/{team.rosa}",
    }


def is_renamed(team: Team) -> None:
    team.replace("displayName", "Rosa SILVA")


def is_disabled(team: Team) -> None:
    team.replace("active", "False")


def is_deleted(team: Team) -> None:
    team.client.delete(f"/Users/{team.rosa}")


def loses_the_card(team: Team) -> None:
    team.company.write(lambda tx: by_hand.pause(tx, [team.ids["Plain"]]))


def loses_the_name(team: Team) -> None:
    team.replace("displayName", "[[clear]]")


@pytest.mark.parametrize(
    ("happens", "name", "has_card"),
    [
        pytest.param(is_renamed, "Rosa SILVA", True, id="renamed"),
        pytest.param(loses_the_name, None, True, id="name cleared"),
        pytest.param(loses_the_card, "Rosa ALVES", False, id="card paused"),
        pytest.param(is_disabled, None, False, id="disabled"),
        pytest.param(is_deleted, None, False, id="deleted"),
    ],
)
def test_what_happens_to_the_manager_shows_at_the_next_request(
    team: Team, happens: Callable[[Team], None], name: str | None, has_card: bool
) -> None:
    before = team.etag()

    happens(team)

    address = f"{URL}/c/{team.ids['Plain']}" if has_card else None
    said = {"Manager": name, "Their card": address}
    assert team.shown() == {key: value for key, value in said.items() if value is not None}
    assert team.etag() != before
    assert ("Rosa ALVES" in team.contact()) == (name == "Rosa ALVES")


def test_why_names_the_request_that_assigned_or_named_the_manager_last(team: Team) -> None:
    team.client.raw(
        "PATCH",
        f"/Users/{team.rosa}",
        b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations":'
        b' [{"op": "replace", "path": "displayName", "value": "Rosa SILVA"}]}',
        Content_Type="application/scim+json",
        X_Request_Id="the-wedding",
    )

    with team.company.database.read(team.company.organization_id) as reader:
        [card] = why.explain(reader, "ines@nordwind.example", URL).cards

    assert (card.values["Manager"].value, card.values["Manager"].request_id) == ("Rosa SILVA", "the-wedding")
    assert card.values["Manager"].origin == "directory"
    assert card.values["Their card"].request_id not in {"the-wedding", None}


def test_a_required_manager_is_missed_when_they_leave(team: Team) -> None:
    with team.company.database.read(team.company.organization_id) as reader:
        complete = [one for one in report.every(reader) if one.kind == "incomplete-directory"]

    is_disabled(team)

    with team.company.database.read(team.company.organization_id) as reader:
        [missed] = [one for one in report.every(reader) if one.kind == "incomplete-directory"]
        [never] = [one for one in report.every(reader) if one.kind == "never-filled"]
    assert complete == []
    assert (missed.person, missed.field) == ("ines@nordwind.example", f"{ENTERPRISE}:manager")
    assert missed.remedy.startswith("Set manager in Entra to somebody who is active here")
    assert never.field == missed.field


def test_a_move_shows_the_manager_before_it_is_made(team: Team) -> None:
    with team.company.database.read(team.company.organization_id) as reader:
        [card] = moving.make_plan(reader, [team.ids["Sales"]], "Plain", URL).cards

    assert card.before["Manager"] == "Rosa ALVES"
    assert "Manager" not in card.after


@pytest.mark.parametrize(
    ("template", "statements"),
    [pytest.param("Plain", 1, id="a card without it"), pytest.param("Sales", 2, id="a card that shows the manager")],
)
def test_what_a_page_asks_the_database(team: Team, app: Flask, template: str, statements: int) -> None:
    engine, seen = app.extensions["lanyard.database"]._reading, list[str]()
    event.listen(engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))

    team.visitor.get(f"/c/{team.ids[template]}")

    assert len(seen) == statements


@pytest.mark.parametrize("part", ["displayName", "$ref"])
def test_once_is_refused_for_what_others_change(team: Team, part: str) -> None:
    item = f"{{key: b, kind: text, label: B, source: '{ENTERPRISE}:manager.{part}', sync: once}}"

    with pytest.raises(BadFileError, match="once does not go with the manager's name or card"):
        team.company.apply(f"templates: [{{name: New, fields: [{item}]}}]")
