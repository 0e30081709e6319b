"""Migrations make what the program expects, one step at a time, there and back, with rows in the tables."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import URL, make_url

from app.core import migrating
from app.core.errors import ConfigError, Refused, Unavailable
from app.core.migrating import SCRIPTS, config, create_engine, ensure_migrated, migrate, newest_revision
from tests.support import postgres
from tests.support.rows import counts, fill, tables

REVISIONS = [script.revision for script in reversed(list(ScriptDirectory(str(SCRIPTS)).walk_revisions()))]

MADE_FROM_OTHERS = {"template_versions"}
"""Tables that a step fills from the rows of others."""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """A database without anything in it, of either kind in turn."""
    if request.param == "sqlite":
        return URL.create("sqlite", database=str(tmp_path / "lanyard.db"))
    return postgres.create_database(request.getfixturevalue("postgres_cluster"))


@pytest.fixture
def empty(empty_url: URL) -> Iterator[Engine]:
    """An engine for migrations on the empty database."""
    engine = create_engine(empty_url)
    yield engine
    engine.dispose()


@pytest.fixture
def migrated(database_url: URL) -> Iterator[Engine]:
    """An engine for migrations on a database that is up to date."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def test_there_is_one_newest_revision_and_the_names_are_in_order() -> None:
    files = sorted(path.name for path in (SCRIPTS / "versions").glob("*.py"))

    assert len(ScriptDirectory(str(SCRIPTS)).get_heads()) == 1
    assert sorted(REVISIONS) == REVISIONS
    assert newest_revision() == REVISIONS[-1]
    assert [name.partition("_")[0] for name in files] == REVISIONS


def test_the_tables_are_what_the_program_expects(migrated: Engine) -> None:
    with migrated.connect() as connection:
        command.check(config(connection))


def test_each_step_goes_down_and_up_again_and_keeps_the_rows_of_what_stays(empty: Engine) -> None:
    for revision in REVISIONS:
        with empty.begin() as connection:
            command.upgrade(config(connection), revision)
            fill(connection)
            before = counts(connection)
        with empty.begin() as connection:
            command.downgrade(config(connection), "-1")
            stayed = {table.name for table in tables(connection)}
        with empty.begin() as connection:
            command.upgrade(config(connection), revision)
            after = counts(connection)

        assert before
        assert set(before.values()) == {1}
        assert after == {name: int(name in stayed | MADE_FROM_OTHERS) for name in before}


def test_the_present_version_of_each_template_is_kept_with_who_made_it(empty: Engine) -> None:
    before = ScriptDirectory(str(SCRIPTS)).get_revision("0009").down_revision
    with empty.begin() as connection:
        command.upgrade(config(connection), str(before))
        fill(connection)
        connection.execute(
            text(
                "INSERT INTO templates (organization_id, id, name, name_key, layout, has_once, version, created_at,"
                " modified_at) SELECT organization_id, 'y', 'y', 'y', layout, has_once, 7, created_at, :later"
                " FROM templates"
            ),
            {"later": "2026-11-25 12:00:00+00:00"},
        )

    with empty.begin() as connection:
        command.upgrade(config(connection), "0009")
        kept = connection.execute(
            text("SELECT template_id, version, name, actor, request_id FROM template_versions ORDER BY template_id")
        ).all()

    # The audit log's only line is about x, at the moment of its last change; of y it knows nothing.
    assert kept == [("x", 1, "x", "x", "x"), ("y", 7, "y", "system", None)]


def test_all_the_way_down_nothing_is_left_and_it_comes_up_again(migrated: Engine) -> None:
    with migrated.begin() as connection:
        fill(connection)
    with migrated.begin() as connection:
        command.downgrade(config(connection), "base")
    with migrated.connect() as connection:
        left = inspect(connection).get_table_names()
    with migrated.begin() as connection:
        command.upgrade(config(connection), "head")

    assert left == ["alembic_version"]
    with migrated.connect() as connection:
        command.check(config(connection))


BREAKING = """
from alembic import op
revision = "9999"
down_revision = "{newest}"
def upgrade():
    op.execute("CREATE TABLE half (id INTEGER)")
    op.execute("UPDATE people SET directory_key = 'changed'")
    op.execute("INSERT INTO nowhere VALUES (1)")
"""


