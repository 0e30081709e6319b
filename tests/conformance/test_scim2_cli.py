"""Every verb of scim2-cli, a client that refuses whatever the schemas do not say, against the running server."""

from __future__ import annotations

import json
import re
import shlex
import uuid
from pathlib import Path
from string import Template
from typing import Any

import pytest
from scim2_cli import cli

from app.attributes.definitions import CORE_GROUP, CORE_USER
from tests.conformance.test_scim2_tester import CHECKS, REFUSED
from tests.support.judges import ask, judge
from tests.support.server import Server

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

# fmt: off
COMMANDS = [
    pytest.param("query serviceproviderconfig", None, {"patch": {"supported": True}, "etag": {"supported": True}}, id="query: the configuration"),
    pytest.param("query schema", None, {"totalResults": 4}, id="query: schemas"),
    pytest.param("query user $user", None, {"id": "$user", "userName": "$name", "groups": [{"value": "$group"}]}, id="query: a user"),
    pytest.param("query group $group --excluded-attribute members", None, {"displayName": "$name"}, id="query: a group without members"),
    pytest.param("""query user --filter 'userName eq "$name"' --start-index 1 --count 1""", None, {"totalResults": 1, "startIndex": 1, "itemsPerPage": 1, "Resources": [{"id": "$user"}]}, id="query: a page"),
    pytest.param("""query user --filter 'userName sw "$name"' --sort-by userName --sort-order descending --count 1""", None, {"totalResults": 2, "Resources": [{"id": "$other"}]}, id="query: sorted"),
    pytest.param("""query --filter 'displayName eq "$name"'""", None, {"totalResults": 2, "Resources": [{"id": "$user"}, {"id": "$group"}]}, id="query: everything"),
    pytest.param("""search user --filter 'userName eq "$name"'""", None, {"totalResults": 1, "Resources": [{"id": "$user"}]}, id="search: users"),
    pytest.param("""search --filter 'displayName eq "$name"'""", None, {"totalResults": 2}, id="search: everything"),
    pytest.param("""create user --user-name $name.new --active true --name '{"familyName": "Lind"}' --emails '[{"value": "$name@nordwind.example", "type": "work", "primary": true}]'""", None, {"userName": "$name.new", "name": {"familyName": "Lind"}, "emails": [{"value": "$name@nordwind.example"}]}, id="create: a user by options"),
    pytest.param("create", {"schemas": [CORE_GROUP], "displayName": "$name.new", "members": [{"value": "$user"}]}, {"displayName": "$name.new", "members": [{"value": "$user", "type": "User"}]}, id="create: a group by its document"),
    pytest.param("replace user --id $user --user-name $name --title Analyst", None, {"id": "$user", "title": "Analyst"}, id="replace: a user by options"),
    pytest.param("replace", {"schemas": [CORE_GROUP], "id": "$group", "displayName": "$name.renamed", "members": []}, {"id": "$group", "displayName": "$name.renamed"}, id="replace: a group by its document"),
    pytest.param("""modify user $user replace title Analyst add emails '[{"value": "m@nordwind.example", "type": "home"}]' remove displayName""", None, {"title": "Analyst", "emails": [{"type": "home"}]}, id="modify: three operations on a user"),
    pytest.param("modify user $user", {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]}, {"active": False}, id="modify: a user by a document"),
    pytest.param("""modify group $group remove 'members[value eq "$user"]'""", None, None, id="modify: a member of a group"),
    pytest.param("delete user $user", None, None, id="delete: a user"),
    pytest.param("delete group $group", None, None, id="delete: a group"),
    pytest.param("bulk", {"schemas": [BULK], "Operations": [
        {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"schemas": [CORE_GROUP], "displayName": "$name.bulk", "members": [{"value": "bulkId:u"}]}},
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"schemas": [CORE_USER], "userName": "$name.bulk"}},
    ]}, {"Operations": [{"status": "201"}, {"status": "201"}]}, id="bulk"),
]
"""What is asked of the client, the document it reads, and what its answer must contain; None for an answer of nothing."""

REFUSALS = [
    pytest.param("create user --user-name $name", {"status": "409", "scimType": "uniqueness"}, id="create: a name in use"),
    pytest.param("query user nobody", {"status": "404"}, id="query: nobody"),
    pytest.param("""query user --filter 'shoeSize eq "42"'""", {"status": "400", "scimType": "invalidFilter"}, id="query: an unknown attribute"),
    pytest.param("modify user $user remove active", {"status": "400", "scimType": "invalidValue"}, id="modify: what must stay"),
    # RFC 7644 §3.11: "A service provider that does NOT support this feature SHOULD respond with HTTP status code 501 (Not Implemented)."
    pytest.param("query --me", {"status": "501"}, id="query: me"),
    pytest.param("delete --me", {"status": "501"}, id="delete: me"),
]
# fmt: on


