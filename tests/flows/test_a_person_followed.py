"""One person from the first day to the return, on a running server: one card, one printed code, own values kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.flows.test_push_to_card import Directory, everything_below
from tests.support.server import Server

OBJECT_ID = "8a52b1b2-6f0e-4b7e-8a51-2b8d0f1c9e77"
CARDS = """
templates:
  - name: Sales
    general:
      title: {sync: always}
      headline: {sync: never, editable: true}
    fields:
      - {key: mobile, kind: phone, label: Mobile, source: 'phoneNumbers[type eq "mobile"].value', sync: unless_edited, editable: true}
bindings: [{group: "Cards - Sales", template: Sales}]
"""


@pytest.fixture(scope="module")
def directory(server: Server) -> Directory:
    return Directory(server)


def ask(server: Server, *arguments: str) -> Any:
    """What a command prints as JSON."""
    return json.loads(server.lanyard(*arguments, "--org", server.slug, "--json"))


def name_and_values(server: Server, called: str) -> tuple[str, list[str], dict[str, tuple[str, str]]]:
    """The user name, the former ones, and each shown value with where it is from, as `people why` tells them."""
    told = ask(server, "people", "why", called)
    [card] = told["cards"]
    shown = {label: (one["value"], one["from"]) for label, one in card["values"].items()}
    return told["person"]["user_name"], [name["user_name"] for name in told["formerly"]], shown


def test_a_person_is_followed_from_the_first_day_to_the_return(
    server: Server, directory: Directory, tmp_path: Path
) -> None:
    rules = tmp_path / "cards.yaml"
    rules.write_text(CARDS)
    server.lanyard("apply", str(rules), "--org", server.slug)
    sales = directory.create("Groups", {"displayName": "Cards - Sales"})
    mobile = [{"type": "mobile", "value": "+41 79 555 01 00"}]
    person = {"externalId": OBJECT_ID, "displayName": "Anna Berg", "title": "Clerk", "phoneNumbers": mobile}

    first = directory.create("Users", {"userName": "anna.berg@nordwind.example", **person})
    directory.join(sales, first)
    [card] = ask(server, "cards", "list")
    url, public_id = card["url"], card["id"]
    server.lanyard("cards", "set", "--org", server.slug, public_id, "headline=Ask me", "--as", "holder")
    server.lanyard("cards", "set", "--org", server.slug, public_id, "mobile=+41 79 555 02 00", "--as", "holder")
    hired = {address: requests.get(address) for address in everything_below(url)}

    directory.patch(f"Users/{first}", {"op": "Replace", "path": "userName", "value": "anna.lind@nordwind.example"}, {"op": "Replace", "path": "displayName", "value": "Anna Lind"})  # fmt: skip
    renamed = {address: requests.get(address) for address in everything_below(url)}
    as_renamed = name_and_values(server, "anna.berg@nordwind.example")

    directory.patch(f"Users/{first}", {"op": "Replace", "path": "active", "value": "False"})
    disabled = {address: requests.get(address) for address in everything_below(url)}
    directory.delete(f"Users/{first}")
    deleted = {address: requests.get(address) for address in everything_below(url)}
    as_deleted = ask(server, "people", "why", "anna.lind@nordwind.example")

    second = directory.create("Users", {"userName": "a.lind@nordwind.example", **person, "displayName": "Anna Lind", "title": "CFO"})  # fmt: skip
    directory.join(sales, second)
    returned = {address: requests.get(address) for address in everything_below(url)}
    as_returned = name_and_values(server, "anna.berg@nordwind.example")
    log = ask(server, "log", "--user", "anna.berg@nordwind.example")

    assert second != first
    assert [one["id"] for one in ask(server, "cards", "list")] == [public_id]
    for address in everything_below(url):
        assert (hired[address].status_code, renamed[address].status_code) == (200, 200)
        assert (disabled[address].status_code, deleted[address].status_code) == (410, 410)
        assert not any(word in disabled[address].text + deleted[address].text for word in ("Anna", "Ask me", "555"))
        assert returned[address].status_code == 200
    for code in (f"{url}/qr.svg", f"{url}/qr.png"):
        assert hired[code].content == renamed[code].content == returned[code].content
    assert ("Anna Berg" in hired[url].text, "Anna Berg" in renamed[url].text) == (True, False)
    own = {"headline": ("Ask me", "person"), "Mobile": ("+41 79 555 02 00", "person")}
    assert as_renamed == (
        "anna.lind@nordwind.example",
        ["anna.berg@nordwind.example"],
        {"name": ("Anna Lind", "directory"), "title": ("Clerk", "directory"), **own},
    )
    assert as_deleted["person"] == {"user_name": "anna.lind@nordwind.example", "external_id": OBJECT_ID, "display_name": None, "invited_as": None, "active": False, "deleted": True}  # fmt: skip
    assert as_deleted["no_card_because"] == ["The directory has deleted this person."]
    assert [name["user_name"] for name in as_deleted["formerly"]] == ["anna.lind@nordwind.example", "anna.berg@nordwind.example"]  # fmt: skip
    assert as_returned == (
        "a.lind@nordwind.example",
        ["anna.lind@nordwind.example", "anna.berg@nordwind.example"],
        {"name": ("Anna Lind", "directory"), "title": ("CFO", "directory"), **own},
    )
    assert len({row["person"] for row in log}) == 1
    assert [row["method"] for row in log if row["resource"] == "User"] == ["POST", "PATCH", "PATCH", "DELETE", "POST"]
