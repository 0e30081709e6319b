"""What RFC 7643 has no name for: Lanyard's own extension (pronouns, social links, custom fields, …), and extensions of
others, which are kept as they come. From every directory that can send extensions, in every form it has for them.
"""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from app.attributes.definitions import CORE_USER, LANYARD_USER
from tests.support.client import Client
from tests.support.sender import Sender

OTHERS = "urn:ietf:params:scim:schemas:extension:cards:2.0:User"
ODD = "urn:nordwind:attributes:2.0"
OURS = {
    "pronouns": "she/her",
    "accreditations": "MSc, CFA",
    "headline": "Numbers that hold",
    "preferredName": "Mimi",
    "phoneticGivenName": "MEE-ra",
    "phoneticFamilyName": "oh-KAH-for",
    "linkedin": "https://linkedin.example/in/mira",
    "website": "mira.example",
    "video": "https://video.example/mira",
    "custom1": " as is ",
    "custom10": "ten",
}
EXTENSIONS = [
    pytest.param(LANYARD_USER, OURS, id="Lanyard's"),
    pytest.param(OTHERS, {"template": "sales-de", "floor": 3, "remote": True}, id="others'"),
    pytest.param(ODD, {"badge": "A-17"}, id="others' whose URN ends in no resource"),
]
SENDERS = [
    pytest.param("application/scim+json; charset=utf-8", {}, id="Entra"),
    pytest.param("application/scim+json", {"User_Agent": "Okta SCIM Client 1.0.0"}, id="Okta"),
    pytest.param("application/json", {}, id="OneLogin, JumpCloud, Ping"),
    pytest.param("application/json", {"User_Agent": "Google-Auto-Provisioning"}, id="Google"),
]
NAME = {"userName": "mira@nordwind.example"}


@pytest.fixture
def sender(client: Client) -> Sender:
    return Sender(client)


@pytest.fixture
def mira(sender: Sender) -> str:
    return sender.create("/Users", NAME)


def kept(sender: Sender, user: str, urn: str) -> dict[str, Any]:
    """What is under a URN, when it is listed among the schemas exactly if something is."""
    body = sender.get(f"/Users/{user}").body
    assert body["schemas"] == [CORE_USER, *(key for key in body if key.startswith("urn:"))]
    found: dict[str, Any] = body.get(urn, {})
    return found


@pytest.mark.parametrize(("urn", "values"), EXTENSIONS)
@pytest.mark.parametrize(("media_type", "headers"), SENDERS)
def test_an_extension_is_created_and_replaced(
    client: Client, media_type: str, headers: dict[str, str], urn: str, values: dict[str, Any]
) -> None:
    sender = Sender(client, media_type, **headers)
    first, *_ = values

    user = sender.create("/Users", {"schemas": [CORE_USER, urn], **NAME, urn: values})
    created = kept(sender, user, urn)
    replaced = sender.put(f"/Users/{user}", {"schemas": [CORE_USER, urn], **NAME, urn: {first: "other"}})
    after = kept(sender, user, urn)
    without = sender.put(f"/Users/{user}", {"schemas": [CORE_USER], **NAME})

    assert (created, replaced.status, after) == (values, 200, {first: "other"})
    assert (without.status, kept(sender, user, urn)) == (200, {})


