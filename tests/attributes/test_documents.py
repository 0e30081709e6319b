"""What is stored of a body, what is refused, and which values a path reads of what is stored."""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.checks import MAX_DEPTH, MAX_KEY, MAX_NAME, MAX_PICTURE, MAX_TEXT
from app.attributes.definitions import CORE_USER, ENTERPRISE_USER, USER
from app.attributes.documents import InvalidValue, folded, normalize, read
from app.attributes.parsing import parse_path

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
            {"emails": [{"type": "work", "value": "a@b"}, {"type": "home", "value": "a@b"}]},
            {"emails": [{"type": "work", "value": "a@b"}, {"type": "home", "value": "a@b"}]},
            id="a value twice, of two types",
        ),
        pytest.param(
            {
                "addresses": [
                    {"locality": "Bern", "type": "work"},
                    {"Type": "work", "Locality": "Bern"},
                    {"type": "work"},
                ]
            },
            {"addresses": [{"locality": "Bern", "type": "work"}, {"type": "work"}]},
            id="an entry without value twice",
        ),
        pytest.param(
            {CORE_USER.lower(): {"Title": "CFO", "id": "x", "shoeSize": 42}, "nickName": "A"},
            {"title": "CFO", "nickName": "A"},
            id="core attributes under the core URN",
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
        pytest.param({"userName": "x" * (MAX_KEY + 1)}, "userName is longer than", id="a user name too long"),
        pytest.param({"externalId": "é" * MAX_KEY}, "externalId is longer than", id="an external id too long"),
        pytest.param({"userName": "\u0130" * (MAX_KEY // 2)}, "userName is longer than", id="too long when folded"),
        pytest.param({"title": "a\0b"}, "title contains a NUL character", id="NUL"),
        pytest.param({OTHER: {"a": ["x\0"]}}, "contains a NUL character", id="NUL where no schema looks"),
        pytest.param({OTHER: {"a\0b": "x"}}, "contains a NUL character", id="NUL in a name"),
        pytest.param(
            {ENTERPRISE_USER: {"a\0b": "x"}}, "contains a NUL character", id="NUL in a name beside known ones"
        ),
        pytest.param({OTHER: {"a": {"b\0": "x"}}}, "contains a NUL character", id="NUL in a name further in"),
        pytest.param({"urn:a\0b": {"a": "x"}}, "contains a NUL character", id="NUL in an extension's URN"),
        pytest.param({OTHER: {"x" * (MAX_NAME + 1): "x"}}, "is longer than", id="a name too long"),
        pytest.param({f"urn:{'x' * MAX_NAME}": {"a": "x"}}, "is longer than", id="a URN too long"),
        pytest.param({CORE_USER: "x"}, "must be an object, not a text", id="no core attributes"),
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


def test_a_reason_does_not_repeat_a_long_value() -> None:
    with pytest.raises(InvalidValue) as refused:
        normalize({"active": "x" * MAX_TEXT}, USER)

    assert len(str(refused.value)) < 100


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"title": "x" * MAX_TEXT}, id="a text"),
        pytest.param({"photos": [{"type": "photo", "value": "x" * MAX_PICTURE}]}, id="a photo"),
        pytest.param({OTHER: {"x" * MAX_NAME: "x"}}, id="a name"),
        pytest.param({OTHER: nested(MAX_DEPTH - 2)}, id="a nest"),
    ],
)
def test_what_is_just_within_its_limit_is_stored(body: dict[str, Any]) -> None:
    assert normalize(body, USER) == body


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
