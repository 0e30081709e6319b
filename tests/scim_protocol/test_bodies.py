"""Whatever a directory puts into a body or a PATCH is read as a document, or refused in a sentence."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attributes.definitions import CORE_USER, ENTERPRISE_USER, GROUP, LANYARD_USER, USER, ResourceType
from app.attributes.documents import InvalidValue, normalize
from app.attributes.paths import InvalidPath
from app.scim.protocol import entra, patch
from app.scim.protocol.bodies import read_resource
from app.scim.protocol.errors import ScimError
from app.scim.protocol.messages import read_patch

OLD = "urn:scim:schemas:extension:enterprise:1.0"
CARDS = "urn:ietf:params:scim:schemas:extension:cards:2.0:User"
KEYS = st.sampled_from(
    [
        "userName", "displayName", "title", "name", "name.givenName", "emails", 'emails[type eq "work"].value', "emails[",
        "roles", "addresses", "active", "manager", "Manager.Value", "members", "groups", "meta", "id", "schemas", "value",
        "type", "primary", "", "urn:", "odd key", "a.b", CORE_USER, ENTERPRISE_USER, LANYARD_USER, OLD, CARDS, "urn:x:y",
        *(f"{urn}{mark}{name}" for urn in (CORE_USER, ENTERPRISE_USER, OLD, CARDS) for mark in ":." for name in ("title", "manager", "manager.value", "division")),
    ]
)  # fmt: skip
TEXTS = st.sampled_from(["", "x", "True", "false", '{"value": "x"}', '{"title": "x"}', "[[clear]]", "a\0b"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, JSON, max_size=6)
REFUSALS = (ScimError, InvalidValue, InvalidPath)


@pytest.mark.parametrize("resource_type", [USER, GROUP], ids=["User", "Group"])
@given(body=OBJECTS)
def test_a_body_is_a_document_that_is_stored_as_it_is_or_refused(resource_type: ResourceType, body: Any) -> None:
    given_body = deepcopy(body)

    with suppress(*REFUSALS):
        document = read_resource({"userName": "u", "displayName": "g", **body}, resource_type)
        assert normalize(document, resource_type) == document
        assert orjson.loads(orjson.dumps(document)) == document
    assert body == given_body


@given(
    st.lists(st.tuples(st.sampled_from(["add", "replace", "remove"]), st.none() | KEYS, JSON), min_size=1, max_size=4)
)
def test_a_patch_leaves_a_document_that_is_stored_as_it_is_or_is_refused(operations: list[Any]) -> None:
    listed = [
        {"op": op, **({"path": path} if path is not None else {}), "value": value} for op, path, value in operations
    ]

    with suppress(*REFUSALS):
        lawful = entra.rewrite(read_patch({"Operations": listed}), USER)
        document = patch.apply({"userName": "u", "active": True}, lawful, USER)
        assert normalize(document, USER) == document
