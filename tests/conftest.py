"""What tests may ask for: a migrated database of either kind, an organization, the application, a running server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import pytest
import structlog
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.engine import URL, make_url

from app import create_app
from app.auth import tokens
from app.core.ids import new_id
from app.core.migrating import migrate
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory import organizations
from app.directory.organizations import Organization
from app.wiring import HANDLERS
from tests.support import compiled, postgres
from tests.support.browser import chromium
from tests.support.client import Client
from tests.support.loopback import keep_to_loopback
from tests.support.server import Server, running

REQUIRE_ALL = any(os.environ.get(name, "").lower() in {"1", "true"} for name in ("CI", "LANYARD_TEST_REQUIRE_ALL"))
"""Where everything must be tested, a missing PostgreSQL or browser is an error and not a reason to skip."""

KINDS = ("sqlite", "postgresql")

FIRST = ("setup", "flows", "console", "sign_in", "e2e", "nodes", "storms", "conformance", "jobs", "rehearsal", "graph")
"""Folders whose tests start processes and browsers."""

# `make test` tries the same examples each time, `make test-long` others and more; how long one takes says nothing.
hypothesis.settings.register_profile("short", deadline=None, derandomize=True)
hypothesis.settings.register_profile("long", deadline=None, derandomize=False, max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))

keep_to_loopback()
compiled.share_statements()
compiled.share_routes()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders whose modules take minutes: one at the end would keep all processors but one idle."""
    rank = {folder: place for place, folder in enumerate(FIRST)}
    items.sort(key=lambda item: rank.get(item.path.parent.name, len(rank)))


def missing(error: FileNotFoundError) -> NoReturn:
    """Skip, visibly, for want of what `error` names; fail where everything must be tested."""
    if REQUIRE_ALL:
        raise error
    pytest.skip(str(error))


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """A test that says where the log goes, as a command does, says it for itself alone."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database to copy from."""
    path = tmp_path_factory.mktemp("template") / "lanyard.db"
    migrate(make_url(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[URL]:
    """The maintenance database of a PostgreSQL cluster; tests are skipped, visibly, where there is none."""
    try:
        with postgres.cluster() as url:
            yield url
    except FileNotFoundError as error:
        missing(error)


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: URL) -> str:
    """The name of a migrated, empty PostgreSQL database to copy from."""
    url = postgres.create_database(postgres_cluster)
    migrate(url)
    assert url.database is not None
    return url.database


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Callable[[str], URL]:
    """Makes a migrated, empty database of the kind that is named."""

    def make(kind: str) -> URL:
        if kind == "sqlite":
            path = tmp_path_factory.mktemp("sqlite") / "lanyard.db"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            return make_url(f"sqlite:///{path}")
        return postgres.create_database(
            request.getfixturevalue("postgres_cluster"), request.getfixturevalue("postgres_template")
        )

    return make


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, new_database: Callable[[str], URL]) -> Iterator[URL]:
    """A migrated, empty database for one test, of either kind in turn."""
    url = new_database(request.param)
    cluster = request.getfixturevalue("postgres_cluster") if request.param == "postgresql" else None
    yield url
    if cluster is not None:
        postgres.drop_database(cluster, url)


@pytest.fixture
def database(database_url: URL) -> Iterator[Database]:
    """The database as the application uses it, with all handlers."""
    database = Database(database_url, HANDLERS)
    yield database
    database.close()


@pytest.fixture
def new_organization(database: Database) -> Callable[..., Organization]:
    """Makes an organization: new_organization("nordwind", seat_limit=3)."""

    def make(slug: str, **options: Any) -> Organization:
        organization_id = new_id()
        return database.write(
            lambda tx: organizations.create(tx, organization_id, slug, **options),
            organization_id=organization_id,
            actor="cli",
        )

    return make


@pytest.fixture
def organization(new_organization: Callable[..., Organization]) -> Organization:
    """The organization `nordwind`."""
    return new_organization("nordwind", name="Nordwind AG", phone_region="CH")


@pytest.fixture
def app(database_url: URL, tmp_path: Path) -> Iterator[Flask]:
    """The web application on the test's database."""
    app = create_app(Settings(database_url=database_url, data_dir=tmp_path, public_url="https://cards.example"))
    app.jinja_env.bytecode_cache = compiled.TEMPLATES
    yield app
    app.extensions["lanyard.chores"].end()
    app.extensions["lanyard.database"].close()


@pytest.fixture
def new_token(database: Database) -> Callable[..., str]:
    """Makes a token: new_token(organization, "Entra")."""

    def make(organization: Organization, name: str = "Entra", **options: Any) -> str:
        return database.write(
            lambda tx: tokens.create(tx, name, **options), organization_id=organization.id, actor="cli"
        )

    return make


@pytest.fixture
def client(app: Flask, organization: Organization, new_token: Callable[..., str]) -> Client:
    """Speaks SCIM to the application in the name of `organization`, as a directory would."""
    return Client(app, new_token(organization))


@pytest.fixture(scope="module", params=KINDS)
def server(
    request: pytest.FixtureRequest, new_database: Callable[[str], URL], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server in processes of its own, on either kind of database in turn; one for each module."""
    with running(new_database(request.param), tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; tests are skipped, visibly, where there is none."""
    try:
        with chromium() as started:
            yield started
    except FileNotFoundError as error:
        missing(error)
