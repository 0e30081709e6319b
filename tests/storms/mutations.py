"""Lawful SCIM requests, and what becomes of them when somebody's program is broken or somebody means harm."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import orjson

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SEARCH = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}
LANYARD = "urn:ietf:params:scim:schemas:extension:lanyard:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True)
class Request:
    """A request below the tenant URL; `body` None has none."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    content_type: str | None = "application/scim+json; charset=utf-8"
    raw: bytes | None = None
    """The body as bytes, where it is no JSON any more."""

    @property
    def data(self) -> bytes | None:
        """What is sent."""
        if self.raw is not None:
            return self.raw
        return None if self.body is None else orjson.dumps(self.body, option=orjson.OPT_NON_STR_KEYS)

    @property
    def target(self) -> str:
        """Path and query, percent-encoded."""
        query = "&".join(
            f"{quote(key, errors='surrogatepass')}={quote(self.query[key], safe='')}" for key in self.query
        )
        return quote(self.path, safe="/%:") + (f"?{query}" if query else "")


def lawful(user: str, group: str) -> tuple[Request, ...]:
    """One request of each sort, about a user and a group that are there."""

    def patch(path: str, *operations: dict[str, Any]) -> Request:
        return Request("PATCH", path, body={"schemas": [PATCH_OP], "Operations": list(operations)})

    person = {
        "userName": "fuzz@nordwind.example",
        "externalId": "8a52f1c0-1111-4222-8333-444455556666",
        "name": {"givenName": "Ines", "familyName": "Jonas", "formatted": "Ines Jonas"},
        "active": True,
        "title": "CFO",
        "emails": [{"type": "work", "value": "ines@nordwind.example", "primary": True}],
        "phoneNumbers": [{"type": "mobile", "value": "+41 79 555 01 00"}],
        "addresses": [{"type": "work", "streetAddress": "Quaistrasse 4", "country": "CH"}],
        "roles": [{"value": "Editor", "primary": "True"}],
        ENTERPRISE: {"department": "Finance", "manager": {"value": user}},
        LANYARD: {"pronouns": "she/her"},
        "urn:ietf:params:scim:schemas:extension:cards:2.0:User": {"template": {"of": ["sales", 1, None]}},
    }
    return (
        Request("POST", "/Users", body=person),
        Request("PUT", f"/Users/{user}", body=person),
        patch(f"/Users/{user}", {"op": "Replace", "path": "active", "value": "False"}),
        patch(f"/Users/{user}", {"op": "add", "path": 'emails[type eq "work"].value', "value": "a@nordwind.example"}),
        patch(
            f"/Users/{user}", {"op": "replace", "value": {"name.familyName": "Lind", f"{ENTERPRISE}:department": "IT"}}
        ),
        patch(f"/Users/{user}", {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": user}),
        patch(f"/Users/{user}", {"op": "remove", "path": 'addresses[type eq "work" and country eq "CH"]'}),
        patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": user}]}),
        patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{user}"]'}),
        patch(f"/Groups/{group}", {"op": "replace", "value": {"displayName": "Fuzz", "members": [{"value": user}]}}),
        Request("POST", "/Groups", body={"displayName": "Fuzz", "members": [{"value": user, "type": "User"}]}),
        Request("PUT", f"/Groups/{group}", body={"displayName": "Fuzz too", "members": []}),
        Request("GET", "/Users", {"filter": 'userName eq "ines" or not (emails[type eq "work" and value co "@"])'}),
        Request(
            "GET", "/Users", {"filter": f'{ENTERPRISE}:manager.value eq "{user}" and meta.created gt "2020-01-01"'}
        ),
        Request(
            "GET", "/Users", {"startIndex": "2", "count": "5", "sortBy": "name.familyName", "sortOrder": "descending"}
        ),
        Request("GET", "/Users", {"cursor": "", "count": "3", "attributes": "userName,emails.value"}),
        Request("GET", "/Groups", {"filter": f'members.value eq "{user}"', "excludedAttributes": "members"}),
        Request("GET", f"/Users/{user}", {"attributes": f"{ENTERPRISE}:department,name.givenName"}),
        Request(
            "POST",
            "/.search",
            body={**SEARCH, "filter": "displayName pr", "startIndex": 1, "count": 2, "attributes": ["id"]},
        ),
        Request("POST", "/Users/.search", body={**SEARCH, "filter": 'title sw "C"', "sortBy": "title", "count": 2}),
        Request("POST", "/Bulk", body=_bulk(user)),
        Request("GET", "/Schemas"),
        Request("GET", f"/Schemas/{ENTERPRISE}"),
        Request("GET", "/ResourceTypes/User"),
        Request("GET", "/ServiceProviderConfig"),
        Request("DELETE", "/Users/5d0c7f1e-2b34-4d0e-9c1a-6f2e3a4b5c6d"),
    )


def _bulk(user: str) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "failOnErrors": 2,
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "one", "data": {"userName": "bulk@nordwind.example"}},
            {
                "method": "POST",
                "path": "/Groups",
                "bulkId": "two",
                "data": {"displayName": "Bulk", "members": [{"value": "bulkId:one"}]},
            },
            {
                "method": "PATCH",
                "path": f"/Users/{user}",
                "data": {"Operations": [{"op": "add", "path": "title", "value": "x"}]},
            },
        ],
    }


ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**53, 1e308, 5.5, "", " ", "True", "null", "\x00", "\u202e", "é" * 40, "a" * 70_000,
    "]", "[", '"', "\\", "%", "'; drop table scim_users; --", "<script>alert(1)</script>", "{{7*7}}", "../../etc/passwd",
    "urn:", "urn:x", "urn:ietf:params:scim:schemas:core:2.0:User", "emails[", "emails[type eq", "a.b.c.d", "members[value",
    "bulkId:one", "bulkId:", "bulkId:two", "*", "💩", "\ud7ff", [], {}, [[]], [None], {"": None}, {"value": {"value": {}}}, [1, "a", {}],
    {"op": "add"}, {"$ref": None, "value": None}, "9999-99-99T99:99:99Z", "2026-01-05T09:00:00Z", "999999999999999999999999",
)  # fmt: skip
"""Values that programs trip over."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_TYPES = (
    None,
    "application/json",
    "text/plain",
    "application/xml",
    "application/scim+json; charset=latin1",
    "x",
    "a/b;c=\x7f",
    "a/b;c=\x7f",
)


def mutated(request: Request, dice: random.Random) -> Request:
    """`request` with one to three things wrong with it."""
    for _ in range(dice.randint(1, 3)):
        request = dice.choice(_MUTATIONS)(request, dice)
    return request


def _body(request: Request, dice: random.Random) -> Request:
    """Another value somewhere in the body."""
    if request.body is None or request.raw is not None:
        return _query(request, dice)
    body = deepcopy(request.body)
    places = list(_places(body))
    if not places:
        return replace(request, body=dice.choice(ODD))
    holder, key = dice.choice(places)
    action = dice.randrange(5)
    if action == 0:
        del holder[key]
    elif action == 1 and isinstance(holder, dict):
        holder[str(dice.choice(ODD))[:300]] = holder.pop(key)
    elif action == 2 and isinstance(holder, list):
        holder.extend([deepcopy(holder[key])] * dice.randint(1, 50))
    elif action == 3:
        holder[key] = [holder[key]] if dice.random() < 0.5 else {"value": holder[key]}
    else:
        holder[key] = dice.choice(ODD)
    return replace(request, body=body)


def _places(value: Any) -> Any:
    """Every (container, key) within a JSON value."""
    listed = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(listed):
        yield value, key
        yield from _places(inner)


def _nested(request: Request, dice: random.Random) -> Request:
    """The body, or a value of it, deep within lists or objects."""
    value: Any = request.body
    for _ in range(dice.choice((5, 30, 80))):
        value = [value] if dice.random() < 0.5 else {"value": value}
    return replace(request, body=value) if request.body is not None else request


def _bytes(request: Request, dice: random.Random) -> Request:
    """Bytes changed, cut off or added."""
    data = bytearray(request.data or b"{}")
    action = dice.randrange(4)
    if action == 0:
        data = data[: dice.randrange(len(data) + 1)]
    elif action == 1:
        data += bytes(dice.randrange(256) for _ in range(dice.randint(1, 20)))
    else:
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
    return replace(request, raw=bytes(data))


def _query(request: Request, dice: random.Random) -> Request:
    names = ("filter", "startIndex", "count", "attributes", "excludedAttributes", "sortBy", "sortOrder", "cursor", "x")
    name, value = dice.choice(names), str(dice.choice(ODD))[:2000]
    text = request.query.get(name, "")
    if text and dice.random() < 0.7:
        place = dice.randrange(len(text))
        value = text[:place] + value[:20] + text[place + dice.randint(0, 5) :]
    return replace(request, query={**request.query, name: value})


def _path(request: Request, dice: random.Random) -> Request:
    parts = request.path.split("/")
    place = dice.randrange(len(parts))
    odd = str(dice.choice(ODD))[:500]
    parts[place : place + 1] = dice.choice(
        ([odd], [parts[place], odd], [], [parts[place].lower()], [parts[place] + ".."])
    )
    return replace(request, path="/".join(("", *(part for part in parts if part))))


def _method(request: Request, dice: random.Random) -> Request:
    return replace(request, method=dice.choice(_METHODS))


def _type(request: Request, dice: random.Random) -> Request:
    return replace(request, content_type=dice.choice(_TYPES))


_MUTATIONS: tuple[Callable[[Request, random.Random], Request], ...] = (
    _body, _body, _body, _body, _nested, _bytes, _query, _query, _path, _method, _type,
)  # fmt: skip
