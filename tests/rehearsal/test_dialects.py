from __future__ import annotations

from typing import Any

import pytest

from app.rehearsal.dialects import NEW, OLD, Dialect
from app.rehearsal.mapping import ENTERPRISE_USER, Difference, ScimPath

TITLE = ScimPath("title")
ACTIVE = ScimPath("active")
FAMILY = ScimPath("name", "familyName")
MAIL = ScimPath("emails", "value", "work")
DEPARTMENT = ScimPath("department", urn=ENTERPRISE_USER)

CHANGES = [
    Difference(TITLE, "CFO", "Controller"),
    Difference(MAIL, "ines@nordwind.example", None),
    Difference(FAMILY, "Rossi", "Jones"),
    Difference(DEPARTMENT, "Finance", None),
]


def test_the_old_dialect_writes_one_capital_operation_for_each_attribute() -> None:
    assert OLD.attributes(CHANGES) == [
        {"op": "Replace", "path": "title", "value": "CFO"},
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "ines@nordwind.example"},
        {"op": "Replace", "path": "name.familyName", "value": "Rossi"},
        {"op": "Add", "path": f"{ENTERPRISE_USER}:department", "value": "Finance"},
    ]


def test_the_new_dialect_merges_what_needs_no_filter() -> None:
    assert NEW.attributes(CHANGES) == [
        {"op": "add", "path": 'emails[type eq "work"].value', "value": "ines@nordwind.example"},
        {"op": "add", "value": {f"{ENTERPRISE_USER}:department": "Finance"}},
        {"op": "replace", "value": {"title": "CFO", "name.familyName": "Rossi"}},
    ]


@pytest.mark.parametrize(
    ("dialect", "operations"),
    [
        pytest.param(OLD, [{"op": "Replace", "path": "active", "value": "False"}], id="old: as text"),
        pytest.param(NEW, [{"op": "replace", "path": "active", "value": False}], id="new: as a boolean, with its path"),
    ],
)
def test_somebody_is_disabled(dialect: Dialect, operations: list[dict[str, Any]]) -> None:
    assert dialect.attributes([Difference(ACTIVE, False, True)]) == operations


def test_in_the_new_dialect_active_travels_with_other_plain_attributes() -> None:
    assert NEW.attributes([Difference(ACTIVE, True, False), Difference(TITLE, "CFO", "Controller")]) == [
        {"op": "replace", "value": {"active": True, "title": "CFO"}}
    ]


@pytest.mark.parametrize(
    ("dialect", "held", "operations"),
    [
        pytest.param(
            OLD, False, [{"op": "Add", "path": f"{ENTERPRISE_USER}:manager", "value": "m-1"}], id="old, first"
        ),
        pytest.param(
            OLD, True, [{"op": "Replace", "path": f"{ENTERPRISE_USER}:manager", "value": "m-1"}], id="old, next"
        ),
        pytest.param(NEW, False, [{"op": "add", "value": {f"{ENTERPRISE_USER}:manager": "m-1"}}], id="new, first"),
        pytest.param(NEW, True, [{"op": "replace", "value": {f"{ENTERPRISE_USER}:manager": "m-1"}}], id="new, next"),
    ],
)
def test_a_manager_is_sent_as_a_bare_id(dialect: Dialect, held: bool, operations: list[dict[str, Any]]) -> None:
    assert dialect.manager("m-1", held=held) == operations


@pytest.mark.parametrize(
    ("dialect", "operations"),
    [
        pytest.param(
            OLD,
            [{"op": "Add", "path": "members", "value": [{"$ref": None, "value": "a"}, {"$ref": None, "value": "b"}]}],
            id="old",
        ),
        pytest.param(NEW, [{"op": "add", "path": "members", "value": [{"value": "a"}, {"value": "b"}]}], id="new"),
    ],
)
def test_members_are_added_as_one_list(dialect: Dialect, operations: list[dict[str, Any]]) -> None:
    assert dialect.add_members(["a", "b"]) == operations


@pytest.mark.parametrize(
    ("dialect", "operations"),
    [
        pytest.param(
            OLD,
            [
                {
                    "op": "Remove",
                    "path": "members",
                    "value": [{"$ref": None, "value": "a"}, {"$ref": None, "value": "b"}],
                }
            ],
            id="old: a list of values",
        ),
        pytest.param(
            NEW,
            [{"op": "remove", "path": 'members[value eq "a"]'}, {"op": "remove", "path": 'members[value eq "b"]'}],
            id="new: a filter in the path",
        ),
    ],
)
def test_members_are_taken_away_by_name(dialect: Dialect, operations: list[dict[str, Any]]) -> None:
    assert dialect.remove_members(["a", "b"]) == operations
