"""What a PATCH does to the members of a group."""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import GROUP
from app.scim.protocol import entra
from app.scim.protocol.errors import ScimError
from app.scim.protocol.members import MAX_ID, MemberChange, members_of, split
from app.scim.protocol.messages import read_patch

Operation = dict[str, Any]


def change(*operations: Operation) -> MemberChange | None:
    """The change of members that a PATCH asks for."""
    return split(entra.rewrite(read_patch({"Operations": list(operations)}), GROUP))[0]


def op(name: str, value: Any = ..., path: str | None = "members") -> Operation:
    operation: Operation = {"op": name, "path": path}
    return operation if value is ... else {**operation, "value": value}


ANN, BOB = {"value": "ann"}, {"value": "bob"}
NOBODY = MemberChange()


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        pytest.param([op("Add", [{"$ref": None, **ANN}, BOB])], MemberChange(add=("ann", "bob")), id="add a list"),
        pytest.param([op("add", [ANN, ANN])], MemberChange(add=("ann",)), id="each once"),
        pytest.param([op("Add", "ann")], MemberChange(add=("ann",)), id="add a plain text"),
        pytest.param([op("Add", ["ann", "bob"])], MemberChange(add=("ann", "bob")), id="add plain texts"),
        pytest.param([op("Add", ANN)], MemberChange(add=("ann",)), id="add a single object"),
        pytest.param([op("Add", [{"Value": "ann", "displayName": "Ann"}])], MemberChange(add=("ann",)), id="odd keys"),
        pytest.param([op("Add", [])], NOBODY, id="add nobody"),
        pytest.param([op("Remove", [{"$ref": None, **ANN}])], MemberChange(remove=("ann",)), id="remove those listed"),
        pytest.param([op("Remove", [])], NOBODY, id="an empty list removes nobody"),
        pytest.param([op("Remove")], MemberChange(keep=False), id="no list removes everybody"),
        pytest.param(
            [op("remove", path='members[value eq "ann"]')], MemberChange(remove=("ann",)), id="remove by filter"
        ),
        pytest.param(
            [op("remove", path='members[value eq "ann" or value eq "bob"]')],
            MemberChange(remove=("ann", "bob")),
            id="remove several by filter",
        ),
        pytest.param(
            [op("Remove", [BOB], path='members[value eq "ann"]')],
            MemberChange(remove=("ann",)),
            id="a value beside a filter adds nothing",
        ),
        pytest.param([op("replace", [ANN])], MemberChange(keep=False, add=("ann",)), id="replace is all of it"),
        pytest.param([op("replace", [])], MemberChange(keep=False), id="replace by nobody"),
        pytest.param(
            [{"op": "add", "value": {"members": [ANN]}}], MemberChange(add=("ann",)), id="add in a merged object"
        ),
        pytest.param([op("add", [ANN]), op("remove", [ANN])], MemberChange(remove=("ann",)), id="added, then removed"),
        pytest.param([op("remove", [ANN]), op("add", [ANN])], MemberChange(add=("ann",)), id="removed, then added"),
        pytest.param(
            [op("add", [ANN]), op("replace", [BOB]), op("add", [ANN])],
            MemberChange(keep=False, add=("bob", "ann")),
            id="a replacement forgets what came before it",
        ),
        pytest.param([op("replace", "Sales DACH", path="displayName")], None, id="nothing about members"),
        pytest.param([{"op": "replace", "value": {"id": "g", "displayName": "x"}}], None, id="a merged rename"),
    ],
)
def test_members_change(operations: list[Operation], expected: MemberChange | None) -> None:
    assert change(*operations) == expected


def test_the_other_operations_are_left_for_the_document() -> None:
    operations = entra.rewrite(
        read_patch({"Operations": [op("add", [ANN]), op("replace", "Sales", path="displayName")]}), GROUP
    )

    _, rest = split(operations)

    assert [(one.op, one.path.text, one.value) for one in rest] == [("replace", "displayName", "Sales")]


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        pytest.param(op("add", [{"display": "Ann"}]), r"members\[0\]\.value must be the id", id="no id"),
        pytest.param(op("add", [ANN, {"value": ""}]), r"members\[1\]\.value must be the id", id="an empty id"),
        pytest.param(op("add", [{"value": 7}]), r"members\[0\]\.value must be the id", id="a number"),
        pytest.param(op("add", [{"value": "x" * (MAX_ID + 1)}]), "at most 255", id="a long id"),
        pytest.param(op("add", [{"value": "a\0b"}]), "at most 255", id="a NUL character"),
        pytest.param(op("remove", path='members[display sw "A"]'), "selected by their id", id="another filter"),
        pytest.param(op("add", [ANN], path='members[value eq "ann"]'), "not by a filter", id="add by filter"),
    ],
)
def test_refused_with_the_member_and_the_reason(operation: Operation, reason: str) -> None:
    with pytest.raises(ScimError, match=reason) as refusal:
        change(operation)

    assert refusal.value.status == 400


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"displayName": "Sales"}, None, id="nothing said"),
        pytest.param({"members": []}, (), id="nobody"),
        pytest.param({"members": None}, (), id="null"),
        pytest.param({"Members": [ANN, BOB, ANN]}, ("ann", "bob"), id="a list, its name in another case"),
    ],
)
def test_members_of_a_body(body: dict[str, Any], expected: tuple[str, ...] | None) -> None:
    assert members_of(body) == expected
