"""The main job, end to end, on a running server: a directory is pushed, cards are on people's phones."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import vobject
import yaml

from app.rehearsal import SAMPLE, SAMPLE_CARDS
from tests.support.server import Server

CARDS = """
templates:
  - name: Sales
    general: {name: {sync: always}, title: {sync: always}}
    fields:
      - {key: mail, kind: email, label: E-mail, source: 'emails[type eq "work"].value', sync: always}
      - {key: mobile, kind: phone, label: Mobile, source: 'phoneNumbers[type eq "mobile"].value', sync: always}
bindings:
  - {group: "Cards - Sales", template: Sales}
"""


class Directory:
    """Speaks SCIM to a running server, as a directory does."""

    def __init__(self, server: Server) -> None:
        self._url = server.scim_url
        self._http = requests.Session()
        self._http.headers.update({"Authorization": f"Bearer {server.token}"})

    def create(self, endpoint: str, body: dict[str, Any]) -> str:
        response = self._http.post(f"{self._url}/{endpoint}", json=body)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    def patch(self, endpoint: str, *operations: dict[str, Any]) -> None:
        response = self._http.patch(f"{self._url}/{endpoint}", json={"Operations": list(operations)})
        assert response.status_code in {200, 204}, response.text

    def join(self, group: str, user: str) -> None:
        self.patch(f"Groups/{group}", {"op": "Add", "path": "members", "value": [{"$ref": None, "value": user}]})

    def leave(self, group: str, user: str) -> None:
        self.patch(f"Groups/{group}", {"op": "Remove", "path": "members", "value": [{"value": user}]})

    def bulk(self, *operations: dict[str, Any]) -> list[str]:
        response = self._http.post(f"{self._url}/Bulk", json={"Operations": list(operations)})
        assert response.status_code == 200, response.text
        return [result["status"] for result in response.json()["Operations"]]

    def delete(self, path: str) -> None:
        assert self._http.delete(f"{self._url}/{path}").status_code == 204


@pytest.fixture(scope="module")
def directory(server: Server) -> Directory:
    """The directory of the organization `nordwind`, whose Sales people get cards."""
    return Directory(server)


@pytest.fixture(scope="module")
def sales(server: Server, directory: Directory, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of the group that gives cards."""
    path = tmp_path_factory.mktemp("apply") / "cards.yaml"
    path.write_text(CARDS)
    server.lanyard("apply", str(path), "--org", server.slug)
    return directory.create("Groups", {"displayName": "Cards - Sales"})


def card_of(server: Server, user_name: str) -> dict[str, Any]:
    cards = json.loads(server.lanyard("cards", "list", "--org", server.slug, "--json"))
    [card] = [card for card in cards if card["person"]["user_name"] == user_name]
    return dict(card)


def everything_below(url: str) -> list[str]:
    return [url, f"{url}.vcf", f"{url}/qr.svg", f"{url}/qr.png"]


def test_a_card_follows_the_membership_from_one_request_to_the_next(
    server: Server, directory: Directory, sales: str
) -> None:
    user = directory.create("Users", {"userName": "ines@nordwind.example", "displayName": "Ines Jones", "title": "CFO"})
    directory.join(sales, user)
    url = card_of(server, "ines@nordwind.example")["url"]
    first = {address: requests.get(address) for address in everything_below(url)}

    directory.leave(sales, user)
    etags = {address: response.headers["ETag"] for address, response in first.items()}
    away = {address: requests.get(address, headers={"If-None-Match": etags[address]}) for address in first}
    directory.join(sales, user)
    back = {address: requests.get(address) for address in first}

    assert [response.status_code for response in first.values()] == [200, 200, 200, 200]
    assert [response.status_code for response in away.values()] == [410, 410, 410, 410]
    assert not any("Ines" in response.text or "CFO" in response.text for response in away.values())
    assert [response.status_code for response in back.values()] == [200, 200, 200, 200]
    for code in (f"{url}/qr.svg", f"{url}/qr.png"):
        assert back[code].content == first[code].content
    assert card_of(server, "ines@nordwind.example")["url"] == url


