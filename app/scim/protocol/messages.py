"""SCIM's messages: PatchOp in, ListResponse out, and the query of a list (RFC 7644 §3.4.2, §3.5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.scim.protocol.errors import invalid_syntax, invalid_value, no_target, too_many
from app.scim.protocol.projection import EVERYTHING, Projection

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

DEFAULT_COUNT = 100
MAX_COUNT = 200
"""Resources on one page, asked for or not."""
MAX_OPERATIONS = 1000
OPERATIONS = ("add", "replace", "remove")


@dataclass(frozen=True, slots=True)
class RawOperation:
    """One operation of a PATCH as it was sent: `op` in lower case, `path` None when there is none."""

    op: str
    path: str | None
    value: Any


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a request wants to see: a filter, a page of it, and which attributes."""

    filter: str | None = None
    start_index: int = 1
    count: int = DEFAULT_COUNT
    projection: Projection = EVERYTHING


def read_patch(body: Any) -> tuple[RawOperation, ...]:
    """The operations of a PATCH, names of keys and operations in any case; keys that mean nothing are ignored.

    Raises ScimError naming the operation by its place, counted from 0.
    """
    if not isinstance(body, Mapping):
        raise invalid_syntax("The body must be a JSON object with a list of Operations.")
    listed = _any_case(body, "operations")
    if not isinstance(listed, list) or not listed:
        raise invalid_syntax("Operations must be a list with at least one operation.")
    if len(listed) > MAX_OPERATIONS:
        raise too_many(f"A request may have {MAX_OPERATIONS} operations, not {len(listed)}.")
    return tuple(_operation(one, f"Operations[{place}]") for place, one in enumerate(listed))


def _operation(operation: Any, place: str) -> RawOperation:
    if not isinstance(operation, Mapping):
        raise invalid_syntax(f"{place} must be an object.")
    op = _any_case(operation, "op")
    if not isinstance(op, str) or op.lower() not in OPERATIONS:
        raise invalid_syntax(f"{place}.op must be one of {', '.join(OPERATIONS)}, not {op!r}.")
    path = _any_case(operation, "path")
    if path is not None and not isinstance(path, str):
        raise invalid_syntax(f"{place}.path must be a text.")
    if op.lower() == "remove" and not path:
        raise no_target(f"{place} removes nothing: it has no path.")
    if op.lower() != "remove" and not any(key.lower() == "value" for key in operation):
        raise invalid_value(f"{place}.value", f"is missing, so there is nothing to {op.lower()}")
    return RawOperation(op.lower(), path or None, _any_case(operation, "value"))


def _any_case(body: Mapping[str, Any], name: str) -> Any:
    if name in body:
        return body[name]
    return next((value for key, value in body.items() if key.lower() == name), None)


def list_response(resources: Sequence[Mapping[str, Any]], total: int, start_index: int) -> dict[str, Any]:
    """A ListResponse; `Resources` is there even when it is empty, because Entra looks for it."""
    return {
        "schemas": [LIST_URN],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


def read_list_query(arguments: Mapping[str, str]) -> ListQuery:
    """The query that a request's arguments make; what they do not know (feature flags of senders) is ignored.

    A `startIndex` below 1 means 1, a `count` below 0 means 0 (RFC 7644 §3.4.2.4), above MAX_COUNT that. Raises
    ScimError for what is no number, and for `attributes` together with `excludedAttributes`.
    """
    return ListQuery(
        filter=arguments.get("filter"),
        start_index=max(1, _number(arguments, "startIndex", 1)),
        count=min(MAX_COUNT, max(0, _number(arguments, "count", DEFAULT_COUNT))),
        projection=read_projection(arguments),
    )


def read_projection(arguments: Mapping[str, str]) -> Projection:
    """What an answer should show. Raises ScimError for `attributes` together with `excludedAttributes`."""
    attributes, excluded = (_names(arguments.get(name, "")) for name in ("attributes", "excludedAttributes"))
    if attributes and excluded:
        raise invalid_value("excludedAttributes", "cannot be used together with attributes")
    return Projection(attributes, excluded)


def _number(arguments: Mapping[str, str], name: str, default: int) -> int:
    text = arguments.get(name)
    if text is None:
        return default
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise invalid_value(name, f"must be a whole number, not {text!r}")
    # A page beyond every list; larger figures do not fit the databases' integers.
    return max(-1, min(int(text) if len(digits) < 12 else 10**9, 10**9))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
