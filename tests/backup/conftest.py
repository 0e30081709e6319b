"""Two installations: one with people, cards and photos, and one that is made of its backup."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.engine import URL

from app import create_app
from app.cli import main
from app.core.backup.files import Files
from app.core.db import create_engine, metadata
from app.core.settings import Settings
from app.core.stores import FolderStore
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.photos import stored
from app.photos.preparing import FOLDER
from tests.cards.conftest import Company
from tests.photos.conftest import pushed
from tests.support import postgres
from tests.support.photos import prepare
from tests.support.server import free_port

KEY = "k" * 44
CARDS = """
    templates: [{name: Sales, photo: {sync: always}, general: {name: {sync: always}, title: {sync: always}}}]
    bindings: [{group: "Cards - Sales", template: Sales}]
    """


@dataclass
class Place:
    """A database and a data folder, and the command line that works on them."""

    url: URL
    folder: Path

    @property
    def photos(self) -> Path:
        return self.folder / FOLDER

    def files(self) -> dict[str, bytes]:
        """Every file of a photo by its place."""
        found = (path for path in self.photos.rglob("*") if path.is_file())
        return {str(path.relative_to(self.photos)): path.read_bytes() for path in found}

    def run(self, *arguments: str | Path, code: int = 0, **over: str) -> Result:
        """`lanyard …`; it must end with `code`."""
        environment = {
            "DATABASE_URL": self.url.render_as_string(hide_password=False),
            "LANYARD_DATA_DIR": str(self.folder),
            "LANYARD_PUBLIC_URL": "https://cards.example",
            "LANYARD_BIND": f"127.0.0.1:{free_port()}",
            **over,
        }
        done = CliRunner().invoke(main, [str(one) for one in arguments], env=environment)
        assert done.exit_code == code, done.output
        return done

    def json(self, *arguments: str | Path, code: int = 0, **over: str) -> Any:
        """What `lanyard … --json` prints."""
        return json.loads(self.run(*arguments, "--json", code=code, **over).stdout)

    def refused(self, *arguments: str | Path, **over: str) -> str:
        """The sentence with which `lanyard …` refuses."""
        return self.run(*arguments, code=1, **over).stderr.strip().removeprefix("Error: ")

    def rows(self) -> dict[str, list[Any]]:
        """Everything that is in the database, by table, in an order of its own."""
        engine = create_engine(self.url, reading=True)
        with engine.connect() as connection:
            found = {
                table.name: sorted((dict(row._mapping) for row in connection.execute(select(table))), key=repr)
                for table in metadata.sorted_tables
            }
        engine.dispose()
        return found

    def app(self) -> Flask:
        """The web application on it, to be closed by whoever asked."""
        return create_app(Settings(database_url=self.url, data_dir=self.folder, public_url="https://cards.example"))


@pytest.fixture
def source(database_url: URL, tmp_path: Path) -> Place:
    """The installation that backups are taken of; its folder is that of the fixture `app`."""
    return Place(database_url, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An installation with nothing in it, of either kind in turn."""
    folder = tmp_path_factory.mktemp("target")
    if request.param == "sqlite":
        yield Place(URL.create("sqlite", database=str(folder / "lanyard.db")), folder)
        return
    cluster = request.getfixturevalue("postgres_cluster")
    url = postgres.create_database(cluster)
    yield Place(url, folder)
    postgres.drop_database(cluster, url)


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An installation with nothing in it, not even a database."""
    folder = tmp_path_factory.mktemp("empty")
    return Place(URL.create("sqlite", database=str(folder / "lanyard.db")), folder)


@pytest.fixture
def nordwind(database: Database, organization: Organization, app: Flask) -> Company:
    """The organization `nordwind`: three people, two with cards, one with a photo."""
    company = Company(database, organization.id)
    company.apply(CARDS)
    company.hire("ines", displayName="Ines JONES", title="CFO", photos=pushed("red"))
    company.hire("nora", "tom")
    company.group("Cards - Sales", "ines", "nora")
    prepare(app)
    return company


@pytest.fixture
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a backup may be written."""
    return tmp_path_factory.mktemp("backups") / "nordwind.lanyard"


@pytest.fixture
def backup(source: Place, nordwind: Company, file: Path) -> Path:
    """A backup of `source`."""
    source.run("backup", file)
    return file


def files_of(place: Place) -> Files:
    """The files of photos of a place."""
    return Files(FolderStore(place.photos), stored.PLACES, stored.content_type)


def mode_of(path: Path) -> int:
    """Who may do what with a file."""
    return os.stat(path).st_mode & 0o777
