"""A photo server on loopback, and fetchers that a test lets reach it: by their constructor, and in no other way."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.photos.fetching.addresses import is_public
from app.photos.fetching.fetcher import Fetcher
from tests.support.photo_server import HERE, PhotoServer, photo_server

NAME, OTHER = "photos.example", "other.example"


@pytest.fixture(scope="session")
def _serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PhotoServer, ssl.SSLContext]]:
    with photo_server(tmp_path_factory.mktemp("photo server"), NAME, OTHER) as serving:
        yield serving


@pytest.fixture
def photo_host(_serving: tuple[PhotoServer, ssl.SSLContext]) -> PhotoServer:
    """The server of `photos.example` and `other.example`, which has nothing yet."""
    server, _ = _serving
    server.paths.clear()
    server.asked.clear()
    return server


@pytest.fixture
def address(photo_host: PhotoServer) -> Callable[[str], str]:
    """The address of a path at `photos.example`."""
    return lambda path: f"https://{NAME}:{photo_host.server_port}{path}"


@pytest.fixture
def new_fetcher(_serving: tuple[PhotoServer, ssl.SSLContext], photo_host: PhotoServer) -> Callable[..., Fetcher]:
    """A fetcher to which the photo server is on the internet. `hosts` may be fetched from beside it."""

    def make(*hosts: str, **options: Any) -> Fetcher:
        given: dict[str, Any] = {
            "resolver": lambda _host, _port: [HERE],
            "is_allowed": lambda ip: ip == HERE or is_public(ip),
            "tls": _serving[1],
        }
        known = {f"{name}:{photo_host.server_port}" for name in (NAME, OTHER)}
        return Fetcher(frozenset({*known, *hosts}), **{**given, **options})

    return make
