"""Which request set each value of a document."""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import ENTERPRISE_USER, USER
from app.attributes.leaves import differences
from app.attributes.parsing import parse_path
from app.directory import origins

FIRST, SECOND, THIRD = (
    {"at": f"2026-11-2{day}T09:00:00.000000Z", "request_id": f"req-{day}", "actor": "token:Entra"} for day in (1, 2, 3)
)

INES: dict[str, Any] = {
    "userName": "ines@nordwind.example",
    "title": "CFO",
    "name": {"givenName": "Ines", "familyName": "Jones"},
    "emails": [{"type": "work", "value": "ines@nordwind.example", "primary": True}],
    "addresses": [{"type": "work", "locality": "Zürich", "country": "CH"}],
    ENTERPRISE_USER: {"department": "Finance", "employeeNumber": "7"},
}


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        pytest.param({"title": "CEO"}, {"title"}, id="a text"),
        pytest.param({"displayName": "Ines"}, {"displayName"}, id="a new one"),
        pytest.param({"name": {"givenName": "Inês", "familyName": "Jones"}}, {"name.givenName"}, id="a part"),
        pytest.param({"name": {"givenName": "Ines"}}, set(), id="a part that is gone"),
        pytest.param(
            {"emails": [{"type": "home", "value": "i@home.example"}, *INES["emails"]]},
            {'emails[type eq "home"].value'},
            id="an entry before another",
        ),
        pytest.param(
            {"emails": [{"type": "work", "value": "i@nordwind.example", "primary": True}]},
            {'emails[type eq "work"].value', "emails.value"},
            id="an entry's value",
        ),
        pytest.param(
            {"addresses": [{"type": "work", "locality": "Genève", "country": "CH"}]},
            {'addresses[type eq "work"].locality', 'addresses[type eq "work"]'},
            id="a part of an entry, and with it the entry",
        ),
        pytest.param(
            {ENTERPRISE_USER: {"department": "Sales", "employeeNumber": "7"}},
            {f"{ENTERPRISE_USER}:department"},
            id="an extension's value",
        ),
    ],
)  # fmt: skip
def test_after_a_change_what_changed_has_the_new_request_and_the_rest_the_old_one(
    change: dict[str, Any], changed: set[str]
) -> None:
    before = origins.after({}, INES, None, FIRST)
    document = {**INES, **change}

    after = origins.after(INES, document, before, SECOND)

    paths = {
        "title", "displayName", "name.givenName", "name.familyName", 'emails[type eq "work"].value',
        'emails[type eq "home"].value', "emails.value", 'addresses[type eq "work"].locality',
        'addresses[type eq "work"].country', 'addresses[type eq "work"]', f"{ENTERPRISE_USER}:department",
        f"{ENTERPRISE_USER}:employeeNumber",
    }  # fmt: skip
    for path in paths:
        found = {
            setter["request_id"] for _, setter in origins.setters(document, after, parse_path(path, USER)) if setter
        }
        if path == "emails.value" and "home" in str(document["emails"]):
            assert found == {"req-1", "req-2"}
        else:
            assert found <= {"req-2" if path in changed else "req-1"}
    assert all(
        setter is not None for path in changed for _, setter in origins.setters(document, after, parse_path(path, USER))
    )


def test_a_value_that_is_sent_again_keeps_its_request() -> None:
    first = origins.after({}, INES, None, FIRST)

    second = origins.after(INES, {**INES, "title": "CEO"}, first, SECOND)
    third = origins.after({**INES, "title": "CEO"}, {**INES, "title": "CEO", "locale": "de"}, second, THIRD)

    assert third["requests"] == [FIRST, SECOND, THIRD]
    assert third["set"]["title"] == 1
    assert third["set"][ENTERPRISE_USER] == 0


def test_requests_of_which_nothing_is_left_are_dropped() -> None:
    document = {"userName": "ines@nordwind.example", "title": "CFO"}
    first = origins.after({}, document, None, FIRST)
    second = origins.after(document, {**document, "title": "CEO"}, first, SECOND)

    third = origins.after({**document, "title": "CEO"}, {**document, "title": "Chair"}, second, THIRD)

    assert third == {"requests": [FIRST, THIRD], "set": {"userName": 0, "title": 1}}


def test_values_from_before_origins_were_kept_have_none() -> None:
    document = {**INES, "name": {"givenName": "Inês", "familyName": "Jones"}}

    after = origins.after(INES, document, None, SECOND)

    assert after == {"requests": [SECOND], "set": {"name": {"givenName": 0}}}
    assert origins.newest(after, ("title",)) is None
    assert origins.newest(None, ("name",)) is None


def test_a_document_costs_one_place_for_each_attribute_that_one_request_set() -> None:
    after = origins.after({}, INES, None, FIRST)

    assert after == {"requests": [FIRST], "set": dict.fromkeys(INES, 0)}


def test_a_name_is_as_new_as_the_newest_of_its_parts() -> None:
    first = origins.after({}, INES, None, FIRST)
    document = {**INES, "name": {"givenName": "Ines", "familyName": "Berg"}}

    after = origins.after(INES, document, first, SECOND)

    assert origins.newest(after, ("name", "displayName")) == SECOND
    assert origins.newest(after, ("title",)) == FIRST


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        pytest.param({"title": "CFO"}, {"title": "CFO"}, [], id="nothing"),
        pytest.param({"title": "CFO"}, {}, ["title"], id="a value that is gone"),
        pytest.param(
            {"phoneNumbers": [{"type": "work", "value": "1"}, {"type": "work", "value": "2"}]},
            {"phoneNumbers": [{"type": "work", "value": "1"}, {"type": "work", "value": "3"}]},
            ["phoneNumbers[work 2].value"],
            id="the second of a type",
        ),
        pytest.param({}, {"emails": [{"value": "i@x.example"}]}, ["emails[].value"], id="one without a type"),
        pytest.param({}, {"urn:x:User": {"a": [1, 2], "b": {"c": 1}}}, ["urn:x:User:a", "urn:x:User:b"], id="an extension"),
    ],
)  # fmt: skip
def test_differences(before: dict[str, Any], after: dict[str, Any], names: list[str]) -> None:
    assert [one.name for one in differences(before, after)] == names