@pytest.mark.parametrize(
    ("away", "back"),
    [
        pytest.param(
            [{"op": "Replace", "path": "active", "value": "False"}],
            [{"op": "Replace", "path": "active", "value": "True"}],
            id="disabled and enabled",
        ),
        pytest.param(
            [
                {"op": "Replace", "path": "userName", "value": f"{'5f1e9c0b7a6d4e3f' * 2}leaver@nordwind.example"},
                {"op": "Replace", "path": "active", "value": "False"},
            ],
            [
                {"op": "Replace", "path": "userName", "value": "leaver@nordwind.example"},
                {"op": "Replace", "path": "active", "value": "True"},
            ],
            id="in the recycle bin and restored",
        ),
    ],
)
def test_a_card_follows_its_person(
    server: Server, directory: Directory, sales: str, away: list[dict[str, Any]], back: list[dict[str, Any]]
) -> None:
    user = directory.create("Users", {"userName": "leaver@nordwind.example", "displayName": "Lea Leaver"})
    directory.join(sales, user)
    url = card_of(server, "leaver@nordwind.example")["url"]

    directory.patch(f"Users/{user}", *away)
    gone = requests.get(url).status_code
    directory.patch(f"Users/{user}", *back)

    assert (gone, requests.get(url).status_code) == (410, 200)
    assert card_of(server, "leaver@nordwind.example")["url"] == url
    directory.delete(f"Users/{user}")


def test_whoever_is_made_and_added_in_one_bulk_request_has_their_card(
    server: Server, directory: Directory, sales: str
) -> None:
    names = [f"bulk-{number}@nordwind.example" for number in range(20)]
    members = [{"value": f"bulkId:{name}"} for name in names]
    add = {"Operations": [{"op": "add", "path": "members", "value": members}]}
    create = {"method": "POST", "path": "/Users"}

    results = directory.bulk(
        {"method": "PATCH", "path": f"/Groups/{sales}", "data": add},
        *({**create, "bulkId": name, "data": {"userName": name, "title": "Clerk"}} for name in names),
    )

    assert results == ["204", *["201"] * 20]
    assert {card_of(server, name)["state"] for name in names[:3]} == {"live"}
    assert requests.get(card_of(server, names[-1])["url"]).status_code == 200


def test_somebody_deleted_and_created_again_gets_the_same_card(
    server: Server, directory: Directory, sales: str
) -> None:
    object_id = "8a52b1b2-6f0e-4b7e-8a51-2b8d0f1c9e77"
    first = directory.create("Users", {"userName": "eva@nordwind.example", "externalId": object_id})
    directory.join(sales, first)
    url = card_of(server, "eva@nordwind.example")["url"]

    directory.delete(f"Users/{first}")
    gone = requests.get(url).status_code
    second = directory.create("Users", {"userName": "eva.new@nordwind.example", "externalId": object_id.upper()})
    directory.join(sales, second)

    assert gone == 410
    assert card_of(server, "eva.new@nordwind.example")["url"] == url


def test_somebody_else_with_a_departed_name_gets_nothing_of_theirs(
    server: Server, directory: Directory, sales: str
) -> None:
    first = directory.create("Users", {"userName": "max@nordwind.example", "title": "CEO"})
    directory.join(sales, first)
    url = card_of(server, "max@nordwind.example")["url"]

    directory.delete(f"Users/{first}")
    second = directory.create("Users", {"userName": "max@nordwind.example"})
    directory.join(sales, second)

    assert requests.get(url).status_code == 410
    assert card_of(server, "max@nordwind.example")["url"] != url


