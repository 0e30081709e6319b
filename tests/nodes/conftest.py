"""Two nodes on one PostgreSQL behind a balancer, as docs/operations.md has it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from app.core.migrating import migrate
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.wiring import HANDLERS
from tests.auth_oauth.issuer import TENANT
from tests.conftest import missing
from tests.sign_in.openid import CLIENT, SECRET, Provider, provider
from tests.support import postgres
from tests.support.balancer import balancer
from tests.support.nodes import Node
from tests.support.postgres import Cluster
from tests.support.server import environment_of, free_port, run_lanyard

DRAIN_SECONDS = 5


@dataclass
class Site:
    """An installation of two nodes, with the organization `nordwind` and its provider of sign-in."""

    front: str
    """Where everybody goes."""
    nodes: tuple[Node, Node]
    cluster: Cluster
    url: URL
    openid: Provider
    token: str
    folder: Path

    @property
    def settings(self) -> Settings:
        """What the nodes run with, as far as their database goes."""
        return Settings(self.url, self.folder)

    def lanyard(self, *arguments: str, stdin: str = "") -> str:
        """What a command prints, on the first node's machine."""
        return run_lanyard(self.nodes[0].environment, *arguments, stdin=stdin)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """It runs, background work included; ended afterwards."""
    folder = tmp_path_factory.mktemp("site")
    front = f"127.0.0.1:{free_port()}"
    try:
        with ExitStack() as stack:
            cluster = stack.enter_context(postgres.own_cluster())
            url = postgres.create_database(cluster.url)
            migrate(url)
            shared = {
                "LANYARD_PUBLIC_URL": f"http://{front}",
                "LANYARD_SECRET_KEY": secrets.token_urlsafe(32),
                "LANYARD_PHOTO_STORE": str(folder / "photos"),
                "LANYARD_DRAIN_SECONDS": str(DRAIN_SECONDS),
                "LANYARD_JOBS": "on",
            }
            nodes = tuple(Node(_environment(url, folder / name, shared), folder / f"{name}.log") for name in "ab")
            for node in nodes:
                node.start()
                stack.callback(node.end)
            addresses = tuple(node.environment["LANYARD_BIND"] for node in nodes)
            stack.enter_context(balancer(front, (addresses[0], addresses[1]), folder / "balancer.log"))
            openid = stack.enter_context(provider())
            made = Site(f"http://{front}", (nodes[0], nodes[1]), cluster, url, openid, "", folder)
            _set_up(made)
            yield made
    except FileNotFoundError as error:
        missing(error)


def _environment(url: URL, folder: Path, shared: dict[str, str]) -> dict[str, str]:
    folder.mkdir()
    return environment_of(url, folder) | shared


def _set_up(site: Site) -> None:
    site.lanyard("org", "create", "nordwind", "--name", "Nordwind AG")
    site.token = site.lanyard("token", "create", "--org", "nordwind", "--name", "Entra").strip()
    site.lanyard(
        "sso", "set", "--org", "nordwind", "--issuer", site.openid.issuer, "--client-id", CLIENT,
        "--tenant-id", TENANT, "--client-secret-file", "-", stdin=SECRET,
    )  # fmt: skip


@pytest.fixture
def database(site: Site) -> Iterator[Database]:
    """The database as the nodes see it."""
    with closing(Database(site.url, HANDLERS)) as opened:
        yield opened
