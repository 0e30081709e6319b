"""What a request wants to see of a list, from its URL or a SearchRequest (RFC 7644 §3.4.2 and §3.4.3, RFC 9865 §2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.scim.protocol.errors import ScimError, invalid_syntax, invalid_value
from app.scim.protocol.projection import EVERYTHING, Projection

SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

DEFAULT_COUNT = 100
MAX_COUNT = 200
"""Resources on one page, asked for or not."""

MAX_INDEX = 10**9
"""Beyond every list; larger figures do not fit the databases' integers."""

_MEMBERS = (
    "schemas", "filter", "sortBy", "sortOrder", "startIndex", "cursor", "count", "attributes", "excludedAttributes",
)  # fmt: skip
_ORDERS = {"ascending": False, "descending": True}


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A filter, an order, a page, and which attributes to show."""

    filter: str | None = None
    sort_by: str | None = None
    descending: bool = False
    start_index: int = 1
    cursor: str | None = None
    """None for a page by its index; empty for the first page by cursors."""
    count: int = DEFAULT_COUNT
    projection: Projection = EVERYTHING


def read_list_query(arguments: Mapping[str, str]) -> ListQuery:
    """The query that a URL's arguments make; what they do not know (feature flags of senders) is ignored.

    A `startIndex` below 1 means 1, a `count` below 0 means 0 (RFC 7644 §3.4.2.4), above MAX_COUNT that. Raises
    ScimError for what is no number, for an unknown `sortOrder`, for `startIndex` together with `cursor`, and for
    `attributes` together with `excludedAttributes`.
    """
    lists = {name: arguments.get(name, "").split(",") for name in ("attributes", "excludedAttributes")}
    return _query({**arguments, **lists})


def read_search_request(body: Any) -> ListQuery:
    """The query in a SearchRequest, names of members in any case; those that mean nothing here are ignored.

    Raises ScimError as `read_list_query` does, and invalidSyntax for what is no SearchRequest.
    """
    if not isinstance(body, dict):
        raise invalid_syntax(f"The body must be a JSON object, a {SEARCH_URN}.")
    sent = {name.lower(): value for name, value in body.items() if value is not None}
    members = {name: sent[name.lower()] for name in _MEMBERS if name.lower() in sent}
    schemas = members.pop("schemas", None)
    if not isinstance(schemas, list) or SEARCH_URN.lower() not in (str(urn).lower() for urn in schemas):
        raise invalid_syntax(f"schemas must be a list that names {SEARCH_URN}.")
    for name in ("filter", "sortBy", "sortOrder", "cursor"):
        if not isinstance(members.get(name, ""), str):
            raise invalid_syntax(f"{name} must be a text.")
    for name in ("attributes", "excludedAttributes"):
        listed = members.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise invalid_syntax(f"{name} must be a list of attribute names.")
    return _query(members)


def read_projection(arguments: Mapping[str, str]) -> Projection:
    """What an answer should show. Raises ScimError for `attributes` together with `excludedAttributes`."""
    return _projection({name: arguments.get(name, "").split(",") for name in ("attributes", "excludedAttributes")})


def _query(members: Mapping[str, Any]) -> ListQuery:
    cursor = members.get("cursor")
    if cursor is not None and "startIndex" in members:
        raise invalid_value("startIndex", "cannot be used together with cursor; a page has one or the other")
    order = members.get("sortOrder", "ascending")
    if order.lower() not in _ORDERS:
        raise invalid_value("sortOrder", f"must be ascending or descending, not {order!r}")
    return ListQuery(
        filter=members.get("filter"),
        sort_by=members.get("sortBy"),
        descending=_ORDERS[order.lower()],
        start_index=max(1, _whole_number(members, "startIndex", 1)),
        cursor=cursor,
        count=min(MAX_COUNT, max(0, _whole_number(members, "count", DEFAULT_COUNT))),
        projection=_projection(members),
    )


def _projection(members: Mapping[str, Any]) -> Projection:
    attributes, excluded = (
        tuple(name.strip() for name in members.get(member, ()) if name.strip())
        for member in ("attributes", "excludedAttributes")
    )
    if attributes and excluded:
        raise invalid_value("excludedAttributes", "cannot be used together with attributes")
    return Projection(attributes, excluded)


def _whole_number(members: Mapping[str, Any], name: str, default: int) -> int:
    given = members.get(name, default)
    text = str(given).strip()
    digits = text.removeprefix("-")
    if not (isinstance(given, (str, int)) and digits.isascii() and digits.isdigit()):
        reason = f"must be a whole number, not {given!r}"
        if name == "count" and "cursor" in members:
            raise ScimError(400, "invalidCount", f"{name} {reason}.")
        raise invalid_value(name, reason)
    number = min(int(digits), MAX_INDEX) if len(digits) < 12 else MAX_INDEX
    return number if text == digits else -number
