"""A user in a list is to the letter what asking for that user gives, whatever is in the document."""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import ENTERPRISE_USER, LANYARD_USER
from tests.support.client import Client

STRANGE = "urn:x:y:2.0:User"
PHOTO = "data:image/png;base64,iVBORw0KGgo="

DOCUMENTS: dict[str, dict[str, Any]] = {
    "little": {},
    "an extension": {"title": "Clerk", ENTERPRISE_USER: {"department": "Sales", "manager": {"value": "m"}}},
    "several extensions": {
        STRANGE: {"size": 10, "parts": [1.5, None, {}]},
        ENTERPRISE_USER: {"department": "Sales"},
        LANYARD_USER: {"preferredName": "Bea"},
    },
    "texts like extensions": {
        "title": '"urn:x:title":{"a":1},"urn:x:other":',
        "displayName": "urn:x:name",
        "nickName": '\\"urn:x:nick":',
        "emails": [{"value": "a@example.com", "display": ',"urn:x:mail":1'}],
    },
    "names like extensions": {
        STRANGE: {"urn:oid:1.3.6": "x", 'a"urn:z': 1, "more": {"urn:x:deep": 2}},
        ENTERPRISE_USER: {"department": "Sales"},
        'urn:x:"y"\\:2.0:User': {"size": 1},
    },
    "letters of all kinds": {"displayName": 'Zoë "Z" \\ \u2028 \U0001f600 ok', "title": "a\tb"},
    "a picture": {"photos": [{"type": "photo", "value": PHOTO}, {"type": "thumb", "value": "https://x.example/a.png"}]},
    "a text like a kept picture": {"title": "picture:abc", "photos": [{"type": "photo", "value": "picture:abc"}]},
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_listed_user_is_the_user(document: dict[str, Any], client: Client) -> None:
    user = client.create_user(user_name="bea", **document)
    for name in ("Zürich", "Bern", "ärzte"):
        client.create_group(name, user["id"])

    alone = client.get(f"/Users/{user['id']}").text
    listed = client.get("/Users").text
    found = client.get("/Users", filter='userName eq "bea"').text

    assert f'"Resources":[{alone}]' in listed
    assert f'"Resources":[{alone}]' in found


@pytest.mark.parametrize("asked", ["excludedAttributes=groups", "attributes=meta", "attributes=groups,meta"])
def test_what_is_shown_of_a_listed_user_is_what_is_shown_of_the_user(asked: str, client: Client) -> None:
    user = client.create_user(user_name="bea")
    client.create_group("Bern", user["id"])
    address = f"/Users/{user['id']}?{asked}"

    alone = client.raw("GET", address).get_json(force=True)
    [listed] = client.raw("GET", f"/Users?{asked}").get_json(force=True)["Resources"]
    again = client.raw("GET", address, If_None_Match=listed["meta"]["version"])

    assert listed == alone
    assert again.status_code == 304


def test_pictures_come_back_on_pages_of_many_users(client: Client) -> None:
    for number in range(3):
        photos = [{"type": "photo", "value": f"{PHOTO}{number}"}] if number != 1 else []
        client.create_user(user_name=f"bea{number}", photos=photos)

    listed = client.get("/Users", sortBy="userName").get_json(force=True)["Resources"]

    assert [one.get("photos", [{}])[0].get("value") for one in listed] == [f"{PHOTO}0", None, f"{PHOTO}2"]
