"""A push updates a card when the card shows something else after it, and not otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from app.attributes.definitions import ENTERPRISE_USER
from app.cards import layouts
from app.cards.following import shows_anew
from app.cards.layout import Item, Layout
from app.cards.view import PERSON, OnceValue, OwnValue
from tests.cards.conftest import Company
from tests.cards.test_issuing import counted_statements
from tests.log.conftest import Log
from tests.support.client import Client

MARKER = "[[clear]]"
OWN = {"title": OwnValue("Chair", PERSON, datetime(2026, 11, 25, tzinfo=UTC))}
SAVED = {"title": OnceValue("CTO", since=3)}
CFO, CEO = {"title": "CFO"}, {"title": "CEO"}


def title(sync: str) -> Item:
    return Item("title", "title", "text", sync, "title", once_since=3 if sync == "once" else 0)


NAME = Item("name", "name", "text", "always")
OFFICE = Item("office", "Office", "address", "always", 'addresses[type eq "work"]')
DEPARTMENT = Item("department", "department", "text", "always", f"{ENTERPRISE_USER}:department")


@pytest.mark.parametrize(
    ("item", "own", "once", "before", "after", "anew"),
    [
        pytest.param(title("always"), {}, {}, CFO, CEO, True, id="always: what the directory says"),
        pytest.param(title("always"), OWN, {}, CFO, CEO, True, id="always: whatever the card kept from before"),
        pytest.param(title("always"), {}, {}, CFO, {}, True, id="always: a value that is gone"),
        pytest.param(title("always"), {}, {}, {}, {"title": MARKER}, False, id="always: cleared, and there was nothing"),
        pytest.param(title("always"), {}, {}, CFO, {**CFO, "locale": "de"}, False, id="always: another attribute"),
        pytest.param(title("never"), {}, {}, CFO, CEO, False, id="never"),
        pytest.param(title("unless_edited"), {}, {}, CFO, CEO, True, id="unless edited: not edited"),
        pytest.param(title("unless_edited"), OWN, {}, CFO, CEO, False, id="unless edited: edited"),
        pytest.param(title("once"), {}, {}, {}, CEO, True, id="once: the first value"),
        pytest.param(title("once"), {}, {}, CFO, CEO, False, id="once: the second value"),
        pytest.param(title("once"), {}, SAVED, {}, CEO, False, id="once: a value after the first was saved"),
        pytest.param(NAME, {}, {}, {"displayName": "Ines"}, {"displayName": "Inês"}, True, id="a name"),
        pytest.param(
            NAME, {}, {}, {"name": {"givenName": "Ines"}, "displayName": "a"}, {"name": {"givenName": "Ines"}, "displayName": "b"},
            False, id="a name that is shown by its parts",
        ),
        pytest.param(
            NAME, {}, {}, {"name": {"givenName": "Yui", "familyName": "Sato"}},
            {"name": {"givenName": "Yui", "familyName": "Sato"}, "preferredLanguage": "ja"}, True, id="a name in another order",
        ),
        pytest.param(
            OFFICE, {}, {}, {"addresses": [{"type": "work", "locality": "Bern"}]}, {"addresses": [{"type": "work", "locality": "Biel"}]},
            True, id="an address",
        ),
        pytest.param(
            OFFICE, {}, {}, {"addresses": [{"type": "home", "locality": "Bern"}]}, {"addresses": [{"type": "home", "locality": "Biel"}]},
            False, id="an address that is not shown",
        ),
        pytest.param(
            DEPARTMENT, {}, {}, {ENTERPRISE_USER: {"department": "A"}}, {ENTERPRISE_USER: {"department": "B"}}, True,
            id="an extension's value",
        ),
        pytest.param(
            DEPARTMENT, {}, {}, {ENTERPRISE_USER: {"division": "A"}}, {ENTERPRISE_USER: {"division": "B"}}, False,
            id="its neighbour",
        ),
    ],
)  # fmt: skip
def test_shows_anew(
    item: Item,
    own: Mapping[str, OwnValue],
    once: Mapping[str, OnceValue],
    before: dict[str, Any],
    after: dict[str, Any],
    anew: bool,
) -> None:
    layout = Layout(general=(), fields=(item,))

    assert shows_anew(layout, own, once, before, after, MARKER) is anew


def test_a_new_version_of_the_template_is_seen_at_once(client: Client, nordwind: Company, log: Log) -> None:
    user = client.create_user("ines@nordwind.example", title="CFO")["id"]
    client.create_group("Cards - Sales", user)
    client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "CEO"})

    nordwind.apply('templates: [{name: Sales, general: {title: {sync: never, value: "Sales"}}}]')
    client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Chair"})

    assert log.sentences()[-2:] == ["title changed to CEO; card updated", "title changed to Chair"]


def test_a_waiting_or_paused_card_is_not_updated(client: Client, nordwind: Company, log: Log) -> None:
    user = client.create_user("ines@nordwind.example", title="CFO")["id"]
    client.create_group("Cards - Sales", user)
    client.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
    client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "CEO"})

    assert log.sentences()[-1] == "title changed to CEO"


def test_a_push_reads_no_layout_that_the_process_knows(app: Flask, client: Client, nordwind: Company) -> None:
    user = client.create_user("ines@nordwind.example", title="CFO")["id"]
    client.create_group("Cards - Sales", user)
    database = app.extensions["lanyard.database"]
    layouts._layouts.clear()

    counts = []
    for value in ("CEO", "Chair"):
        with counted_statements(database) as statements:
            client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": value})
        counts.append(sum("FROM templates" in statement for statement in statements))

    assert counts == [1, 0]


def test_a_push_of_a_title_costs_one_statement_for_its_row(app: Flask, client: Client, nordwind: Company) -> None:
    user = client.create_user("ines@nordwind.example", title="CFO")["id"]
    client.create_group("Cards - Sales", user)
    client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "CEO"})

    with counted_statements(app.extensions["lanyard.database"]) as statements:
        client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Chair"})

    verbs = [statement.split()[0] for statement in statements if not statement.startswith("BEGIN")]
    assert verbs == ["SELECT", "UPDATE", "SELECT", "INSERT", "INSERT"]
