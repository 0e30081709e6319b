"""`lanyard people`: why somebody has a card, or none, and which request set each value on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory import organizations
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.log.conftest import Log
from tests.support.client import MEDIA_TYPE, Client

CARDS = """
    templates:
      - name: Sales
        general:
          title: {sync: always}
          department: {sync: once}
          company: {sync: never, value: "Nordwind AG"}
          headline: {sync: unless_edited, editable: true}
        fields:
          - {key: mail, kind: email, label: E-mail, source: 'emails[type eq "work"].value'}
          - {key: office, kind: address, label: Office, source: 'addresses[type eq "work"]'}
      - name: Board
    bindings:
      - {group: "Cards - Board", template: Board, exclusive: main}
      - {group: "Cards - Sales", template: Sales, exclusive: main}
    """
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LANYARD = "urn:ietf:params:scim:schemas:extension:lanyard:2.0:User"


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    company = Company(database, organization.id)
    company.apply(CARDS)
    return company


@pytest.fixture
def send(client: Client) -> Callable[..., Any]:
    """Sends a request under a request id, as a proxy would."""

    def send(request_id: str, method: str, path: str, body: bytes = b"") -> Any:
        answer = client.raw(method, path, body or None, Content_Type=MEDIA_TYPE, X_Request_Id=request_id)
        assert answer.status_code < 300, answer.text
        return answer.get_json(force=True) if answer.data else None

    return send


def replace(path: str, value: str) -> bytes:
    escaped = path.replace('"', '\\"')
    return f'{{"Operations": [{{"op": "replace", "path": "{escaped}", "value": "{value}"}}]}}'.encode()


def test_each_shown_value_names_the_request_that_set_it(
    client: Client,
    nordwind: Company,
    log: Log,
    send: Callable[..., Any],
    database: Database,
    organization: Organization,
) -> None:
    started = datetime.now(UTC)
    user = client.create_user(
        "ines@nordwind.example",
        displayName="Ines Jones",
        emails=[{"type": "work", "value": "ines@nordwind.example"}],
        addresses=[{"type": "work", "locality": "Zürich", "country": "CH"}],
        **{ENTERPRISE: {"department": "Finance"}},
    )["id"]
    client.create_group("Cards - Sales", user)
    send("title-1", "PATCH", f"/Users/{user}", replace("title", "CFO"))
    send("mail-1", "PATCH", f"/Users/{user}", replace('emails[type eq "work"].value', "i.jones@nordwind.example"))
    send("title-2", "PATCH", f"/Users/{user}", replace("title", "Head of Sales"))
    send("department-2", "PATCH", f"/Users/{user}", replace(f"{ENTERPRISE}:department", "Sales"))
    send("office-2", "PATCH", f"/Users/{user}", replace('addresses[type eq "work"].locality', "Bern"))
    own = {"headline": {"value": "Ask me", "by": "person", "at": "2026-11-25T09:00:00.000000Z", "request_id": "edit-1"}}
    database.write(
        lambda tx: tx.execute(update(cards).where(cards.c.organization_id == ORGANIZATION).values(own=own)),
        organization_id=organization.id,
        actor="cli",
    )

    explained = log.json("people", "why", "ines@nordwind.example")
    [created, *_] = log.rows("--user", "ines@nordwind.example")

    [card] = explained["cards"]
    told = {
        label: (one["value"], one["from"], one["source"], one["request_id"]) for label, one in card["values"].items()
    }
    assert told == {
        "name": ("Ines Jones", "directory", None, created["request_id"]),
        "title": ("Head of Sales", "directory", "title", "title-2"),
        "department": ("Finance", "directory", f"{ENTERPRISE}:department", created["request_id"]),
        "company": ("Nordwind AG", "template", None, None),
        "headline": ("Ask me", "person", None, "edit-1"),
        "E-mail": ("i.jones@nordwind.example", "directory", 'emails[type eq "work"].value', "mail-1"),
        "Office": ("Bern, CH", "directory", 'addresses[type eq "work"]', "office-2"),
    }
    assert all(
        started - timedelta(minutes=5) < datetime.fromisoformat(one["at"])
        for label, one in card["values"].items()
        if label != "headline"
    )
    assert explained["person"] == {
        "user_name": "ines@nordwind.example", "external_id": None, "display_name": "Ines Jones", "invited_as": None,
        "active": True, "deleted": False,
    }  # fmt: skip
    assert (explained["groups"], explained["no_card_because"]) == (["Cards - Sales"], [])
    assert (card["state"], card["template"], card["group"]) == ("live", "Sales", "Cards - Sales")
    assert card["because"] == ["Members of Cards - Sales get a card of Sales."]


def set_cards(company: Company, **values: Any) -> None:
    company.write(lambda tx: tx.execute(update(cards).where(cards.c.organization_id == ORGANIZATION).values(**values)))


def pause_by_hand(company: Company) -> None:
    set_cards(company, state="paused", paused_by_admin=True)


def delete_by_hand(company: Company) -> None:
    set_cards(company, state="deleted")


def take_all_seats(company: Company) -> None:
    company.write(lambda tx: organizations.change(tx, {"seat_limit": 0}))
    set_cards(company, state="waiting", waiting_since=datetime.now(UTC))


NOT_BOUND = "They are in no group that is bound to a template."
DISABLED = "The directory has disabled this person."
DELETED = "The directory has deleted this person."
GIVEN = "Members of Cards - Sales get a card of Sales."


@pytest.mark.parametrize(
    ("happening", "state", "because", "no_card_because"),
    [
        pytest.param(lambda _: None, "live", [GIVEN], [], id="a member"),
        pytest.param(
            lambda one: one.leave("Cards - Sales", "ines"), "paused", ["They are in no group that is bound to Sales."], [NOT_BOUND],
            id="no member any more",
        ),
        pytest.param(lambda one: one.change("ines", active=False), "paused", [DISABLED], [DISABLED], id="disabled"),
        pytest.param(
            pause_by_hand, "paused", [GIVEN, "An admin paused the card of Sales."], ["An admin paused the card of Sales."],
            id="paused by hand",
        ),
        pytest.param(
            delete_by_hand, None, None, ["An admin deleted the card of Sales; it is not issued again until an admin does."],
            id="deleted by hand",
        ),
        pytest.param(
            take_all_seats, "waiting", [GIVEN, "The seat limit of 0 is reached; the card waits for a seat."], ["The seat limit of 0 is reached; the card waits for a seat."],
            id="waiting for a seat",
        ),
        pytest.param(
            lambda one: one.group("Cards - Board", "ines"), "live",
            ["Members of Cards - Board get a card of Board. Of the exclusive set main only the first binding counts; Cards - Sales (Sales) comes later."], [],
            id="moved within an exclusive set",
        ),
    ],
)  # fmt: skip
def test_a_card_and_its_absence_are_explained(
    nordwind: Company,
    log: Log,
    happening: Callable[[Company], None],
    state: str | None,
    because: list[str] | None,
    no_card_because: list[str],
) -> None:
    nordwind.hire("ines")
    nordwind.group("Staff", "ines")
    nordwind.group("Cards - Sales", "ines")

    happening(nordwind)

    explained = log.json("people", "why", "ines@nordwind.example")
    assert [(card["state"], card["because"]) for card in explained["cards"]] == (
        [] if state is None else [(state, because)]
    )
    assert explained["no_card_because"] == no_card_because


def test_somebody_who_has_left_is_explained(client: Client, nordwind: Company, log: Log) -> None:
    user = client.create_user("ines@nordwind.example", externalId="8a52b1b2-6f0e-4b7e-8a51-2b8d0f1c9e77")["id"]
    client.create_group("Cards - Sales", user)
    client.delete(f"/Users/{user}")

    explained = log.json("people", "why", "ines@nordwind.example")

    assert explained["person"]["deleted"]
    assert explained["person"]["external_id"] == "8a52b1b2-6f0e-4b7e-8a51-2b8d0f1c9e77"
    assert [(card["state"], card["because"]) for card in explained["cards"]] == [("paused", [DELETED])]
    assert explained["no_card_because"] == [DELETED]


def test_nobody_is_a_sentence(nordwind: Company, log: Log) -> None:
    result = log.run("people", "why", "nobody@nordwind.example")

    assert result.exit_code == 1
    assert result.stderr == "Error: nobody is called 'nobody@nordwind.example', and nobody was\n"


def test_why_is_readable(nordwind: Company, log: Log) -> None:
    nordwind.hire("ines", title="CFO")
    nordwind.group("Cards - Sales", "ines")

    lines = [line.split("  ") for line in log.run("people", "why", "ines@nordwind.example").stdout.splitlines()]

    assert lines[0] == ["ines@nordwind.example (Ines), active in the directory"]
    assert lines[1] == ["Groups: Cards - Sales"]
    assert ["title", "CFO", "directory", "title"] in [[part.strip() for part in line if part][:4] for line in lines]


def test_everybody_is_listed_with_their_cards(nordwind: Company, log: Log) -> None:
    nordwind.hire("ines", externalId="7")
    nordwind.hire("ben", active=False)
    nordwind.group("Cards - Sales", "ines")

    listed = log.json("people", "list")

    assert [(one["user_name"], one["external_id"], one["active"], one["cards"]) for one in listed] == [
        ("ines@nordwind.example", "7", True, [{"template": "Sales", "state": "live"}]),
        ("ben@nordwind.example", None, False, []),
    ]
    assert "Sales (live)" in log.run("people", "list").stdout
