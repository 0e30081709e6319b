"""Every PATCH that directories are known to send, and what it makes of a user."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attributes.definitions import ENTERPRISE_USER, LANYARD_USER, USER
from app.attributes.documents import InvalidValue
from app.attributes.paths import InvalidPath
from app.scim.protocol import entra, patch
from app.scim.protocol.errors import ScimError
from app.scim.protocol.messages import read_patch

Document = dict[str, Any]

MIRA: Document = {
    "userName": "mira@nordwind.example",
    "externalId": "mokafor",
    "active": True,
    "displayName": "Mira Okafor",
    "name": {"givenName": "Mira", "familyName": "Okafor"},
    "emails": [{"type": "work", "value": "mira@nordwind.example", "primary": True}],
    "phoneNumbers": [{"type": "work", "value": "+41 44 555 01 02", "primary": True}],
    ENTERPRISE_USER: {"department": "Sales", "manager": {"value": "8c2e"}},
}
WORK_ADDRESS = 'addresses[type eq "work"]'


def patched(before: Document, *operations: Document) -> Document:
    """What a PATCH with these operations makes of a user."""
    lawful = entra.rewrite(read_patch({"Operations": list(operations)}), USER)
    return patch.apply(before, lawful, USER)


def mira(**changes: Any) -> Document:
    """Mira after changes; None takes an attribute away."""
    changed = {**deepcopy(MIRA), **changes}
    return {key: value for key, value in changed.items() if value is not None}


def enterprise(**changes: Any) -> Document:
    """Mira's enterprise extension after changes."""
    changed = {**deepcopy(MIRA[ENTERPRISE_USER]), **changes}
    return {ENTERPRISE_USER: {key: value for key, value in changed.items() if value is not None}}


def op(name: str, path: str | None = None, value: Any = ...) -> Document:
    operation: Document = {"op": name}
    if path is not None:
        operation["path"] = path
    if value is not ...:
        operation["value"] = value
    return operation


OLD_DIALECT = (
    op("Replace", "active", "False"),
    op("Replace", "displayName", "Mira Lind"),
    op("Replace", "name.familyName", "Lind"),
    op("Add", 'emails[type eq "work"].value', "lind@nordwind.example"),
    op("Add", 'phoneNumbers[type eq "mobile"].value', "+41 79 555 01 04"),
    op("Replace", f"{ENTERPRISE_USER}:department", "Key Accounts"),
)
NEW_DIALECT = (
    op("add", 'emails[type eq "work"].value', "lind@nordwind.example"),
    op("add", 'phoneNumbers[type eq "mobile"].value', "+41 79 555 01 04"),
    op(
        "replace",
        value={
            "active": False,
            "displayName": "Mira Lind",
            "name.familyName": "Lind",
            f"{ENTERPRISE_USER}:department": "Key Accounts",
        },
    ),
)


@pytest.mark.parametrize("operations", [OLD_DIALECT, NEW_DIALECT], ids=["old dialect", "new dialect"])
def test_both_dialects_of_entra_mean_the_same(operations: tuple[Document, ...]) -> None:
    after = patched(MIRA, *operations)

    assert after == mira(
        active=False,
        displayName="Mira Lind",
        name={"givenName": "Mira", "familyName": "Lind"},
        emails=[{"type": "work", "value": "lind@nordwind.example", "primary": True}],
        phoneNumbers=[*MIRA["phoneNumbers"], {"type": "mobile", "value": "+41 79 555 01 04"}],
        **enterprise(department="Key Accounts"),
    )