@pytest.fixture
def known(server: Server) -> dict[str, str]:
    """A user and a group of the same name with that user in it, and another user: what the tables speak of."""
    name = f"judge-{uuid.uuid4().hex[:8]}"
    user = ask(server, "POST", "/Users", {"schemas": [CORE_USER], "userName": name, "displayName": name})["id"]
    other = ask(server, "POST", "/Users", {"schemas": [CORE_USER], "userName": f"{name}.other"})["id"]
    members = [{"value": user}]
    group = ask(server, "POST", "/Groups", {"schemas": [CORE_GROUP], "displayName": name, "members": members})["id"]
    return {"name": name, "user": user, "other": other, "group": group}


def scim2(server: Server, tmp_path: Path, command: str, document: Any = None) -> tuple[int, str, str]:
    """Exit status, output and errors of `scim2 …`."""
    environment = {
        "HOME": str(tmp_path),
        "SCIM_CLI_URL": server.scim_url,
        "SCIM_CLI_HEADERS": f"Authorization: Bearer {server.token}",
    }
    stdin = json.dumps(document) if document else ""
    return judge("scim2", *shlex.split(command), environment=environment, stdin=stdin)


def filled(template: Any, known: dict[str, str]) -> Any:
    """`template` with `$name`, `$user`, `$other` and `$group` in its texts filled in."""
    if isinstance(template, str):
        return Template(template).substitute(known)
    if isinstance(template, list):
        return [filled(entry, known) for entry in template]
    return {key: filled(value, known) for key, value in template.items()} if isinstance(template, dict) else template


def contains(answer: Any, expected: Any) -> bool:
    """Whether `answer` has everything in `expected`: of objects these keys, of lists such entries."""
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(contains(answer.get(key), value) for key, value in expected.items())
    if isinstance(expected, list):
        return isinstance(answer, list) and all(any(contains(one, entry) for one in answer) for entry in expected)
    return bool(answer == expected)


@pytest.mark.parametrize(("command", "document", "expected"), COMMANDS)
def test_the_client_does_as_asked(
    server: Server, tmp_path: Path, known: dict[str, str], command: str, document: Any, expected: Any
) -> None:
    code, output, errors = scim2(server, tmp_path, filled(command, known), filled(document, known))

    assert (code, errors) == (0, ""), output
    answer = json.loads(output) if output else None
    assert contains(answer, filled(expected, known)), output


@pytest.mark.parametrize(("command", "expected"), REFUSALS)
def test_the_client_understands_a_refusal(
    server: Server, tmp_path: Path, known: dict[str, str], command: str, expected: Any
) -> None:
    code, output, errors = scim2(server, tmp_path, filled(command, known))

    assert code == 1
    assert contains(json.loads(output), expected), output
    assert errors.startswith(f"Error: {expected['status']} ")


def test_the_client_follows_a_cursor_from_page_to_page(server: Server, tmp_path: Path, known: dict[str, str]) -> None:
    query = filled("""query user --filter 'userName sw "$name"' --count 1 --cursor """, known)

    first = json.loads(scim2(server, tmp_path, f"{query} ''")[1])
    second = json.loads(scim2(server, tmp_path, f"{query} {shlex.quote(first['nextCursor'])}")[1])

    assert {one["id"] for page in (first, second) for one in page["Resources"]} == {known["user"], known["other"]}
    assert "nextCursor" not in second


def test_its_own_test_passes_but_for_what_is_explained(server: Server, tmp_path: Path) -> None:
    _, output, errors = scim2(server, tmp_path, "test")

    checks = re.findall(r"^([A-Z]+) (\w+)$(?:\n  (.+))?", output, re.MULTILINE)
    assert errors == ""
    assert sorted((title, reason) for status, title, reason in checks if status != "SUCCESS") == sorted(
        (title, reason) for title, _, reason in REFUSED
    )
    assert len(checks) >= CHECKS


def test_no_verb_of_the_client_is_left_out() -> None:
    tried = {str(row.values[0]).split()[0] for row in COMMANDS}

    assert tried | {"test"} == set(cli.commands)
