"""Connections that stay open between requests, as directories use them."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests.support.server import Server


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        pytest.param("PATCH", "/Users", True, 405, id="no such method"),
        pytest.param("POST", "/Robots", True, 404, id="no such endpoint"),
        pytest.param("PUT", "/Groups/nobody", False, 401, id="no token"),
        pytest.param("DELETE", "/Groups/nobody", True, 404, id="a body nobody asked for"),
    ],
)
@pytest.mark.parametrize("kilobytes", [1, 100, 2_000])
def test_a_refused_request_with_a_long_body_leaves_the_connection_usable(
    server: Server, method: str, path: str, token: bool, status: int, kilobytes: int
) -> None:
    parts = urlsplit(server.scim_url)
    headers = {"Content-Type": "application/scim+json"}
    known = {"Authorization": f"Bearer {server.token}"}

    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)) as connection:
        connection.request(method, parts.path + path, b" " * 1024 * kilobytes, headers | (known if token else {}))
        refused = connection.getresponse()
        refused.read()
        connection.request("GET", f"{parts.path}/ServiceProviderConfig", headers=known)
        next_answer = connection.getresponse()
        next_answer.read()

    assert (refused.status, next_answer.status) == (status, 200)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        pytest.param("GET /scim/v2/Users?filter=" + "a" * 9000 + " HTTP/1.1\r\n\r\n", 414, id="an address that is too long"),
        pytest.param("GET /scim/v2/Users HTTP/1.1\r\n" + "X: y\r\n" * 100 + "\r\n", 431, id="too many header fields"),
        pytest.param("GET /scim/v2/Users HTTP/1.1\r\nContent-Type: a\x7f\r\n\r\n", 400, id="a control character in a field"),
        pytest.param("POST /scim/v2/Users HTTP/1.1\r\nTransfer-Encoding: rot13\r\n\r\n", 501, id="an unknown coding"),
        pytest.param("hello\r\n\r\n", 400, id="something else altogether"),
    ],
)  # fmt: skip
def test_what_is_no_http_is_answered_as_a_scim_error(server: Server, head: str, status: int) -> None:
    parts = urlsplit(server.scim_url)

    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as connection:
        connection.sendall(head.encode("latin-1"))
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        body = json.loads(answer.read())

    assert (answer.status, body["status"]) == (status, str(status))
    assert answer.headers["Content-Type"] == "application/scim+json; charset=utf-8"
    assert body["detail"].startswith("This is no lawful HTTP request: ")