@pytest.mark.parametrize(
    ("operation", "after"),
    [
        # booleans
        pytest.param(op("Replace", "active", "False"), mira(active=False), id="False as text"),
        pytest.param(op("replace", "active", "false"), mira(active=False), id="false as text"),
        pytest.param(op("replace", "active", False), mira(active=False), id="false as it should be"),
        pytest.param(op("Add", "active", "True"), mira(), id="add of what is there"),
        pytest.param(op("Replace", "Active", "False"), mira(active=False), id="a name in another case"),
        pytest.param(op("replace", value={"active": "False"}), mira(active=False), id="false in a merged object"),
        pytest.param(
            op("Replace", 'phoneNumbers[type eq "work"].primary', "False"),
            mira(phoneNumbers=[{"type": "work", "value": "+41 44 555 01 02", "primary": False}]),
            id="primary as text",
        ),
        # plain values
        pytest.param(op("Add", "externalId", "new"), mira(externalId="new"), id="add acts like replace"),
        pytest.param(op("Add", "title", "CFO"), mira(title="CFO"), id="add of what was not there"),
        pytest.param(op("Replace", "title", "CFO"), mira(title="CFO"), id="replace of what was not there"),
        pytest.param(op("Add", "title", [{"$ref": None, "value": "CFO"}]), mira(title="CFO"), id="wrapped in a list"),
        pytest.param(op("Replace", "title", [{"value": "CFO"}]), mira(title="CFO"), id="wrapped in a list, bare"),
        pytest.param(
            op("replace", "urn:ietf:params:scim:schemas:core:2.0:User:userName", "m@nordwind.example"),
            mira(userName="m@nordwind.example"),
            id="a core attribute behind its URN",
        ),
        # entries by filter
        pytest.param(
            op("Replace", f"{WORK_ADDRESS}.locality", "Bern"),
            mira(addresses=[{"type": "work", "locality": "Bern"}]),
            id="no entry, no list: created with its type",
        ),
        pytest.param(
            op("Add", 'emails[type eq "home"].value', "m@home.example"),
            mira(emails=[*MIRA["emails"], {"type": "home", "value": "m@home.example"}]),
            id="no such entry: created, others stay",
        ),
        pytest.param(
            op("Replace", 'emails[TYPE EQ "WORK"].value', "m@nordwind.example"),
            mira(emails=[{"type": "work", "value": "m@nordwind.example", "primary": True}]),
            id="filters in any case",
        ),
        pytest.param(
            op("add", 'roles[primary eq "True"].value', "Editor"),
            mira(roles=[{"primary": True, "value": "Editor"}]),
            id="a boolean in quotes describes a boolean",
        ),
        pytest.param(
            op("Add", 'emails[type eq "work"].value', [{"value": "m@nordwind.example"}]),
            mira(emails=[{"type": "work", "value": "m@nordwind.example", "primary": True}]),
            id="a wrapped value behind a filter",
        ),
        pytest.param(
            op("add", 'phoneNumbers[type eq "work"]', {"value": "+41 44 555 01 99"}),
            mira(phoneNumbers=[{"type": "work", "value": "+41 44 555 01 99", "primary": True}]),
            id="an object merged into the entry",
        ),
        pytest.param(
            op("Remove", 'phoneNumbers[type eq "work"]', [{"value": "+41 44 555 01 02"}]),
            mira(phoneNumbers=None),
            id="remove of a filtered entry, with a value that adds nothing",
        ),
        pytest.param(
            op("Remove", 'phoneNumbers[type eq "work"].value'),
            mira(phoneNumbers=None),
            id="an entry that says nothing any more goes",
        ),
        pytest.param(op("Remove", 'phoneNumbers[type eq "fax"].value'), mira(), id="remove of what is not there"),
        pytest.param(
            op("Remove", "emails", [{"value": "mira@nordwind.example"}]),
            mira(emails=None),
            id="remove of listed entries",
        ),
        pytest.param(op("Remove", "emails", [{"value": "x@y.example"}]), mira(), id="remove of entries not there"),
        pytest.param(op("Remove", "emails", []), mira(), id="remove of nobody in particular removes nothing"),
        pytest.param(op("Remove", "emails"), mira(emails=None), id="remove of all"),
        # whole lists
        pytest.param(
            op("Add", "emails", "m@nordwind.example"),
            mira(emails=[*MIRA["emails"], {"type": "work", "value": "m@nordwind.example"}]),
            id="a plain text is a work e-mail",
        ),
        pytest.param(op("Add", "emails", MIRA["emails"]), mira(), id="add of an entry that is there"),
        pytest.param(
            op("replace", "emails", [{"type": "home", "value": "m@home.example"}]),
            mira(emails=[{"type": "home", "value": "m@home.example"}]),
            id="replace of a list",
        ),
        pytest.param(
            op("add", "emails", [{"type": "home", "value": "m@home.example", "primary": True}]),
            mira(
                emails=[
                    {"type": "work", "value": "mira@nordwind.example", "primary": False},
                    {"type": "home", "value": "m@home.example", "primary": True},
                ]
            ),
            id="a new primary entry ends the old one's being so",
        ),
        pytest.param(
            op("Add", "roles", [{"value": '{"id":"1","value":"Editor","displayName":"The editor"}'}]),
            mira(roles=[{"value": "Editor", "display": "The editor"}]),
            id="a role as JSON in a text",
        ),
        # the manager
        pytest.param(
            op("Add", f"{ENTERPRISE_USER}:manager", "91aa"),
            mira(**enterprise(manager={"value": "91aa"})),
            id="a manager as text",
        ),
        pytest.param(
            op("Add", f"{ENTERPRISE_USER}:manager", {"value": "91aa"}),
            mira(**enterprise(manager={"value": "91aa"})),
            id="a manager as an object",
        ),
        pytest.param(
            op("Add", "manager", [{"$ref": "http://x.example/1", "value": "91aa"}]),
            mira(**enterprise(manager={"$ref": "http://x.example/1", "value": "91aa"})),
            id="a manager in a list, without the URN",
        ),
        pytest.param(
            op("replace", value={f"{ENTERPRISE_USER}:manager": "91aa"}),
            mira(**enterprise(manager={"value": "91aa"})),
            id="a manager in a merged object",
        ),
        *(
            pytest.param(operation, mira(**enterprise(manager=None)), id=f"no manager any more: {name}")
            for name, operation in {
                "empty text": op("Replace", f"{ENTERPRISE_USER}:manager", ""),
                "empty value": op("replace", f"{ENTERPRISE_USER}:manager", {"value": ""}),
                "null": op("replace", f"{ENTERPRISE_USER}:manager", None),
                "remove": op("Remove", f"{ENTERPRISE_USER}:manager"),
                "remove with value": op("Remove", f"{ENTERPRISE_USER}:manager", "8c2e"),
                "remove by filter": op("Remove", 'manager[value eq "8c2e"]'),
                "in a merged object": op("replace", value={f"{ENTERPRISE_USER}:manager": ""}),
            }.items()
        ),
        pytest.param(op("Remove", 'manager[value eq "other"]'), mira(), id="somebody else as manager stays away"),
        # nothing
        pytest.param(op("Replace", "externalId", ""), mira(externalId=None), id="an empty text is no value"),
        pytest.param(op("replace", "displayName", None), mira(displayName=None), id="null is no value"),
        pytest.param(
            op("Replace", 'emails[type eq "work"].value', ""), mira(emails=None), id="an emptied entry goes as a whole"
        ),
        pytest.param(op("add", "emails", []), mira(), id="an empty list adds nothing"),
        pytest.param(op("replace", "emails", []), mira(emails=None), id="an empty list replaces everything"),
        # without a path
        pytest.param(
            op("replace", value={"name": {"givenName": "Mirabel"}}),
            mira(name={"givenName": "Mirabel", "familyName": "Okafor"}),
            id="nested objects merge",
        ),
        pytest.param(
            op("add", value={ENTERPRISE_USER: {"costCenter": "7"}}),
            mira(**enterprise(costCenter="7")),
            id="an extension's object merges",
        ),
        pytest.param(
            op("replace", value={'emails[type eq "work"].value': "m@nordwind.example"}),
            mira(emails=[{"type": "work", "value": "m@nordwind.example", "primary": True}]),
            id="a bracketed key",
        ),
        pytest.param(
            op("replace", value={"id": "x", "schemas": [], "meta": {}, "title": "CFO"}),
            mira(title="CFO"),
            id="what is the server's own is no wish",
        ),
        # extensions
        pytest.param(
            op("Add", f"{LANYARD_USER}:pronouns", "she/her"),
            mira(**{LANYARD_USER: {"pronouns": "she/her"}}),
            id="our extension",
        ),
        pytest.param(
            op("Add", "urn:ietf:params:scim:schemas:extension:cards:2.0:User:template", "sales"),
            mira(**{"urn:ietf:params:scim:schemas:extension:cards:2.0:User": {"template": "sales"}}),
            id="somebody else's extension is kept",
        ),
        pytest.param(
            op("add", value={"urn:ietf:params:scim:schemas:extension:cards:2.0:User": {"template": "sales"}}),
            mira(**{"urn:ietf:params:scim:schemas:extension:cards:2.0:User": {"template": "sales"}}),
            id="somebody else's extension as an object",
        ),
        pytest.param(op("Remove", ENTERPRISE_USER), mira(**{ENTERPRISE_USER: None}), id="a whole extension goes"),
        # what nobody knows
        pytest.param(op("Add", "shoeSize", "42"), mira(), id="an unknown attribute is no error"),
        pytest.param(op("add", value={"shoeSize": "42", "title": "CFO"}), mira(title="CFO"), id="nor among others"),
        pytest.param({**op("Replace", "title", "CFO"), "name": "x", "id": 7}, mira(title="CFO"), id="extra keys"),
    ],
)
def test_user_after(operation: Document, after: Document) -> None:
    assert patched(MIRA, operation) == after


