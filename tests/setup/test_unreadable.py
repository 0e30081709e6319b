"""Requests that hardly are any, before a running server: each is answered in SCIM's words, and the server stays well."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy.engine import URL

from tests.support.server import Server, running

LIMIT = 8 * 1024 * 1024


def chunked(body: bytes) -> bytes:
    """`body` as one chunk, and the end."""
    return f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose kind of database does not matter."""
    folder = tmp_path_factory.mktemp("server")
    with running(URL.create("sqlite", database=str(folder / "lanyard.db")), folder) as server:
        yield server


def say(server: Server, request: bytes) -> tuple[int, str, dict[str, Any]]:
    """What the server answers to these bytes: status, media type, body."""
    address = urlsplit(server.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().splitlines()
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), fields["content-type"], json.loads(body)


def head(server: Server, method: str = "GET", path: str = "/scim/v2/Users", *fields: str) -> bytes:
    token = f"Authorization: Bearer {server.token}"
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: cards.example", token, *fields, "", "")).encode()


@pytest.mark.parametrize(
    ("path", "fields", "status", "reason"),
    [
        pytest.param("/scim/v2/Users?filter=" + "x" * 9000, (), 414, "8190 bytes", id="a request line that is too long"),
        pytest.param("/scim/v2/Users", ("X-Long: " + "x" * 9000,), 431, "8190 bytes", id="a header field that is too long"),
        pytest.param("/scim/v2/Users", tuple(f"X-{number}: x" for number in range(80)), 431, "64 header", id="too many"),
        pytest.param("/scim/v2/Users", ("Expect: wonders",), 417, "100-continue", id="an expectation nobody meets"),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_read(
    server: Server, path: str, fields: tuple[str, ...], status: int, reason: str
) -> None:
    answered, media_type, body = say(server, head(server, "GET", path, *fields))

    assert (answered, media_type) == (status, "application/scim+json; charset=utf-8")
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert body["status"] == str(status)
    assert reason in body["detail"]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        pytest.param(chunked(b'{"use'), 400, "not JSON", id="half an object"),
        pytest.param(b"zz\r\n{}\r\n0\r\n\r\n", 400, "chunks", id="a length that is no number"),
        pytest.param(chunked(b" " * LIMIT), 400, "not JSON", id="as much as is read"),
        pytest.param(chunked(b"{}" + b" " * (LIMIT - 1)), 413, f"maxPayloadSize ({LIMIT} bytes)", id="a byte more"),
    ],
)  # fmt: skip
def test_a_chunked_body(server: Server, body: bytes, status: int, reason: str) -> None:
    fields = ("Content-Type: application/scim+json", "Transfer-Encoding: chunked", "Connection: close")

    answered, media_type, told = say(server, head(server, "POST", "/scim/v2/Users", *fields) + body)

    assert (answered, media_type) == (status, "application/scim+json; charset=utf-8")
    assert reason in told["detail"]


def test_a_chunked_body_within_the_limits_is_read(server: Server) -> None:
    body = iter([b'{"userName": "chunked', b'@nordwind.example"}'])
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/scim+json"}

    answer = requests.post(f"{server.scim_url}/Users", data=body, headers=headers, timeout=20)

    assert answer.status_code == 201
    assert answer.json()["userName"] == "chunked@nordwind.example"


def test_a_body_that_is_shorter_than_it_says_is_refused(server: Server) -> None:
    fields = ("Content-Type: application/scim+json", "Content-Length: 500")

    answered, _, body = say(server, head(server, "POST", "/scim/v2/Users", *fields) + b'{"userName": "half"}')

    assert (answered, body["scimType"]) == (400, "invalidSyntax")
    assert "shorter than its Content-Length" in body["detail"]