def forms(urn: str, values: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Every way to say in a PATCH that these attributes have these values."""
    return {
        "by URN, one operation each": [{"op": "Add", "path": f"{urn}:{name}", "value": value} for name, value in values.items()],
        "replaced by URN": [{"op": "replace", "path": f"{urn}:{name}", "value": value} for name, value in values.items()],
        "by URN in capitals": [{"op": "add", "path": f"{urn.upper()}:{name}", "value": value} for name, value in values.items()],
        "without path, keys by URN": [{"op": "replace", "value": {f"{urn}:{name}": value for name, value in values.items()}}],
        "without path, an object": [{"op": "add", "value": {urn: values}}],
        "without path, as JSON in a text": [{"op": "replace", "value": orjson.dumps({"schemas": [], urn: values}).decode()}],
    }  # fmt: skip


WAYS = list(forms("", {}))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("urn", "values"), EXTENSIONS)
def test_an_extension_is_patched(sender: Sender, mira: str, urn: str, values: dict[str, Any], way: str) -> None:
    if way == "by URN in capitals" and urn != LANYARD_USER:
        urn = urn.upper()  # a URN that nobody knows is kept as it is written

    status, _ = sender.patch(f"/Users/{mira}", *forms(urn, values)[way])

    assert (status, kept(sender, mira, urn)) == (200, values)


@pytest.mark.parametrize(("urn", "values"), EXTENSIONS[:2])
def test_a_dot_may_stand_behind_a_urn(sender: Sender, mira: str, urn: str, values: dict[str, Any]) -> None:
    by_path = sender.patch(
        f"/Users/{mira}",
        *({"op": "replace", "path": f"{urn}.{name}", "value": value} for name, value in values.items()),
    )
    after_paths = kept(sender, mira, urn)
    sender.put(f"/Users/{mira}", NAME)
    by_keys = sender.patch(
        f"/Users/{mira}", {"op": "add", "value": {f"{urn}.{name}": value for name, value in values.items()}}
    )
    in_a_body = sender.create(
        "/Users",
        {"userName": "noa", **{f"{urn}{'.:'[place % 2]}{name}": values[name] for place, name in enumerate(values)}},
    )

    assert (by_path.status, after_paths) == (200, values)
    assert (by_keys.status, kept(sender, mira, urn)) == (200, values)
    assert kept(sender, in_a_body, urn) == values


@pytest.mark.parametrize(
    "nothing", [{"op": "remove"}, {"op": "Replace", "value": ""}, {"op": "replace", "value": None}]
)
@pytest.mark.parametrize(("urn", "values"), EXTENSIONS)
def test_an_attribute_goes_and_then_the_extension(
    sender: Sender, urn: str, values: dict[str, Any], nothing: dict[str, Any]
) -> None:
    user = sender.create("/Users", {**NAME, urn: values})
    first, *others = values

    sender.patch(f"/Users/{user}", {**nothing, "path": f"{urn}:{first}"})
    without_first = kept(sender, user, urn)
    sender.patch(f"/Users/{user}", *({**nothing, "path": f"{urn}:{name}"} for name in others))

    assert without_first == {name: values[name] for name in others}
    assert kept(sender, user, urn) == {}


def test_an_extension_of_others_may_hold_anything(sender: Sender) -> None:
    values = {"a name with spaces": "1", "deep": {"er": [{"x": 1}, {"y": "2"}]}, "list": ["a"], "zero": 0, "no": False}

    user = sender.create("/Users", {**NAME, OTHERS: {**values, "nothing": None, "empty": ""}})
    created = kept(sender, user, OTHERS)
    status, _ = sender.patch(f"/Users/{user}", {"op": "replace", "value": {OTHERS: {"a name with spaces": "2"}}})

    assert created == values
    assert (status, kept(sender, user, OTHERS)) == (200, {**values, "a name with spaces": "2"})


def test_what_our_extension_does_not_know_is_kept_beside_what_it_knows(sender: Sender, mira: str) -> None:
    status, _ = sender.patch(
        f"/Users/{mira}",
        {"op": "add", "path": f"{LANYARD_USER}:pronouns", "value": "she/her"},
        {"op": "add", "path": f"{LANYARD_USER}:shoeSize", "value": "42"},
    )

    assert (status, kept(sender, mira, LANYARD_USER)) == (200, {"pronouns": "she/her", "shoeSize": "42"})


def test_an_extension_is_found_by(sender: Sender) -> None:
    user = sender.create("/Users", {**NAME, LANYARD_USER: OURS, OTHERS: {"template": "sales-de"}})
    sender.create("/Users", {"userName": "noa"})

    filters = [f'{LANYARD_USER}:pronouns eq "SHE/HER"', f"{LANYARD_USER}:custom10 pr", f'{OTHERS}:template sw "sales"']

    assert [[one["id"] for one in sender.find("/Users", text)] for text in filters] == [[user]] * 3