def test_several_operations_on_an_entry_that_is_not_there_build_one() -> None:
    after = patched(
        MIRA,
        op("Add", f"{WORK_ADDRESS}.streetAddress", "Quaistrasse 4"),
        op("Add", f"{WORK_ADDRESS}.locality", "Zürich"),
        op("Add", f"{WORK_ADDRESS}.primary", "True"),
    )

    assert after["addresses"] == [
        {"type": "work", "streetAddress": "Quaistrasse 4", "locality": "Zürich", "primary": True}
    ]


def test_operations_are_applied_in_order_and_the_last_one_wins() -> None:
    after = patched(MIRA, op("remove", "title"), op("add", "title", "CEO"), op("replace", "title", "CFO"))

    assert after["title"] == "CFO"


def test_an_unknown_attribute_does_not_keep_a_leaver_active() -> None:
    after = patched(MIRA, op("Add", "unknown.thing", "x"), op("Replace", "active", "False"))

    assert after["active"] is False


@pytest.mark.parametrize(
    ("operation", "error", "reason"),
    [
        pytest.param(op("Replace", "userName", ""), ScimError, "userName is required", id="no user name"),
        pytest.param(op("Remove", "userName"), ScimError, "userName is required", id="user name removed"),
        pytest.param(op("Remove", "active"), ScimError, "active cannot be removed", id="active removed"),
        pytest.param(op("replace", "active", ""), ScimError, "active cannot be removed", id="active emptied"),
        pytest.param(op("replace", "active", "maybe"), InvalidValue, "active must be true or false", id="no boolean"),
        pytest.param(op("replace", "title", 5), InvalidValue, "title must be a text, not a number", id="no text"),
        pytest.param(op("replace", "emails", 5), InvalidValue, r"emails\[0\] must be an object", id="no entries"),
        pytest.param(op("replace", "name", "Mira"), InvalidValue, "name must be an object", id="no object"),
        pytest.param(
            op("replace", f"{ENTERPRISE_USER}:department", 5), InvalidValue, "department must be a text", id="in URN"
        ),
        pytest.param(op("replace", "title", "a\0b"), InvalidValue, "NUL", id="a NUL character"),
        pytest.param(op("add", ENTERPRISE_USER, {"a\0b": 1}), InvalidValue, "NUL", id="a NUL character in a name"),
        pytest.param(op("add", "urn:x:y:z:2.0:User", {"a\0b": 1}), InvalidValue, "NUL", id="in a name of others"),
        pytest.param(op("add", ENTERPRISE_USER, {"a" * 300: 1}), InvalidValue, "longer", id="a name without end"),
        pytest.param(op("replace", "id", "x"), ScimError, "id is set by the server", id="the id"),
        pytest.param(op("replace", "meta.created", "x"), ScimError, "set by the server", id="the meta data"),
        pytest.param(op("add", "groups", [{"value": "g"}]), ScimError, "groups is set by the server", id="the groups"),
        pytest.param(op("add", "emails[type eq", "x"), InvalidPath, "not an attribute path", id="half a path"),
        pytest.param(op("replace", 'emails[value co "z"].type', "x"), ScimError, "selects nothing", id="no target"),
        pytest.param(op("replace", "title"), ScimError, "missing", id="nothing to replace with"),
        pytest.param(op("remove"), ScimError, "no path", id="remove of nothing"),
        pytest.param(op("move", "title", "x"), ScimError, "must be one of add, replace, remove", id="another op"),
        pytest.param(op("add", value="x"), ScimError, "must be an object", id="no attributes"),
        pytest.param({"path": "title", "value": "x"}, ScimError, "must be one of", id="no op"),
        pytest.param(op("add", 7, "x"), ScimError, "path must be a text", id="a path that is none"),  # type: ignore[arg-type]
    ],
)
def test_refused_with_the_attribute_and_the_reason(operation: Document, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        patched(MIRA, operation)


@pytest.mark.parametrize("body", [None, [], "x", {}, {"Operations": "x"}, {"Operations": [5]}])
def test_a_body_without_operations_is_refused(body: Any) -> None:
    with pytest.raises(ScimError) as refusal:
        read_patch(body)

    assert refusal.value.body()["scimType"] == "invalidSyntax"


ONE_OF = st.sampled_from([*OLD_DIALECT, *NEW_DIALECT, op("Remove", "emails"), op("Replace", "title", "")])


@given(st.lists(ONE_OF, min_size=1, max_size=6))
def test_the_document_given_is_never_changed_and_a_second_time_changes_nothing(operations: list[Document]) -> None:
    given_document = deepcopy(MIRA)

    once = patched(given_document, *operations)
    twice = patched(once, *operations)

    assert given_document == MIRA
    assert twice == once
