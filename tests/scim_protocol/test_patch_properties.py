"""What holds for every PATCH and every body, whatever is in it: hypothesis looks for one for which it does not."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from itertools import permutations
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.attributes.definitions import CORE_USER, ENTERPRISE_USER, GROUP, LANYARD_USER, USER, ResourceType
from app.attributes.documents import InvalidValue, normalize, same
from app.attributes.paths import InvalidPath
from app.scim.protocol import bodies, entra, members, patch
from app.scim.protocol.errors import ScimError
from app.scim.protocol.messages import read_patch
from tests.differential.random_patches import Drawing
from tests.support.made_up import DEVICE, DEVICE_URN, LEASE_URN

Document = dict[str, Any]

DOCUMENTED = (ScimError, InvalidValue, InvalidPath)
"""What a write may raise; each is answered as a SCIM error."""
OTHER = "urn:example:schemas:extension:other:2.0:User"

KINDS = st.sampled_from([USER, DEVICE])
SEEDS = st.integers(min_value=0, max_value=2**32)


def patched(before: Document, operations: list[Document], kind: ResourceType = USER) -> Document:
    return patch.apply(before, entra.rewrite(read_patch({"Operations": operations}), kind), kind)


def outcome(before: Document, operations: list[Document], kind: ResourceType = USER) -> Document | None:
    """The document after a PATCH, None when it is refused."""
    try:
        return patched(before, operations, kind)
    except DOCUMENTED:
        return None


def drawn(kind: ResourceType, seed: int) -> tuple[Document, list[Document]]:
    drawing = Drawing(kind, seed)
    document = drawing.document()
    return document, drawing.patch(document)


# --- PATCHes that are nearly lawful -------------------------------------------------------------------------------


@given(KINDS, SEEDS)
def test_the_document_given_is_never_changed(kind: ResourceType, seed: int) -> None:
    before, operations = drawn(kind, seed)
    copies = deepcopy(before), deepcopy(operations)

    outcome(before, operations, kind)

    assert (before, operations) == copies


@given(KINDS, SEEDS)
def test_what_a_patch_makes_is_what_would_be_stored_if_it_were_sent(kind: ResourceType, seed: int) -> None:
    before, operations = drawn(kind, seed)
    after = outcome(before, operations, kind)
    assume(after is not None)
    assert after is not None

    assert same(normalize(after, kind), after)
    assert same(bodies.replaced(after, bodies.read_resource(after, kind), kind), after)


@given(KINDS, SEEDS)
def test_an_operation_repeated_changes_nothing_more(kind: ResourceType, seed: int) -> None:
    before, operations = drawn(kind, seed)
    # An operation on what a filter selects may be one on what it selects by.
    operation = next((one for one in operations if "[" not in one.get("path", "")), None)
    assume(operation is not None)
    assert operation is not None
    once = outcome(before, [operation], kind)
    assume(once is not None)
    assert once is not None

    assert same(outcome(once, [operation], kind), once)


@given(SEEDS)
def test_operations_on_different_attributes_do_the_same_in_any_order(seed: int) -> None:
    drawing = Drawing(USER, seed)
    before = drawing.document()
    apart: dict[tuple[str | None, str], Document] = {}
    for _ in range(4):
        for operation in drawing.patch(before):
            if "path" in operation and USER.extension(operation["path"]) is None:
                [one] = entra.rewrite(read_patch({"Operations": [{**operation, "op": "add", "value": 1}]}), USER)
                apart[one.path.urn, one.path.attribute.name] = operation
    operations = list(apart.values())[:3]

    results = [outcome(before, list(order)) for order in permutations(operations)]

    assert all(same(result, results[0]) for result in results)


# --- anything at all ----------------------------------------------------------------------------------------------

NAMES = st.sampled_from(
    [
        *("userName", "emails", "EMAILS", "name", "active", "manager", "value", "type", "primary", "$ref", "members"),
        *("name.givenName", "schemas", "meta", "id", "groups", "roles", "x509Certificates", "photos", "displayName"),
        *(CORE_USER, ENTERPRISE_USER, LANYARD_USER, OTHER, f"{ENTERPRISE_USER}:manager", f"{OTHER}:a.b", OTHER.upper()),
        *("label", "place", "ports", "tags", "bought", "image", LEASE_URN, DEVICE_URN, "op", "path", "Operations"),
    ]
)
TEXTS = st.one_of(
    NAMES, st.text(max_size=8), st.sampled_from(["", "True", "\0", "2026-01-05T09:00:00Z", '{"value": "x"}'])
)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
PIECES = st.sampled_from(
    [
        *(
            "emails",
            "name",
            "userName",
            "active",
            "tags",
            "ports",
            "place",
            "members",
            "a",
            ".value",
            ".type",
            ".",
            "[",
        ),
        *("]", "(", ")", '[type eq "work"]', "[value pr]", "[not (primary eq true)]", "[type ne 1 or value gt 5]"),
        *(
            " ",
            " and ",
            "not",
            " pr",
            '"',
            "\\",
            "\0",
            ":",
            CORE_USER,
            f"{OTHER}:",
            f"{ENTERPRISE_USER}:",
            ENTERPRISE_USER,
        ),
        *(f"{OTHER}:list", '[a eq "b"]', "[value eq null]", ".a", "manager", "$ref", "urn:", "x" * 300, LEASE_URN),
    ]
)
PATHS = st.one_of(NAMES, st.lists(PIECES, max_size=5).map("".join), st.text(max_size=12))
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Replace", "remove"])}, optional={"path": PATHS, "value": JSON}
)
PATCHES = st.lists(OPERATIONS, min_size=1, max_size=4)
FULL: Document = {
    "userName": "ann",
    "displayName": "Ann",
    "label": "x",
    "active": True,
    "name": {"givenName": "Ann"},
    "emails": [{"type": "work", "value": "a@b", "primary": True}, {"value": "c@d"}],
    "tags": ["a", "b"],
    "ports": [{"value": "eth0", "type": "lan", "mac": "1"}],
    "place": {"room": "7", "building": "North"},
    ENTERPRISE_USER: {"manager": {"value": "1", "$ref": "x"}},
    LEASE_URN: {"contract": "1"},
    OTHER: {"list": ["a", {"a": "b"}, 5], "a": {"b": [1]}, "text": "x", "zero": 0, "no": False},
}


@given(st.sampled_from([USER, GROUP, DEVICE]), PATCHES)
@example(USER, [{"op": "add", "path": f"{OTHER}:text.part", "value": 1}])
@example(USER, [{"op": "add", "path": f"{OTHER}:list.value", "value": 1}])
@example(USER, [{"op": "remove", "path": f"{OTHER}:zero.value"}])
@example(USER, [{"op": "add", "path": f'{OTHER}:list[value eq "a"].value', "value": {}}])
@example(USER, [{"op": "add", "path": f'{OTHER}:new[value eq "a"]', "value": {"value": {"deep": [[[[[[[1]]]]]]]}}}])
@example(USER, [{"op": "add", "path": "schemas", "value": ["x"]}])
@example(DEVICE, [{"op": "add", "path": 'ports[value eq "a" and speed eq 1.5].type', "value": "x"}])
def test_any_patch_is_carried_out_or_refused_with_a_reason(kind: ResourceType, operations: list[Document]) -> None:
    before = normalize(FULL, kind)
    untouched = deepcopy(before)

    try:
        _, rest = members.split(entra.rewrite(read_patch({"Operations": operations}), kind))
        after = patch.apply(before, rest, kind)
    except DOCUMENTED:
        after = before
    assert same(normalize(after, kind), after)
    assert same(before, untouched)


@given(JSON)
def test_any_body_of_a_patch_is_read_or_refused_with_a_reason(body: Any) -> None:
    with suppress(*DOCUMENTED):
        entra.rewrite(read_patch(body), USER)


@given(st.sampled_from([USER, GROUP, DEVICE]), JSON | st.dictionaries(TEXTS, JSON, max_size=5))
def test_any_body_of_a_resource_is_stored_or_refused_with_a_reason(kind: ResourceType, body: Any) -> None:
    named = {**body, "userName": "ann", "displayName": "Ann", "label": "x"} if isinstance(body, dict) else body

    with suppress(*DOCUMENTED):
        document = bodies.read_resource(named, kind)
        members.members_of(named)
        assert same(normalize(document, kind), document)
