"""SCIM's messages: PatchOp in, ListResponse out (RFC 7644 §3.4.2, §3.5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.scim.protocol.errors import invalid_syntax, invalid_value, no_target, too_many

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

MAX_OPERATIONS = 1000
OPERATIONS = ("add", "replace", "remove")


@dataclass(frozen=True, slots=True)
class RawOperation:
    """One operation of a PATCH as it was sent: `op` in lower case, `path` None when there is none."""

    op: str
    path: str | None
    value: Any


def read_patch(body: Any) -> tuple[RawOperation, ...]:
    """The operations of a PATCH, names of keys and operations in any case; keys that mean nothing are ignored.

    RFC 7644 §3.5.2 wants at least one. Microsoft's validator sends none for a group, and expects that nothing changes.
    Raises ScimError naming the operation by its place, counted from 0.
    """
    if not isinstance(body, dict):
        raise invalid_syntax("The body must be a JSON object with a list of Operations.")
    listed = _any_case(body, "operations")
    if not isinstance(listed, list):
        raise invalid_syntax("Operations must be a list of operations.")
    if len(listed) > MAX_OPERATIONS:
        raise too_many(f"A request may have {MAX_OPERATIONS} operations, not {len(listed)}.")
    return tuple(_operation(one, f"Operations[{place}]") for place, one in enumerate(listed))


def _operation(operation: Any, place: str) -> RawOperation:
    if not isinstance(operation, dict):
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


def list_response(
    resources: Sequence[object],
    total: int,
    *,
    start_index: int | None = None,
    next_cursor: str | None = None,
) -> dict[str, Any]:
    """A ListResponse of resources, objects or JSON already; `Resources` is there even when empty: Entra looks for it.

    A page by its index says where it starts, one by cursors how to go on, unless it is the last (RFC 9865 §2).
    """
    page: dict[str, Any] = {"schemas": [LIST_URN], "totalResults": total, "itemsPerPage": len(resources)}
    if start_index is not None:
        page["startIndex"] = start_index
    if next_cursor is not None:
        page["nextCursor"] = next_cursor
    return {**page, "Resources": list(resources)}