def test_a_push_shows_on_the_card_at_the_next_request(server: Server, directory: Directory, sales: str) -> None:
    user = directory.create(
        "Users", {"userName": "tom@nordwind.example", "displayName": "Tom Tomato", "title": "Clerk"}
    )
    directory.join(sales, user)
    url = card_of(server, "tom@nordwind.example")["url"]
    before = requests.get(url)

    directory.patch(f"Users/{user}", {"op": "Replace", "path": "title", "value": "Head of <Sales> & Service"})
    after = requests.get(url, headers={"If-None-Match": before.headers["ETag"]})

    assert after.status_code == 200
    assert "Head of &lt;Sales&gt; &amp; Service" in after.text
    assert requests.get(url, headers={"If-None-Match": after.headers["ETag"]}).status_code == 304


def test_nothing_is_answered_as_html_under_scim_however_large_or_broken(server: Server) -> None:
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/scim+json"}
    responses = [
        requests.post(f"{server.scim_url}/Users", data=b"{" + b" " * (9 * 1024 * 1024) + b"}", headers=headers),
        requests.post(f"{server.scim_url}/Users", data=b"{", headers=headers),
        requests.get(f"{server.scim_url}/nowhere", headers=headers),
        requests.get(f"{server.scim_url}/Users?filter={'x' * 5000}", headers=headers),
    ]

    assert [response.status_code for response in responses] == [413, 400, 404, 400]
    assert {response.headers["Content-Type"] for response in responses} == {"application/scim+json; charset=utf-8"}


@pytest.fixture(scope="module")
def sample(server: Server) -> dict[str, Any]:
    """The sample company, pushed: the rehearsal's report."""
    server.lanyard("org", "create", "sample", "--phone-region", "CH")
    token = server.lanyard("token", "create", "--org", "sample", "--name", "Entra").strip()
    server.lanyard("apply", str(SAMPLE_CARDS), "--org", "sample")
    report = server.lanyard("rehearse", str(SAMPLE), "--url", server.scim_url, "--token", token, "--json")
    return dict(json.loads(report))


KINDS = {
    template["name"]: {field["label"]: field["kind"] for field in template["fields"]}
    for template in yaml.safe_load(SAMPLE_CARDS.read_text())["templates"]
}


def shown(card: dict[str, Any], kind: str) -> list[str]:
    """What the card shows in its fields of a kind, in their order."""
    return [
        card["values"][label]
        for label, one in KINDS[card["template"]].items()
        if one == kind and label in card["values"]
    ]


def texts(contact: Any, name: str) -> list[Any]:
    return [line.value for line in contact.contents.get(name, [])]


@pytest.mark.usefixtures("sample")
def test_every_person_of_the_sample_can_be_saved_as_a_contact(server: Server) -> None:
    cards = json.loads(server.lanyard("cards", "list", "--org", "sample", "--state", "live", "--json"))

    contacts = {card["url"]: vobject.readOne(requests.get(f"{card['url']}.vcf").content.decode()) for card in cards}

    assert len(cards) > 40
    for card in cards:
        contact, values = contacts[card["url"]], card["values"]
        assert texts(contact, "fn") == [values["name"]]
        assert texts(contact, "title") == [values[slot] for slot in ("title",) if slot in values]
        assert texts(contact, "tel") == shown(card, "phone")
        assert texts(contact, "email") == shown(card, "email")
        assert [", ".join(label.split("\n")) for label in texts(contact, "label")] == shown(card, "address")
        assert [part for org in texts(contact, "org") for part in org if part] == [
            values[slot] for slot in ("company", "department") if slot in values
        ]
        for address in texts(contact, "adr"):
            parts = (address.street, address.code, address.city, address.region, address.country)
            assert all(part in " ".join(shown(card, "address")) for part in parts if part != address.region)


def test_the_sample_leaves_nothing_unexpected(sample: dict[str, Any]) -> None:
    assert (sample["unexpected"], sample["drift"]) == ([], [])
    assert sample["writes"] > 100
