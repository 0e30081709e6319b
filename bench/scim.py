"""The requests that Entra sends, ready for the wire, in both of its PATCH dialects (see docs/entra-setup.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import orjson

from app.rehearsal.dialects import Dialect, patch_body
from bench.wire import Request, request
from bench.worlds import person

PREFIX = "/scim/v2"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Sender:
    """Builds requests that carry one organization's token."""

    def __init__(self, token: str) -> None:
        self._headers = f"Authorization: Bearer {token}\r\nAccept: application/scim+json\r\n"

    def look_up(self, kind: str, attribute: str, value: str, *, found: bool, more: str = "") -> Request:
        """`attribute eq "value"`, as before every change."""
        asked = quote(f'{attribute} eq "{value}"')
        target = f"/{kind}?filter={asked}{more}"
        return self.get(target, holds=f'"totalResults":{int(found)}'.encode())

    def get(self, target: str, *, holds: bytes = b"") -> Request:
        """A read of what stands at `target`, below the prefix."""
        return request("GET", PREFIX + target, headers=self._headers, holds=holds)

    def page(self, cursor: str, count: int) -> Request:
        """The users behind a cursor, the first ones for an empty one; a full page of them."""
        return self.get(f"/Users?cursor={quote(cursor)}&count={count}", holds=b'"itemsPerPage":%d' % count)

    def create(self, number: int) -> Request:
        """The user with this number."""
        return self._sent("POST", "/Users", person(number), 201, b'"id":')

    def create_group(self, name: str, external_id: str) -> Request:
        """A group without members; Entra adds those afterwards."""
        body = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": name,
            "externalId": external_id,
        }
        return self._sent("POST", "/Groups", body, 201, b'"id":')

    def merged(self, user_id: str, number: int) -> Request:
        """Several plain attributes in one operation without a path, as the new dialect writes them."""
        values = {
            "displayName": f"Given Family {number}",
            "title": f"Title {number}",
            "name.familyName": f"Family {number}",
            f"{ENTERPRISE}:department": f"Department {number}",
        }
        return self._patch(f"/Users/{user_id}", [{"op": "replace", "value": values}], f"Title {number}")

    def six_paths(self, user_id: str, number: int) -> Request:
        """Six operations with a path each, two of them filtered, as the old dialect writes them."""
        paths = {
            "displayName": f"Given Family {number}",
            "title": f"Title {number}",
            "name.givenName": f"Given {number}",
            'emails[type eq "work"].value': f"mail{number}@bench.example",
            'phoneNumbers[type eq "mobile"].value': f"+4178{number % 10**7:07}",
            f"{ENTERPRISE}:department": f"Department {number}",
        }
        operations = [{"op": "Replace", "path": path, "value": value} for path, value in paths.items()]
        return self._patch(f"/Users/{user_id}", operations, f"Title {number}")

    def active(self, user_id: str, value: bool) -> Request:
        """A leaver, or one who comes back, in the old dialect: the boolean is a text."""
        operations = [{"op": "Replace", "path": "active", "value": str(value)}]
        return self._patch(f"/Users/{user_id}", operations, f'"active":{str(value).lower()}')

    def delete(self, user_id: str) -> Request:
        """The end of a user."""
        return request("DELETE", f"{PREFIX}/Users/{user_id}", headers=self._headers, status=204)

    def add(self, group_id: str, members: Sequence[str], dialect: Dialect) -> Request:
        """Members more."""
        return self._patch(f"/Groups/{group_id}", dialect.add_members(members))

    def remove(self, group_id: str, members: Sequence[str], dialect: Dialect) -> Request:
        """Members less."""
        return self._patch(f"/Groups/{group_id}", dialect.remove_members(members))

    def _patch(self, target: str, operations: list[dict[str, Any]], holds: str | None = None) -> Request:
        body = patch_body(operations)
        if holds is None:  # groups answer nothing
            return self._sent("PATCH", target, body, 204)
        return self._sent("PATCH", target, body, 200, holds.encode())

    def _sent(self, method: str, target: str, body: Mapping[str, Any], status: int, holds: bytes = b"") -> Request:
        headers = self._headers + "Content-Type: application/scim+json\r\n"
        return request(method, PREFIX + target, orjson.dumps(body), headers=headers, status=status, holds=holds)
