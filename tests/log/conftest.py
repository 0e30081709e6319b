"""The provisioning log as an administrator reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import URL

from app.cli import main
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.cards.conftest import Company

CARDS = """
    templates: [{name: Sales, general: {title: {sync: always}}}, {name: Wardens}]
    bindings:
      - {group: "Cards - Sales", template: Sales}
      - {group: "Cards - Wardens", template: Wardens}
    """


class Log:
    """Reads the log by the command."""

    def __init__(self, url: URL, slug: str) -> None:
        self.url = url
        self._env = {"DATABASE_URL": url.render_as_string(hide_password=False)}
        self._slug = slug

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--org", self._slug], env=self._env)

    def json(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def set(self, *assignments: str) -> None:
        """`lanyard org set nordwind KEY=VALUE …`."""
        result = CliRunner().invoke(main, ["org", "set", self._slug, *assignments], env=self._env)
        assert result.exit_code == 0, result.output

    def rows(self, *options: str) -> list[dict[str, Any]]:
        """The rows, newest last."""
        return list(self.json("log", *options))

    def sentences(self, *options: str) -> list[str]:
        return [row["sentence"] for row in self.rows(*options)]


@pytest.fixture
def log(database_url: URL, organization: Organization) -> Log:
    """The log of the organization `nordwind`."""
    return Log(database_url, organization.slug)


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    """The organization, with templates for two groups that are not there yet."""
    company = Company(database, organization.id)
    company.apply(CARDS)
    return company
