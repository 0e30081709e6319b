"""Who a record belongs to that is pushed anew: the person with the directory's immutable id, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.cards.conftest import Company
from tests.log.conftest import Log
from tests.people.conftest import NEW_ID, OLD_ID
from tests.support.client import Client

MAIL = [{"type": "work", "value": "max@nordwind.example"}]
TOMBSTONE = f"{'5f1e9c0b7a6d4e3f' * 2}max@nordwind.example"


class Directory:
    """Pushes users over HTTP and looks at their cards."""

    def __init__(self, client: Client, app: Flask, lanyard: Log) -> None:
        self.client = client
        self._visitor = app.test_client(use_cookies=False)
        self._lanyard = lanyard
        self._group = client.create_group("Cards - Staff")["id"]

    def create(self, user_name: str = "max@nordwind.example", **attributes: Any) -> str:
        """A new user in the group that gives cards; the SCIM id."""
        user = self.client.create_user(user_name, **attributes)["id"]
        added = self.client.patch(
            f"/Groups/{self._group}", {"op": "add", "path": "members", "value": [{"value": user}]}
        )
        assert added.status_code == 204, added.text
        return str(user)

    def patch(self, user: str, **attributes: Any) -> None:
        answer = self.client.patch(f"/Users/{user}", {"op": "replace", "value": attributes})
        assert answer.status_code == 200, answer.text

    def delete(self, user: str) -> None:
        assert self.client.delete(f"/Users/{user}").status_code == 204

    def card(self, user: str) -> str:
        """The id of the user's one live card."""
        name = self.client.get(f"/Users/{user}").get_json(force=True)["userName"]
        listed = self._lanyard.json("cards", "list", "--state", "live")
        [one] = [card["id"] for card in listed if card["person"]["user_name"] == name]
        return str(one)

    def status(self, card: str) -> int:
        return self._visitor.get(f"/c/{card}").status_code


@pytest.fixture
def directory(client: Client, app: Flask, nordwind: Company, lanyard: Log) -> Directory:
    nordwind.apply("""
        templates: [{name: Staff, general: {title: {}}}]
        bindings: [{group: "Cards - Staff", template: Staff}]
        """)
    return Directory(client, app, lanyard)


def gone(directory: Directory, **attributes: Any) -> str:
    """The card of somebody who was created like this and deleted."""
    user = directory.create(**attributes)
    card = directory.card(user)
    directory.delete(user)
    return card


def given_later(directory: Directory) -> str:
    user = directory.create()
    directory.patch(user, externalId=OLD_ID)
    card = directory.card(user)
    directory.delete(user)
    return card


def from_another_id(directory: Directory) -> str:
    user = directory.create(externalId=NEW_ID)
    directory.patch(user, externalId=OLD_ID)
    card = directory.card(user)
    directory.delete(user)
    return card


def to_another_id(directory: Directory) -> str:
    user = directory.create(externalId=OLD_ID)
    directory.patch(user, externalId=NEW_ID)
    card = directory.card(user)
    directory.delete(user)
    return card


def through_the_recycle_bin(directory: Directory) -> str:
    user = directory.create(externalId=OLD_ID)
    card = directory.card(user)
    directory.patch(user, userName=TOMBSTONE, active=False)
    directory.delete(user)
    return card


def into_the_recycle_bin(directory: Directory) -> str:
    user = directory.create(externalId=NEW_ID)
    card = directory.card(user)
    directory.patch(user, userName=TOMBSTONE, active=False)
    return card


def the_first_of_two(directory: Directory) -> str:
    first = directory.create(externalId=OLD_ID)
    directory.create("twin@nordwind.example", externalId=OLD_ID)
    card = directory.card(first)
    directory.delete(first)
    return card


def the_second_of_two(directory: Directory) -> str:
    directory.create("twin@nordwind.example", externalId=OLD_ID)
    second = directory.create(externalId=OLD_ID)
    card = directory.card(second)
    directory.delete(second)
    return card


def an_id_of_somebody_else_taken_over(directory: Directory) -> str:
    directory.create("twin@nordwind.example", externalId=OLD_ID)
    user = directory.create()
    directory.patch(user, externalId=OLD_ID)
    card = directory.card(user)
    directory.delete(user)
    return card


