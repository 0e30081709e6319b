"""An identity provider that we did not write pushes its people and groups, and keeps pushing what changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from app.attributes.definitions import CORE_GROUP, CORE_USER, ENTERPRISE_USER
from tests.conftest import missing
from tests.support.canaille import Canaille, canaille
from tests.support.judges import ask
from tests.support.server import Server


@pytest.fixture(scope="module")
def provider(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaille]:
    """Canaille, pushing to the server; tests are skipped, visibly, where it is not installed."""
    try:
        with canaille(tmp_path_factory.mktemp("canaille"), server.scim_url, server.token) as running:
            yield running
    except FileNotFoundError as error:
        missing(error)


def person(name: str, **changed: Any) -> dict[str, Any]:
    """Somebody as Canaille keeps people."""
    return {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "userName": name,
        "active": True,
        "displayName": "Zoë Lind",
        "title": "Analyst",
        "preferredLanguage": "de-CH",
        "name": {"formatted": "Zoë Lind", "familyName": "Lind", "givenName": "Zoë"},
        "emails": [{"value": f"{name}@nordwind.example"}],
        "phoneNumbers": [{"value": "044 / 555 01 02"}],
        "addresses": [{"formatted": "Quaistrasse 4\n8001 Zürich", "locality": "Zürich", "postalCode": "8001"}],
        ENTERPRISE_USER: {"employeeNumber": "10443", "organization": "Nordwind AG", "department": "Finance"},
        **changed,
    }


def group(name: str, *members: str) -> dict[str, Any]:
    """A group as Canaille keeps groups: members by their user names."""
    entries = [{"value": member, "$ref": f"https://idp.example/Users/{member}"} for member in members]
    return {"schemas": [CORE_GROUP], "displayName": name, "members": entries}


@pytest.fixture
def name() -> str:
    """A name that nobody has."""
    return f"zoe-{uuid.uuid4().hex[:8]}"


def arrived(server: Server, kind: str, external_id: str) -> Any:
    """What the server has of somebody or something in Canaille; None when it has nothing."""
    found = ask(server, "GET", f'/{kind}?filter=externalId eq "{external_id}"')
    assert found["totalResults"] in {0, 1}
    return found["Resources"][0] if found["totalResults"] else None


def members(server: Server, external_id: str) -> set[str]:
    """The ids of a group's members."""
    return {member["value"] for member in arrived(server, "Groups", external_id).get("members", [])}


def test_a_new_person_arrives_with_everything_that_is_known_of_them(
    server: Server, provider: Canaille, name: str
) -> None:
    created = provider.ask("POST", "/Users", person(name))

    user = arrived(server, "Users", created["id"])

    assert {**person(name), "externalId": created["id"]}.items() <= user.items()


def test_a_change_arrives_and_the_same_push_once_more_changes_nothing(
    server: Server, provider: Canaille, name: str
) -> None:
    created = provider.ask("POST", "/Users", person(name))
    before = arrived(server, "Users", created["id"])

    provider.ask("PUT", f"/Users/{name}", person(name, title="CFO", phoneNumbers=[]))
    changed = arrived(server, "Users", created["id"])
    provider.ask("PUT", f"/Users/{name}", person(name, title="CFO", phoneNumbers=[]))
    again = arrived(server, "Users", created["id"])

    assert (changed["id"], changed["title"]) == (before["id"], "CFO")
    assert "phoneNumbers" not in changed
    assert changed["meta"]["version"] != before["meta"]["version"]
    assert again == changed


def test_a_locked_account_arrives_as_inactive_and_comes_back(server: Server, provider: Canaille, name: str) -> None:
    created = provider.ask("POST", "/Users", person(name))

    provider.ask("PUT", f"/Users/{name}", person(name, active=False))
    locked = arrived(server, "Users", created["id"])
    provider.ask("PUT", f"/Users/{name}", person(name, active=True))
    unlocked = arrived(server, "Users", created["id"])

    assert (locked["active"], unlocked["active"]) == (False, True)


def test_a_deleted_person_is_gone(server: Server, provider: Canaille, name: str) -> None:
    created = provider.ask("POST", "/Users", person(name))
    assert arrived(server, "Users", created["id"])

    provider.ask("DELETE", f"/Users/{name}")

    assert arrived(server, "Users", created["id"]) is None


def test_a_group_arrives_with_its_members_and_follows_them(server: Server, provider: Canaille, name: str) -> None:
    people = [provider.ask("POST", "/Users", person(f"{name}-{place}"))["id"] for place in range(3)]
    ids = [arrived(server, "Users", one)["id"] for one in people]

    created = provider.ask("POST", "/Groups", group(name, f"{name}-0", f"{name}-1"))
    first = members(server, created["id"])
    provider.ask("PUT", f"/Groups/{created['id']}", group(name, f"{name}-1", f"{name}-2"))
    second = arrived(server, "Groups", created["id"])
    provider.ask("PUT", f"/Groups/{created['id']}", group(name, f"{name}-1", f"{name}-2"))

    assert first == set(ids[:2])
    assert members(server, created["id"]) == set(ids[1:])
    assert second["displayName"] == name
    assert arrived(server, "Groups", created["id"]) == second
    assert [entry["display"] for entry in arrived(server, "Users", people[2])["groups"]] == [name]
    assert "groups" not in arrived(server, "Users", people[0])


def test_a_deleted_group_is_gone_and_its_members_stay(server: Server, provider: Canaille, name: str) -> None:
    user = provider.ask("POST", "/Users", person(name))["id"]
    created = provider.ask("POST", "/Groups", group(name, name))
    assert members(server, created["id"])

    provider.ask("DELETE", f"/Groups/{created['id']}")

    assert arrived(server, "Groups", created["id"]) is None
    assert "groups" not in arrived(server, "Users", user)


def test_a_member_who_is_deleted_leaves_the_group(server: Server, provider: Canaille, name: str) -> None:
    provider.ask("POST", "/Users", person(name))
    staying = provider.ask("POST", "/Users", person(f"{name}-2"))["id"]
    created = provider.ask("POST", "/Groups", group(name, name, f"{name}-2"))
    assert len(members(server, created["id"])) == 2

    provider.ask("DELETE", f"/Users/{name}")

    assert members(server, created["id"]) == {arrived(server, "Users", staying)["id"]}
