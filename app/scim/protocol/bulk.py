"""Bulk requests and responses (RFC 7644 §3.7): what is asked for, who refers to whom, what comes before what.

A request whose envelope cannot be read is refused as a whole, before anything is done. What a request of its own would
be refused for (no such path, no such method there, a body that does not fit) is left to the operation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.scim.protocol.errors import ScimError, invalid_syntax

RESPONSE_URN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

MAX_OPERATIONS = 1000
METHODS = ("POST", "PUT", "PATCH", "DELETE")

_REFERENCE = re.compile(r'(?:\A|(?<=[/"]))bulkId:([^"]+)(?="|\Z)')
"""`bulkId:x` as a value, at the end of an address, between the quotes of a PATCH path (RFC 7644 §3.7.2)."""


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation as it was sent; `endpoint` is `/Users` or whatever else stands in its place."""

    method: str
    endpoint: str
    resource_id: str | None
    """What the path names below the endpoint; perhaps `bulkId:x`. None in the path of an endpoint."""
    bulk_id: str | None
    version: str | None
    data: Any
    references: frozenset[str]
    """The bulkIds that path and data refer to."""

    @property
    def path(self) -> str:
        """The path from the service's root on."""
        return self.endpoint if self.resource_id is None else f"{self.endpoint}/{self.resource_id}"


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """What is to be done, and after how many errors nothing more of it (None: however many)."""

    operations: tuple[BulkOperation, ...]
    fail_on_errors: int | None = None


def read_bulk(body: Any, root: str) -> BulkRequest:
    """The operations of a bulk request to the service at `root`, its public address without a trailing slash.

    Names of keys and methods come in any case; paths from the root on, with or without the slash before them, or as a
    resource's `location` has them. Raises ScimError: 400 invalidSyntax naming the operation by its place, counted
    from 0; 413 for more operations than MAX_OPERATIONS.
    """
    if not isinstance(body, dict):
        raise invalid_syntax("The body must be a JSON object with a list of Operations.")
    named = _any_case(body)
    listed = named.get("operations")
    if not isinstance(listed, list) or not listed:
        raise invalid_syntax("Operations must be a list with at least one operation.")
    if len(listed) > MAX_OPERATIONS:
        # RFC 7644 §3.7.4: the answer says which limit was exceeded.
        raise ScimError(413, None, f"{len(listed)} operations exceed the maxOperations ({MAX_OPERATIONS}).")
    operations = tuple(_operation(one, f"Operations[{place}]", root) for place, one in enumerate(listed))
    for bulk_id, times in Counter(operation.bulk_id for operation in operations).items():
        if bulk_id is not None and times > 1:
            raise invalid_syntax(f"{times} operations bear the bulkId {bulk_id!r}; each needs its own.")
    return BulkRequest(operations, _fail_on_errors(named.get("failonerrors")))


def in_order(operations: Sequence[BulkOperation]) -> list[tuple[int, ...]]:
    """The places of the operations in the order in which to do them, those that refer to each other together.

    As sent, but that a POST goes before what refers to it: a new resource is in nobody's way, while changes of one
    resource must not overtake each other. Several places in one tuple are operations that refer to each other in a
    circle.
    """
    places = {one.bulk_id: place for place, one in enumerate(operations) if one.method == "POST"}
    return _components([[places[name] for name in one.references if name in places] for one in operations])


def resolved(value: Any, ids: Mapping[str, str]) -> Any:
    """`value` (JSON) with the id in place of each reference. Raises KeyError for a bulkId without one."""
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: ids[match[1]], value)
    if isinstance(value, dict):
        return {name: resolved(inner, ids) for name, inner in value.items()}
    return [resolved(inner, ids) for inner in value] if isinstance(value, list) else value


def fulfilled(operation: BulkOperation, status: int, location: str, version: str | None) -> dict[str, Any]:
    """The result of an operation that was done; `version` is None when there is no resource any more.

    Without the resource itself, which RFC 7644 §3.7 leaves to the server: an answer would otherwise be as large as
    everything it changed.
    """
    return _result(operation, status, location, {"version": version})


def failed(operation: BulkOperation, error: ScimError, location: str) -> dict[str, Any]:
    """The result of an operation that changed nothing. A POST that failed has no location."""
    return _result(
        operation, error.status, None if operation.method == "POST" else location, {"response": error.body()}
    )


def bulk_response(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The BulkResponse that lists these results."""
    return {"schemas": [RESPONSE_URN], "Operations": list(results)}


def _result(operation: BulkOperation, status: int, location: str | None, rest: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        "location": location,
        "method": operation.method,
        "bulkId": operation.bulk_id,
        "status": str(status),
        **rest,
    }
    return {name: value for name, value in told.items() if value is not None}


def _operation(operation: Any, place: str, root: str) -> BulkOperation:
    if not isinstance(operation, dict):
        raise invalid_syntax(f"{place} must be an object.")
    named = _any_case(operation)
    method, path = (_text(named, name, place) for name in ("method", "path"))
    bulk_id, version = (_text(named, name, place, required=False) for name in ("bulkId", "version"))
    if method is None or method.upper() not in METHODS:
        raise invalid_syntax(f"{place}.method must be one of {', '.join(METHODS)}, not {method!r}.")
    endpoint, resource_id = _split(path or "", root)
    data = named.get("data")
    references = frozenset(name for text in _texts([resource_id, data]) for name in _REFERENCE.findall(text))
    return BulkOperation(method.upper(), endpoint, resource_id, bulk_id, version, data, references)


def _text(named: Mapping[str, Any], name: str, place: str, *, required: bool = True) -> str | None:
    value = named.get(name.lower())
    if value is None and not required:
        return None
    if not isinstance(value, str) or not value:
        raise invalid_syntax(f"{place}.{name} must be a text that is not empty.")
    return value


def _split(path: str, root: str) -> tuple[str, str | None]:
    """The endpoint that a path names, and what it names below."""
    below = path.removeprefix(root)
    if below == path:
        below = f"/{path.lstrip('/')}".removeprefix(urlsplit(root).path)
    endpoint, _, resource_id = below.strip("/").partition("/")
    return f"/{endpoint}", resource_id or None


def _fail_on_errors(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise invalid_syntax(f"failOnErrors must be a whole number from 1 on, not {value!r}.")
    return value


def _any_case(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in body.items()}


def _texts(value: Any) -> Iterator[str]:
    """The texts in a JSON value, but for names of keys, that may hold a reference."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if "bulkId:" in one:
                yield one
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _components(edges: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """The strongly connected components of a graph, what is pointed to before what points there (Tarjan's algorithm).

    Without recursion: a chain of managers may be as long as the request.
    """
    components: list[tuple[int, ...]] = []
    reached: dict[int, int] = {}
    lowest: dict[int, int] = {}
    placed: set[int] = set()
    open_nodes: list[int] = []
    for start in range(len(edges)):
        trail = [start] if start not in reached else []
        while trail:
            node = trail[-1]
            if node not in reached:
                reached[node] = lowest[node] = len(reached)
                open_nodes.append(node)
            onward = next((other for other in edges[node] if other not in reached), None)
            if onward is not None:
                trail.append(onward)
                continue
            trail.pop()
            lowest[node] = min([lowest[node], *(lowest[other] for other in edges[node] if other not in placed)])
            if lowest[node] == reached[node]:
                first = open_nodes.index(node)
                components.append(tuple(sorted(open_nodes[first:])))
                placed.update(open_nodes[first:])
                del open_nodes[first:]
    return components