def with_a_breaking_step(connection_config: Config, folder: Path) -> Config:
    """The same configuration with one more step, which fails after it has changed things."""
    scripts = shutil.copytree(SCRIPTS, folder / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9999_break.py").write_text(BREAKING.format(newest=newest_revision()))
    connection_config.set_main_option("script_location", str(scripts))
    return connection_config


def test_a_step_that_fails_leaves_everything_as_it_was(migrated: Engine, tmp_path: Path) -> None:
    with migrated.begin() as connection:
        fill(connection)
        before = connection.execute(text("SELECT * FROM people")).all()

    with pytest.raises(Exception, match="nowhere"), migrated.begin() as connection:
        command.upgrade(with_a_breaking_step(config(connection), tmp_path), "head")

    with migrated.connect() as connection:
        assert connection.execute(text("SELECT * FROM people")).all() == before
        assert "half" not in inspect(connection).get_table_names()
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == newest_revision()


def test_several_nodes_may_start_at_once(empty_url: URL) -> None:
    with ThreadPoolExecutor(4) as nodes:
        outcomes = list(nodes.map(migrate, [empty_url] * 4))

    assert sorted(str(before) for before, _ in outcomes) == sorted(["None", *[newest_revision()] * 3])
    assert {now for _, now in outcomes} == {newest_revision()}


@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_another_node_that_migrates_is_waited_for_whatever_limit_the_administrator_sets(
    empty_url: URL, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "LOCK_ATTEMPTS", 1)
    postgres.administer(empty_url, f'ALTER DATABASE "{empty_url.database}" SET {limit} = 100')
    engine = create_engine(empty_url)
    with ThreadPoolExecutor(1) as node, engine.begin() as other:
        migrating._wait_for_turn(other)
        waiting = node.submit(migrate, empty_url)
        time.sleep(0.5)
        other.commit()

        assert waiting.result() == (None, newest_revision())
    engine.dispose()


@pytest.fixture
def not_quite_new(empty_url: URL) -> URL:
    """A database that the last step is missing from."""
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        command.upgrade(config(connection), REVISIONS[-2])
    engine.dispose()
    return empty_url


@contextmanager
def in_use(url: URL) -> Iterator[Connection]:
    """A transaction holds a table that every step changes, and goes on."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE alembic_version IN SHARE MODE"))
        yield connection
    engine.dispose()


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_a_step_that_cannot_get_its_table_lets_others_pass_and_then_gives_up(
    not_quite_new: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "LOCK_ATTEMPTS", 2)
    monkeypatch.setattr(migrating, "PAUSE_SECONDS", 0.1)

    with in_use(not_quite_new), pytest.raises(Unavailable, match="a table that it takes is in use all the time"):
        migrate(not_quite_new)

    assert migrate(not_quite_new) == (REVISIONS[-2], REVISIONS[-1])


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_a_step_that_gets_its_table_at_a_later_attempt_is_done(
    not_quite_new: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_use(not_quite_new) as reading:
        monkeypatch.setattr("time.sleep", lambda _: reading.commit())

        done = migrate(not_quite_new)

    assert done == (REVISIONS[-2], REVISIONS[-1])


def test_migrating_again_finds_nothing_to_do(database_url: URL) -> None:
    assert migrate(database_url) == (newest_revision(), newest_revision())


def test_a_database_that_was_not_migrated_is_refused_with_what_to_do(empty_url: URL) -> None:
    with pytest.raises(Refused, match="`lanyard migrate`"):
        ensure_migrated(empty_url)

    migrate(empty_url)
    ensure_migrated(empty_url)


def test_a_database_of_a_newer_program_is_served_and_not_migrated(migrated: Engine) -> None:
    with migrated.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    ensure_migrated(migrated.url)
    with pytest.raises(Refused, match="revision 9999, which this version of Lanyard does not know"):
        migrate(migrated.url)


@pytest.mark.parametrize(
    ("address", "error", "sentence"),
    [
        pytest.param("sqlite:////proc/lanyard/lanyard.db", ConfigError, "folder /proc/lanyard cannot", id="no folder"),
        pytest.param("sqlite:////proc/version", ConfigError, "folder /proc cannot be written", id="no lock file"),
        pytest.param("postgresql+psycopg://u@127.0.0.1:1/x", Unavailable, "127.0.0.1:1/x cannot be used: ", id="away"),
    ],
)
def test_a_database_that_cannot_be_had_is_named(address: str, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence) as raised:
        migrate(make_url(address))

    assert "\n" not in str(raised.value)


def test_past_user_names_are_what_the_log_still_knows(empty: Engine) -> None:
    [names] = [one for one in ScriptDirectory(str(SCRIPTS)).walk_revisions() if "keep_names" in one.path]
    tombstone = f"{'5f1e9c0b7a6d4e3f' * 2}anna@x"
    pushed = [("1", "anna@x", 200), ("2", tombstone, 204), ("3", "refused@x", 409), ("4", None, 200), ("5", "b@x", 204)]
    with empty.begin() as connection:
        command.upgrade(config(connection), str(names.down_revision))
        fill(connection)
        for row_id, past_name, status in pushed:
            connection.execute(
                text(
                    "INSERT INTO provisioning_log (organization_id, id, at, actor, request_id, person_id, sentence,"
                    " past_name_key, status) SELECT organization_id, :id, at, actor, request_id, person_id, sentence,"
                    " :name, :status FROM provisioning_log WHERE id = 'x'"
                ),
                {"id": row_id, "name": past_name, "status": status},
            )

    with empty.begin() as connection:
        command.upgrade(config(connection), names.revision)
        kept = connection.execute(
            text("SELECT user_name, user_name_key, person_id FROM past_user_names ORDER BY id")
        ).all()

    assert kept == [("anna@x", "anna@x", "x"), ("b@x", "b@x", "x")]
