"""The connection page: an admin who has never seen it follows it, and it ticks itself as the directory comes."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from app.auth import tokens
from app.core.unit_of_work import Database
from app.directory import organizations
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of
from tests.support.client import Client

PAGE = "/console/connection"
OBJECT = "8a520000-0000-4000-8000-000000000001"


def ticked(admin: Admin) -> list[str]:
    """The keys of the steps that are done."""
    page = admin.get(PAGE).text
    items = re.findall(r'<li class="(done|open|warns)">.*?<strong>(.*?)</strong>', page, re.DOTALL)
    return [title for state, title in items if state == "done"]


def test_nothing_is_ticked_before_anything_came(owner: Admin) -> None:
    page = owner.get(PAGE)

    assert ticked(owner) == []
    assert "No directory has come yet" in text_of(page)
    assert 'value="https://cards.example/scim/v2"' in page.text
    assert 'value="https://cards.example/auth/callback/nordwind"' in page.text


def test_it_ticks_the_probe_the_first_person_the_first_group_and_the_first_membership(
    app: Flask, owner: Admin, client: Client
) -> None:
    seen = [ticked(owner)]
    client.get("/Users", filter='userName eq "c1f0b0b2-6f0e-4b7e-8a51-2b8d0f1c9e77"')
    app.extensions["lanyard.chores"].end()
    seen.append(ticked(owner))
    ines = client.create_user("ines@nordwind.example", externalId=OBJECT)["id"]
    seen.append(ticked(owner))
    group = client.create_group("Cards - Sales")["id"]
    seen.append(ticked(owner))
    client.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": ines}]})
    seen.append(ticked(owner))

    steps = [
        ["A token or an OAuth client"],
        ["Entra tests the connection"],
        ["The first person arrives", "objectId comes as externalId"],
        ["The first group arrives"],
        ["The first membership arrives"],
    ]
    assert seen == [[title for step in steps[:count] for title in step] for count in range(1, len(steps) + 1)]


def test_when_all_is_done_the_page_looks_no_more(owner: Admin, nordwind: Company, client: Client) -> None:
    for number, name in enumerate(("ines", "olaf", "nora")):
        nordwind.change(name, externalId=f"8a520000-0000-4000-8000-00000000000{number}")
    client.create_user("mira@nordwind.example", externalId="8a520000-0000-4000-8000-000000000009")

    page = owner.get(PAGE).text

    assert len(ticked(owner)) == 7
    assert "hx-trigger" not in page
    assert "Check again" not in page


def test_an_external_id_that_is_no_object_id_is_said_with_what_to_change(owner: Admin, client: Client) -> None:
    client.create_user("ines@nordwind.example", externalId="ines")

    seen = text_of(owner.get(PAGE))

    assert "has externalId &#39;ines&#39;, which is no object id" in seen
    assert "Change its source to objectId" in seen


def test_a_directory_that_is_refused_is_failing_and_says_why(
    app: Flask, owner: Admin, client: Client, database: Database, organization: Organization
) -> None:
    client.create_user("ines@nordwind.example")
    database.write(lambda tx: tokens.revoke(tx, "Entra"), organization_id=organization.id, actor="cli")
    client.get("/Users")

    assert "had a token that is revoked or expired" in text_of(owner.get(PAGE))
    assert "had a token that is revoked or expired" in text_of(owner.get("/console"))


def test_an_open_page_is_told_what_is_new_and_nothing_else_and_not_for_ever(owner: Admin, client: Client) -> None:
    poll = re.findall(r'hx-get="([^"]+)"', owner.get(PAGE).text)[0].replace("&amp;", "&")
    nothing_new = owner.get(poll, 204)
    client.create_user("ines@nordwind.example", externalId=OBJECT)
    something = owner.get(poll)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31), tick=False):
        at_last = owner.get(poll)

    assert nothing_new.data == b""
    assert "hx-trigger" in something.text
    assert "hx-trigger" not in at_last.text
    assert "Check again" in text_of(at_last)


def test_expressions_have_the_organization_s_own_clear_marker(
    owner: Admin, database: Database, organization: Organization
) -> None:
    changes = {"clear_marker": "(none)"}
    database.write(lambda tx: organizations.change(tx, changes), organization_id=organization.id, actor="cli")

    assert "IIF(IsNullOrEmpty([mobile]), &#34;(none)&#34;, [mobile])" in owner.get(PAGE).text


@pytest.mark.parametrize("role", ["directory-admin", "auditor"])
def test_who_may_only_look_is_offered_no_token(as_role: Callable[..., Admin], role: str) -> None:
    page = text_of(as_role(role).get(PAGE))

    assert "Make a token" not in page
    assert "Make an OAuth client" not in page


@pytest.mark.parametrize("role", ["template-admin", "card-admin"])
def test_other_roles_do_not_see_it(as_role: Callable[..., Admin], role: str) -> None:
    as_role(role).get(PAGE, 403)


def schema(**over: Any) -> dict[str, Any]:
    """A file as Entra's schema page downloads it, cut to what matters."""

    def mapped(source: str, target: str, priority: int = 0) -> dict[str, Any]:
        attribute = {"expression": f"[{source}]", "name": source, "type": "Attribute", "parameters": []}
        return {"targetAttributeName": target, "matchingPriority": priority, "flowType": "Always", "source": attribute}

    user, enterprise = "User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    return {
        "id": "customappsso.6f0c",
        "version": "v2",
        "directories": [
            {"id": "d-1", "name": "Azure Active Directory", "objects": [{"name": user, "attributes": []}]},
            {
                "id": "d-2",
                "name": "customappsso",
                "objects": [{"name": enterprise, "attributes": [{"name": "userName", "type": "String"}]}],
            },
        ],
        "synchronizationRules": [
            {
                "id": "r-1",
                "sourceDirectoryName": "Azure Active Directory",
                "targetDirectoryName": "customappsso",
                "objectMappings": [
                    {
                        "enabled": True,
                        "name": "Provision Microsoft Entra ID Users",
                        "sourceObjectName": user,
                        "targetObjectName": enterprise,
                        "attributeMappings": [
                            mapped("userPrincipalName", "userName", 1),
                            mapped("mailNickname", "externalId"),
                            mapped("jobTitle", "title"),
                            mapped("extensionAttribute7", "nickName"),
                        ],
                    }
                ],
            }
        ],
        **over,
    }


