"""A SCIM client in the words of the tests."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import orjson
from flask import Flask
from werkzeug.test import TestResponse

MEDIA_TYPE = "application/scim+json; charset=utf-8"
PREFIX = "/scim/v2"
PAGES = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
"""What browsers accept when they go to a page."""


class Client:
    """Sends requests the way directories do: JSON bodies, no Content-Type where there is no body."""

    def __init__(self, app: Flask, token: str) -> None:
        self._http = app.test_client(use_cookies=False)
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: str) -> TestResponse:
        return self._http.get(PREFIX + path, query_string=query, headers=self._headers)

    def post(self, path: str, body: Any) -> TestResponse:
        return self._send("POST", path, body)

    def put(self, path: str, body: Any) -> TestResponse:
        return self._send("PUT", path, body)

    def patch(self, path: str, *operations: dict[str, Any]) -> TestResponse:
        schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
        return self._send("PATCH", path, {"schemas": schemas, "Operations": list(operations)})

    def delete(self, path: str) -> TestResponse:
        return self._http.delete(PREFIX + path, headers=self._headers)

    def raw(self, method: str, path: str, data: bytes | None = None, **headers: str) -> TestResponse:
        """A request as it is, with the token; `Content_Type="…"` names a header."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._http.open(PREFIX + path, method=method, data=data, headers={**self._headers, **named})

    def in_chunks(self, method: str, path: str, data: bytes) -> TestResponse:
        """A request whose body does not say how long it is, as the server passes it on (RFC 9112 §7.1)."""
        return self._http.open(
            PREFIX + path,
            method=method,
            input_stream=BytesIO(data),
            content_type=MEDIA_TYPE,
            headers={**self._headers, "Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        )

    def create_user(self, user_name: str, **attributes: Any) -> Any:
        """The new user as the server answers it."""
        return self._created("/Users", {"userName": user_name, **attributes})

    def create_group(self, display_name: str, *member_ids: str, **attributes: Any) -> Any:
        """The new group as the server answers it."""
        members = [{"value": member_id} for member_id in member_ids]
        return self._created("/Groups", {"displayName": display_name, "members": members, **attributes})

    def _created(self, path: str, body: dict[str, Any]) -> Any:
        response = self.post(path, body)
        assert response.status_code == 201, response.text
        return response.get_json(force=True)

    def _send(self, method: str, path: str, body: Any) -> TestResponse:
        return self._http.open(
            PREFIX + path,
            method=method,
            data=orjson.dumps(body),
            content_type=MEDIA_TYPE,
            headers=self._headers,
        )
