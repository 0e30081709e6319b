"""No attribute is left out: each can be asked for, compared and sorted by, or says why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.attributes.definitions import GROUP, LANYARD_USER, USER, Attribute, ResourceType
from app.attributes.parsing import InvalidFilter
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.scim import everything, searching
from app.scim.kinds import GROUPS, USERS, Kind
from app.scim.protocol.errors import ScimError
from app.scim.protocol.queries import ListQuery
from app.scim.resources import Locations

HERE = Locations("https://cards.example")
LITERAL = '"x"'
OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
ALLOWED = {
    "boolean": ("eq", "ne"),
    "binary": ("eq", "ne"),
    "dateTime": ("eq", "ne", "gt", "ge", "lt", "le"),
}


def paths(kind: ResourceType) -> Iterator[tuple[str, Attribute, Attribute]]:
    """Each path of a kind, its attribute, and the attribute at its end; of our own texts, all alike, the first."""
    extensions = {f"{one.urn}:": one.attributes[: 1 if one.urn == LANYARD_USER else None] for one in kind.extensions}
    for urn, attributes in {"": tuple(kind.attributes()), **extensions}.items():
        for attribute in attributes:
            yield f"{urn}{attribute.name}", attribute, attribute
            for sub in attribute.sub_attributes:
                yield f"{urn}{attribute.name}.{sub.name}", attribute, sub


def allowed(path: str, leaf: Attribute) -> tuple[str, ...]:
    if path == "meta.version":
        return ("eq", "ne")
    if leaf.type == "complex":
        value = leaf.sub("value")
        return allowed(path, value) if value else ()
    return ALLOWED.get(leaf.type, OPERATORS)


def refusal(find: Callable[[ListQuery], Any], query: ListQuery) -> str | None:
    """Why there is no such list, None when there is."""
    try:
        find(query)
    except (InvalidFilter, ScimError) as refused:
        return str(refused)
    return None


@pytest.mark.parametrize("kind", [USERS, GROUPS], ids=["users", "groups"])
def test_each_attribute_is_compared_as_its_type_allows(
    database: Database, organization: Organization, kind: Kind[Any]
) -> None:
    literals = {"boolean": "true", "dateTime": '"2026-11-25T09:00:00Z"'}

    with database.read(organization.id) as reader:

        def find(text: str) -> str | None:
            return refusal(
                lambda query: searching.find(reader, kind.source, query, HERE), ListQuery(filter=text, count=0)
            )

        for path, attribute, leaf in paths(kind.resource_type):
            texts = {op: f"{path} {op} {literals.get(leaf.type, LITERAL)}" for op in OPERATORS}
            together = find(" or ".join([f"{path} pr", *(texts[op] for op in allowed(path, leaf))]))
            refused = [find(texts[op]) or "" for op in OPERATORS if op not in allowed(path, leaf)]

            assert together is None, path
            assert all(attribute.name in reason for reason in refused), path


@pytest.mark.parametrize("kind", [USERS, GROUPS], ids=["users", "groups"])
def test_each_attribute_has_an_order_or_is_refused(
    database: Database, organization: Organization, kind: Kind[Any]
) -> None:
    both = (USERS.source, GROUPS.source)

    with database.read(organization.id) as reader:
        for path, attribute, leaf in paths(kind.resource_type):
            query = ListQuery(sort_by=path, cursor="")
            reason = refusal(lambda query: everything.find(reader, both, query, HERE), query)

            value = leaf.sub("value") if leaf.type == "complex" else leaf
            if value is None or value.type == "binary" or attribute.name in {"groups", "members"}:
                assert f"sortBy cannot be '{path}" in (reason or "")
            else:
                assert reason is None, path


def test_no_document_holds_a_time() -> None:
    # A time in a document would be compared as a text by the databases, and as a moment in memory.
    times = {path for kind in (USER, GROUP) for path, _, leaf in paths(kind) if leaf.type == "dateTime"}

    assert times == {"meta.created", "meta.lastModified"}
