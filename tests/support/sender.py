"""A directory that pushes over SCIM with headers of its own, as each vendor's client does."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from tests.support.client import Client

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Answer(NamedTuple):
    """What came back: the status, and the body as JSON (None when there is none)."""

    status: int
    body: Any


class Sender:
    """Speaks through `client` with `headers` on every request; `media_type` goes with bodies alone."""

    def __init__(self, client: Client, media_type: str = "application/scim+json", **headers: str) -> None:
        self._client = client
        self._headers = {"User_Agent": "", **headers}
        self._media_type = media_type

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        """A request as this directory makes it; `path` with its query as it stands on the wire."""
        headers = self._headers if body is None else {**self._headers, "Content_Type": self._media_type}
        response = self._client.raw(method, path, None if body is None else orjson.dumps(body), **headers)
        assert not response.data or response.content_type == "application/scim+json; charset=utf-8"
        return Answer(response.status_code, orjson.loads(response.data) if response.data else None)

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, body: Any) -> Answer:
        return self.send("POST", path, body)

    def put(self, path: str, body: Any) -> Answer:
        return self.send("PUT", path, body)

    def patch(self, path: str, *operations: dict[str, Any]) -> Answer:
        return self.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    def delete(self, path: str) -> Answer:
        return self.send("DELETE", path)

    def find(self, endpoint: str, filter_text: str, more: str = "") -> list[Any]:
        """What a filter finds, spaces sent as %20."""
        status, body = self.get(f"{endpoint}?filter={quote(filter_text, safe='')}{more}")
        assert status == 200, body
        assert body["totalResults"] == len(body["Resources"])
        return list(body["Resources"])

    def create(self, endpoint: str, body: dict[str, Any]) -> str:
        """The id of what a POST made."""
        status, created = self.post(endpoint, body)
        assert status == 201, created
        return str(created["id"])

    def read(self, path: str) -> dict[str, Any]:
        """A resource as it reads back, without what the server adds."""
        status, body = self.get(path)
        assert status == 200, body
        return {key: value for key, value in body.items() if key not in {"id", "schemas", "meta", "groups"}}

    def members(self, group_id: str) -> set[str]:
        """Who is in a group."""
        return {one["value"] for one in self.get(f"/Groups/{group_id}").body["members"]}
