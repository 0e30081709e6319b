"""What is stored of a body, what is refused, and which values a path reads."""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import ENTERPRISE_USER, GROUP, USER
from app.attributes.documents import MAX_DEPTH, MAX_TEXT, InvalidValue, folded, normalize, read
from app.attributes.parsing import parse_path
from app.attributes.paths import InvalidPath, UnknownAttribute

OTHER = "urn:ietf:params:scim:schemas:extension:cards:2.0:User"


@pytest.mark.parametrize(
    ("body", "document"),
    [
        pytest.param(
            {"UserName": "a", "NAME": {"GivenName": "A"}}, {"userName": "a", "name": {"givenName": "A"}}, id="case"
        ),
        pytest.param(
            {"title": " CFO ", "displayName": "JONES"}, {"title": " CFO ", "displayName": "JONES"}, id="unaltered"
        ),
        pytest.param({"title": None, "nickName": "", "roles": [], "name": {}}, {}, id="nothing empty"),
        pytest.param(
            {"name": {"givenName": None, "familyName": "A"}}, {"name": {"familyName": "A"}}, id="nothing empty within"
        ),
        pytest.param({"name": {"givenName": ""}}, {}, id="nothing that was only empty parts"),
        pytest.param({"id": "x", "meta": {}, "schemas": ["x"], "groups": [{"value": "g"}]}, {}, id="the server's own"),
        pytest.param({"shoeSize": 42, "name": {"shoeSize": 42}}, {}, id="unknown core attributes"),
        pytest.param({"active": "True"}, {"active": True}, id="booleans in words"),
        pytest.param({"emails": {"value": "a@b"}}, {"emails": [{"value": "a@b"}]}, id="one entry without its list"),
        pytest.param(
            {"emails": [{"type": "work", "value": "a@b", "primary": "true"}, {"type": "work", "value": "a@b"}]},
            {"emails": [{"type": "work", "value": "a@b", "primary": True}]},
            id="an entry twice",
        ),
        pytest.param(
            {ENTERPRISE_USER.upper(): {"Department": "Sales", "companyName": "Nordwind"}},
            {ENTERPRISE_USER: {"department": "Sales", "companyName": "Nordwind"}},
            id="an extension, and what its schema does not know",
        ),
        pytest.param(
            {ENTERPRISE_USER: {"manager": {"value": "1", "displayName": "Ann", "$ref": "x"}}},
            {ENTERPRISE_USER: {"manager": {"value": "1", "$ref": "x"}}},
            id="read-only parts",
        ),
        pytest.param(
            {OTHER: {"a": [1, {"B": True}], "c": ""}}, {OTHER: {"a": [1, {"B": True}]}}, id="an unknown extension"
        ),
        pytest.param(
            {"profileUrl": "QWERT", "timezone": "x", "locale": "??"},
            {"profileUrl": "QWERT", "timezone": "x", "locale": "??"},
            id="values are not judged",
        ),
    ],
)
def test_stored_of_a_body(body: dict[str, Any], document: dict[str, Any]) -> None:
    assert normalize(body, USER) == document


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"x": "deep"}
    for _ in range(levels):
        value = {"x": value}
    return value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param({"title": 5}, "title must be a text, not a number", id="a number"),
        pytest.param({"title": ["CFO"]}, "title must be a text, not a list", id="a list"),
        pytest.param({"active": "yes"}, "active must be true or false, not 'yes'", id="no boolean"),
        pytest.param({"active": 1}, "active must be true or false, not 1", id="a number for a boolean"),
        pytest.param({"emails": ["a@b"]}, r"emails\[0\] must be an object, not a text", id="no entry"),
        pytest.param({"emails": [{"value": 5}]}, r"emails\[0\]\.value must be a text", id="within an entry"),
        pytest.param({"name": "Ann"}, "name must be an object, not a text", id="no object"),
        pytest.param({ENTERPRISE_USER: "x"}, "must be an object", id="no extension"),
        pytest.param({OTHER: nested(MAX_DEPTH)}, "nests deeper", id="too deep"),
        pytest.param({"title": "x" * (MAX_TEXT + 1)}, "title is longer than", id="too long"),
        pytest.param({"title": "a\0b"}, "title contains a NUL character", id="NUL"),
        pytest.param({OTHER: {"a": ["x\0"]}}, "contains a NUL character", id="NUL where no schema looks"),
        pytest.param(
            {"emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]},
            "emails has more than one primary entry",
            id="two primaries",
        ),
    ],
)
def test_refused_with_attribute_and_reason(body: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        normalize(body, USER)


def test_a_folded_copy_is_for_comparing_and_leaves_exact_texts_alone() -> None:
    document = {
        "userName": "ÉVA@Nordwind",
        "externalId": "Ab",
        "emails": [{"type": "Work", "value": "X@Y"}],
        OTHER: {"k": "V"},
    }

    copy = folded(document, USER)

    assert copy == {
        "userName": "éva@nordwind",
        "externalId": "Ab",
        "emails": [{"type": "work", "value": "x@y"}],
        OTHER: {"k": "v"},
    }
    assert document["userName"] == "ÉVA@Nordwind"


DOCUMENT = {
    "title": "CFO",
    "emails": [{"type": "home", "value": "h@x"}, {"type": "work", "value": "w@x"}, {"type": "work", "value": "v@x"}],
    "addresses": [{"type": "work", "locality": "Bern"}],
    ENTERPRISE_USER: {"department": "Sales", "manager": {"value": "7"}},
    OTHER: {"template": "sales"},
}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("title", ["CFO"]),
        ("nickName", []),
        ("emails.value", ["h@x", "w@x", "v@x"]),
        ('emails[type eq "work"].value', ["w@x", "v@x"]),
        ('emails[type eq "fax"].value', []),
        ('addresses[type eq "work"]', [{"type": "work", "locality": "Bern"}]),
        ('addresses[type eq "work"].formatted', []),
        (f"{ENTERPRISE_USER}:department", ["Sales"]),
        (f"{ENTERPRISE_USER}:manager.value", ["7"]),
        (f"{OTHER}:template", ["sales"]),
        (f"{OTHER}:other", []),
        ("urn:ietf:params:scim:schemas:extension:none:2.0:User:x", []),
        (ENTERPRISE_USER, [{"department": "Sales", "manager": {"value": "7"}}]),
    ],
)
def test_a_path_reads(text: str, values: list[Any]) -> None:
    assert read(DOCUMENT, parse_path(text, USER)) == values


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("NAME.givenname", "name.givenName"),
        ('Emails[Type EQ "work"].Value', 'emails[type eq "work"].value'),
        ('roles[primary eq "True"].value', "roles[primary eq true].value"),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName", "userName"),
        (f"{ENTERPRISE_USER.upper()}:DEPARTMENT", f"{ENTERPRISE_USER}:department"),
        ("meta.lastModified", "meta.lastModified"),
    ],
)
def test_a_path_has_one_canonical_text(text: str, canonical: str) -> None:
    path = parse_path(text, USER)

    assert path.text == canonical
    assert parse_path(canonical, USER) == path


