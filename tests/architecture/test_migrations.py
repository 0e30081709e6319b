"""Migrations make what the program expects, one step at a time, there and back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import URL

from app.core.migrating import SCRIPTS, config, migrate, newest_revision
from tests.support import postgres

REVISIONS = [script.revision for script in reversed(list(ScriptDirectory(str(SCRIPTS)).walk_revisions()))]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> URL:
    """A database without anything in it, of either kind in turn."""
    if request.param == "sqlite":
        return URL.create("sqlite", database=str(tmp_path_factory.mktemp("empty") / "lanyard.db"))
    return postgres.create_database(request.getfixturevalue("postgres_cluster"))


def test_there_is_one_newest_revision_and_the_names_are_in_order() -> None:
    assert len(ScriptDirectory(str(SCRIPTS)).get_heads()) == 1
    assert sorted(REVISIONS) == REVISIONS
    assert newest_revision() == REVISIONS[-1]


def test_the_tables_are_what_the_program_expects(database_url: URL) -> None:
    engine = create_engine(database_url)

    with engine.connect() as connection:
        command.check(config(connection))

    engine.dispose()


def test_each_step_goes_down_and_up_again(database_url: URL) -> None:
    engine = create_engine(database_url)

    for revision in reversed(REVISIONS):
        with engine.begin() as connection:
            command.downgrade(config(connection), "-1")
        with engine.begin() as connection:
            command.upgrade(config(connection), revision)
        with engine.begin() as connection:
            command.downgrade(config(connection), "-1")

    with engine.connect() as connection:
        assert inspect(connection).get_table_names() in ([], ["alembic_version"])
    engine.dispose()


def test_several_nodes_may_start_at_once(empty_url: URL) -> None:
    with ThreadPoolExecutor(4) as nodes:
        outcomes = list(nodes.map(migrate, [empty_url] * 4))

    assert {now for _, now in outcomes} == {newest_revision()}


def test_migrating_again_finds_nothing_to_do(database_url: URL) -> None:
    assert migrate(database_url) == (newest_revision(), newest_revision())
