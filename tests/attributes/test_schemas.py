"""The schemas as they are published: what the RFC's have, and what discovery needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from scim2_models import EnterpriseUser, Group, User

from app.attributes.definitions import (
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE_USER,
    GROUP,
    LANYARD_USER,
    SCHEMAS,
    USER,
    Attribute,
)

BY_URN = {schema.urn: schema for schema in SCHEMAS}


def test_only_what_must_be_there_is_required() -> None:
    required = {(kind.name, one.name) for kind in (USER, GROUP) for one in kind.schema.attributes if one.required}

    assert required == {("User", "userName"), ("Group", "displayName")}


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("phoneNumbers", {"work", "home", "mobile", "fax", "pager", "other"}),
        ("emails", {"work", "home", "other"}),
        ("addresses", {"work", "home", "other"}),
        ("photos", {"photo", "thumbnail"}),
        ("ims", {"aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"}),
        ("roles", {"WindowsAzureActiveDirectoryRole"}),
    ],
)
def test_the_types_of_entries_can_be_discovered(name: str, types: set[str]) -> None:
    attribute = USER.attribute(name)
    kind = attribute.sub("type") if attribute else None

    assert kind is not None
    assert set(kind.canonical_values) == types
    assert len(kind.canonical_values) == len(types)


def shapes(attributes: Iterable[dict[str, Any]], above: str = "") -> Iterator[tuple[str, str, bool, str | None]]:
    """Path, type, whether multi-valued, and what it refers to, of every attribute in a published schema."""
    for one in attributes:
        path = above + one["name"]
        yield path, one["type"], one["multiValued"], str(one.get("referenceTypes"))
        yield from shapes(one.get("subAttributes", ()), f"{path}.")


@pytest.mark.parametrize(("urn", "model"), [(CORE_USER, User), (CORE_GROUP, Group), (ENTERPRISE_USER, EnterpriseUser)])
def test_the_attributes_are_those_of_another_implementation(urn: str, model: Any) -> None:
    judge = model.to_schema().model_dump(mode="json", by_alias=True, exclude_none=True)

    assert set(shapes(BY_URN[urn].document["attributes"])) == set(shapes(judge["attributes"]))


def test_what_can_only_be_written_is_published_and_known_to_nothing_else() -> None:
    published = {one["name"]: one for one in BY_URN[CORE_USER].document["attributes"]}

    assert (published["password"]["mutability"], published["password"]["returned"]) == ("writeOnly", "never")
    assert USER.attribute("password") is None


def test_lanyards_own_attributes_are_texts_which_entra_can_map() -> None:
    attributes = BY_URN[LANYARD_USER].attributes

    assert {"pronouns", "linkedin", "video", "custom1", "custom10"} <= {one.name for one in attributes}
    assert all(one == Attribute(one.name) for one in attributes)


@pytest.mark.parametrize(
    ("name", "urn", "case_exact", "mutability", "uniqueness"),
    [
        ("ID", None, True, "readOnly", "server"),
        ("externalid", None, True, "readWrite", "none"),
        ("USERNAME", CORE_USER, False, "readWrite", "server"),
        ("groups", CORE_USER, False, "readOnly", "none"),
    ],
)
def test_what_is_compared_and_owned_by_whom(
    name: str, urn: str | None, case_exact: bool, mutability: str, uniqueness: str
) -> None:
    attribute = USER.schema.attribute(name) if urn else USER.attribute(name)

    assert attribute is not None
    assert (attribute.case_exact, attribute.mutability, attribute.uniqueness) == (case_exact, mutability, uniqueness)