@pytest.mark.parametrize(
    "text", ["", "emails[", "title eq", 'title eq "x"', "a b", "emails[type eq]", "(title)", "not"]
)
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(InvalidPath):
        parse_path(text, USER)


@pytest.mark.parametrize("text", ["shoeSize", "name.shoeSize", "members", 'members[value eq "1"]'])
def test_an_unknown_attribute_is_told_apart_from_a_broken_path(text: str) -> None:
    with pytest.raises(UnknownAttribute, match="has no"):
        parse_path(text, USER)


def test_only_what_must_be_there_is_required() -> None:
    required = {(kind.name, one.name) for kind in (USER, GROUP) for one in kind.schema.attributes if one.required}

    assert required == {("User", "userName"), ("Group", "displayName")}


def test_every_type_of_an_entry_that_entra_maps_can_be_discovered() -> None:
    kinds = {one.name: one.sub("type") for one in USER.schema.attributes if one.multi_valued and one.sub("type")}

    assert {"work", "mobile", "fax"} <= set(kinds["phoneNumbers"].canonical_values)  # type: ignore[union-attr]
    assert {"work", "home", "other"} <= set(kinds["emails"].canonical_values)  # type: ignore[union-attr]
    assert {"work", "home", "other"} <= set(kinds["addresses"].canonical_values)  # type: ignore[union-attr]