def sent(admin: Admin, content: bytes, status: int = 200) -> Any:
    """The page that a file leads to."""
    return admin.post(f"{PAGE}/schema", status, file=(io.BytesIO(content), "schema.json"))


def completed(admin: Admin, content: bytes) -> bytes:
    """The file that the page offers."""
    offered = re.search(r'href="data:application/json;base64,([^"]+)" download="([^"]+)"', sent(admin, content).text)
    assert offered is not None
    assert offered[2] == "lanyard-nordwind-entra-schema.json"
    return base64.b64decode(offered[1])


def test_entra_s_own_file_comes_back_with_what_is_needed_and_all_that_it_had(owner: Admin) -> None:
    given = schema()

    made = json.loads(completed(owner, json.dumps(given).encode()))

    [rule], [mapping] = made["synchronizationRules"], made["synchronizationRules"][0]["objectMappings"]
    sources = {one["targetAttributeName"]: one["source"]["name"] for one in mapping["attributeMappings"]}
    offered = {one["name"] for one in made["directories"][1]["objects"][0]["attributes"]}
    assert (made["id"], rule["id"], made["directories"][0]) == ("customappsso.6f0c", "r-1", given["directories"][0])
    assert sources["externalId"] == "objectId"
    assert sources["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization"] == "companyName"
    assert (sources["title"], sources["nickName"]) == ("jobTitle", "extensionAttribute7")
    assert (
        mapping["attributeMappings"][0] == given["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"][0]
    )
    assert "urn:ietf:params:scim:schemas:extension:lanyard:2.0:User:pronouns" in offered


def test_a_file_that_is_completed_already_stays_as_it_is(owner: Admin) -> None:
    once = completed(owner, json.dumps(schema()).encode())

    assert completed(owner, once) == once
    assert "it had all of it" in text_of(sent(owner, once))


def test_what_was_put_in_and_what_is_left_to_do_by_hand_is_said(owner: Admin) -> None:
    seen = text_of(sent(owner, json.dumps(schema()).encode()))

    assert "externalId comes from objectId now." in seen
    assert "name.givenName was not mapped; it comes from givenName now." in seen
    assert "active is not mapped: add it with the expression Switch([IsSoftDeleted]" in seen


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"\xff\xfe", "this is no JSON", id="no text"),
        pytest.param(b"<html>", "this is no JSON", id="a page"),
        pytest.param(b"[]", "not the file", id="a list"),
        pytest.param(b'{"synchronizationRules": [{"objectMappings": "x"}]}', "not the file", id="no mappings"),
        pytest.param(json.dumps(schema(directories=[])).encode(), "does not say which attributes", id="no attributes"),
    ],
)
def test_another_file_is_refused_on_the_page(owner: Admin, content: bytes, reason: str) -> None:
    page = sent(owner, content, 422)

    assert reason.lower() in text_of(page).lower()