@pytest.mark.parametrize(
    ("permanent", "before", "back", "same"),
    [
        pytest.param("auto", lambda one: gone(one, externalId=OLD_ID), {"externalId": OLD_ID}, True, id="the same id"),
        pytest.param("auto", lambda one: gone(one, externalId=OLD_ID), {"externalId": OLD_ID.upper()}, True, id="in capitals"),
        pytest.param("auto", lambda one: gone(one, externalId=OLD_ID), {"externalId": OLD_ID, "user_name": "m.berg@nordwind.example"}, True, id="another name"),
        pytest.param("auto", lambda one: gone(one, externalId=OLD_ID, emails=MAIL), {"externalId": NEW_ID, "emails": MAIL}, False, id="name and mail with another id"),
        pytest.param("auto", lambda one: gone(one, externalId=OLD_ID), {}, False, id="the name without an id"),
        pytest.param("auto", gone, {"externalId": OLD_ID}, False, id="an id that was not there before"),
        pytest.param("auto", gone, {}, False, id="the name alone"),
        pytest.param("auto", lambda one: gone(one, externalId="mmuster"), {"externalId": "mmuster"}, False, id="auto: no GUID is no id"),
        pytest.param("true", lambda one: gone(one, externalId="mmuster"), {"externalId": "mmuster"}, True, id="true: any text is an id"),
        pytest.param("true", lambda one: gone(one, externalId="mmuster"), {"externalId": "MMUSTER"}, False, id="true: in exactly these letters"),
        pytest.param("true", lambda one: gone(one, externalId=OLD_ID), {"externalId": OLD_ID.upper()}, True, id="true: but for a GUID"),
        pytest.param("false", lambda one: gone(one, externalId=OLD_ID), {"externalId": OLD_ID}, False, id="false: nothing is an id"),
        pytest.param("auto", given_later, {"externalId": OLD_ID}, True, id="an id that came later by PATCH"),
        pytest.param("auto", from_another_id, {"externalId": OLD_ID}, True, id="an id that was changed: the new one"),
        pytest.param("auto", to_another_id, {"externalId": OLD_ID}, False, id="an id that was changed: the old one"),
        pytest.param("auto", through_the_recycle_bin, {"externalId": OLD_ID}, True, id="tombstone, DELETE, POST"),
        pytest.param("auto", into_the_recycle_bin, {"externalId": OLD_ID}, False, id="somebody else while the first is in the recycle bin"),
        pytest.param("auto", into_the_recycle_bin, {"externalId": NEW_ID}, False, id="even with the id that the one in the recycle bin has"),
        pytest.param("auto", the_first_of_two, {"externalId": OLD_ID}, True, id="two have the id: the first comes back"),
        pytest.param("auto", the_second_of_two, {"externalId": OLD_ID}, False, id="two have the id: the second was somebody else"),
        pytest.param("auto", an_id_of_somebody_else_taken_over, {"externalId": OLD_ID}, False, id="an id by PATCH that somebody else has"),
    ],
)  # fmt: skip
def test_a_card_is_the_same_for_the_same_person_alone(
    directory: Directory,
    lanyard: Log,
    permanent: str,
    before: Callable[[Directory], str],
    back: dict[str, Any],
    same: bool,
) -> None:
    lanyard.set(f"external_id_is_permanent={permanent}")
    old = before(directory)
    down = directory.status(old)

    new = directory.card(directory.create(**back))

    assert down == 410
    assert (new == old, directory.status(old), directory.status(new)) == (same, 200 if same else 410, 200)


def test_the_one_in_the_recycle_bin_cannot_have_the_name_back_from_somebody_else(directory: Directory) -> None:
    user = directory.create(externalId=OLD_ID)
    old = directory.card(user)
    directory.patch(user, userName=TOMBSTONE, active=False)
    other = directory.card(directory.create(externalId=NEW_ID))

    refused = directory.client.patch(
        f"/Users/{user}", {"op": "replace", "value": {"userName": "max@nordwind.example", "active": True}}
    )
    directory.patch(user, userName="max.berg@nordwind.example", active=True)

    assert (refused.status_code, refused.get_json(force=True)["scimType"]) == (409, "uniqueness")
    assert (directory.card(user), directory.status(other)) == (old, 200)


def test_while_two_have_the_id_each_has_a_card_of_their_own(directory: Directory) -> None:
    first = directory.create(externalId=OLD_ID)
    second = directory.create("twin@nordwind.example", externalId=OLD_ID)

    assert directory.card(first) != directory.card(second)
