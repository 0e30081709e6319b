"""Statements that come again: prepared, they give and raise what SQLAlchemy does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError, InvalidRequestError

from app.core.db import Document, Json, Timestamp, create_engine
from app.core.prepared import Rows, execute, together

THINGS = Table(
    "things",
    MetaData(),
    Column("id", String(36), primary_key=True),
    Column("number", Integer),
    Column("share", Float),
    Column("open", Boolean),
    Column("at", Timestamp),
    Column("searched", Json),
    Column("kept", Document),
)
NOON = datetime(2026, 5, 4, 12, 0, 0, 120_000, tzinfo=UTC)
ONE: dict[str, Any] = {
    "id": "one",
    "number": 7,
    "share": 0.5,
    "open": True,
    "at": NOON,
    "searched": {"b": [1, None], "a": "ü"},
    "kept": {"z": 1, "a": [{}]},
}
NOTHING: dict[str, Any] = {**dict.fromkeys(ONE), "id": "nothing"}
AGAIN = 3
"""How often a statement is run to see it run as ever, prepared, and as prepared before."""


@pytest.fixture
def connection(database_url: URL) -> Iterator[Connection]:
    engine = create_engine(database_url, reading=False)
    with engine.begin() as made:
        THINGS.create(made)
        made.execute(insert(THINGS), [ONE, NOTHING])
    with engine.connect() as connected:
        yield connected
    engine.dispose()


@contextmanager
def listening(connection: Connection) -> Iterator[list[str]]:
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    event.listen(connection, "before_cursor_execute", hear)
    yield heard
    event.remove(connection, "before_cursor_execute", hear)


def test_values_of_every_kind_come_back_as_they_went_in(connection: Connection) -> None:
    statement = select(THINGS).where(THINGS.c.id == bindparam("wanted"))

    found = [execute(connection, statement, {"wanted": each["id"]}).one() for each in [ONE, NOTHING] * AGAIN]

    assert [dict(row._mapping) for row in found] == [ONE, NOTHING] * AGAIN


def test_what_comes_again_is_prepared(connection: Connection) -> None:
    statement = select(THINGS.c.id).order_by(THINGS.c.id)

    found = [execute(connection, statement, None) for _ in range(AGAIN)]

    assert [isinstance(each, Rows) for each in found] == [False, True, True]
    assert [each.scalars().all() for each in found] == [["nothing", "one"]] * AGAIN


@pytest.mark.parametrize("wanted", [["one"], ["nobody"], ["one", "nothing"], []], ids=["one", "nobody", "two", "none"])
def test_lists_of_any_length_are_looked_for(connection: Connection, wanted: list[str]) -> None:
    among = THINGS.c.id.in_(bindparam("wanted", expanding=True))
    statement = select(THINGS.c.id).where(among, THINGS.c.id.in_(["one", "nothing", "else"])).order_by(THINGS.c.id)

    found = [execute(connection, statement, {"wanted": wanted}).scalars().all() for _ in range(AGAIN)]

    assert found == [sorted(set(wanted) - {"nobody"})] * AGAIN


def test_rows_that_are_written_are_counted(connection: Connection) -> None:
    change = update(THINGS).where(THINGS.c.id == bindparam("wanted"))
    forget = delete(THINGS).where(THINGS.c.number > bindparam("most")).returning(THINGS.c.id)

    changed = [execute(connection, change, {"wanted": "one", "number": number}).rowcount for number in (8, 9, 10)]
    missed = execute(connection, change, {"wanted": "nobody", "number": 1}).rowcount
    forgotten = [execute(connection, forget, {"most": most}).scalars().all() for most in (10, 11, 9, 0)]

    assert (changed, missed) == ([1, 1, 1], 0)
    assert forgotten == [[], [], ["one"], []]


def test_many_rows_are_written_and_counted(connection: Connection) -> None:
    add, look = insert(THINGS), select(THINGS.c.id, THINGS.c.searched, THINGS.c.at).order_by(THINGS.c.number)
    change = update(THINGS).where(THINGS.c.id == bindparam("wanted"))
    forget = delete(THINGS).where(THINGS.c.id == bindparam("wanted"))
    with connection.begin():
        execute(connection, forget, [{"wanted": "one"}, {"wanted": "nothing"}])

    counted = []
    for turn in range(AGAIN):
        names = [f"{turn} {place}" for place in range(3)]
        with connection.begin():
            execute(connection, add, [{**ONE, "id": name, "number": -1} for name in names])
            renumbered = [{"wanted": name, "number": place} for place, name in enumerate(names)]
            counted.append(execute(connection, change, renumbered).rowcount)
            found = execute(connection, look, None).all()
            gone = [{"wanted": name} for name in (*names, "nobody")]
            counted.append(execute(connection, forget, gone).rowcount)
        assert [tuple(row) for row in found] == [(name, ONE["searched"], NOON) for name in names]

    assert counted == [3, 3] * AGAIN


def test_many_rows_of_which_something_is_read_come_back(connection: Connection) -> None:
    add = insert(THINGS).returning(THINGS.c.id)

    found = [
        execute(connection, add, [{"id": f"{turn} {place}"} for place in range(2)]).scalars().all()
        for turn in range(AGAIN)
    ]

    assert [sorted(each) for each in found] == [["0 0", "0 1"], ["1 0", "1 1"], ["2 0", "2 1"]]


def test_a_row_among_many_that_fails_takes_the_others_with_it(connection: Connection) -> None:
    add, look = insert(THINGS), select(THINGS.c.id).order_by(THINGS.c.id)

    for _ in range(AGAIN):
        with pytest.raises(IntegrityError, match=r"(?i)unique"), connection.begin():
            execute(connection, add, [{"id": "new"}, {"id": "one"}, {"id": "newer"}])

    assert execute(connection, look, None).scalars().all() == ["nothing", "one"]


def test_a_row_among_many_that_lacks_a_value_is_said_and_nothing_written(connection: Connection) -> None:
    change = update(THINGS).where(THINGS.c.id == bindparam("wanted"))
    for _ in range(AGAIN):
        execute(connection, change, [{"wanted": "one", "number": 1}, {"wanted": "nothing", "number": 1}])

    with pytest.raises(InvalidRequestError, match="'number'"):
        execute(connection, change, [{"wanted": "one", "number": 2}, {"wanted": "nothing"}])

    looked = execute(connection, select(THINGS.c.number).distinct(), None).scalars().all()
    assert looked == [1]


def test_a_value_that_is_missing_is_said_each_time(connection: Connection) -> None:
    statement = select(THINGS.c.id).where(THINGS.c.id == bindparam("wanted"))
    for _ in range(AGAIN):
        execute(connection, statement, {"wanted": "one"})

    with pytest.raises(InvalidRequestError, match="'wanted'"):
        execute(connection, statement, {})


def test_values_that_a_statement_brings_along_are_its_own(connection: Connection) -> None:
    statement = select(THINGS.c.id).where(THINGS.c.id == bindparam("wanted")).params(wanted="one")

    found = [execute(connection, statement, None).scalars().all() for _ in range(AGAIN)]

    assert found == [["one"]] * AGAIN


def test_a_row_knows_its_columns_by_name_and_by_themselves(connection: Connection) -> None:
    statement = select(THINGS).where(THINGS.c.id == "one")

    rows = [execute(connection, statement, None).one() for _ in range(AGAIN)]

    assert [(row.number, tuple(row)[1], row._mapping[THINGS.c.number]) for row in rows] == [(7, 7, 7)] * AGAIN


def test_each_choice_of_columns_writes_those_alone(connection: Connection) -> None:
    change = update(THINGS).where(THINGS.c.id == "one")
    look = select(THINGS.c.number, THINGS.c.share).where(THINGS.c.id == "one")

    seen = []
    for values in [{"number": 1}, {"share": 0.25}, {"number": 2, "share": 0.75}] * AGAIN:
        execute(connection, change, {"number": 0, "share": 0.0})
        execute(connection, change, values)
        seen.append(tuple(execute(connection, look, None).one()))

    assert seen == [(1, 0.0), (0, 0.25), (2, 0.75)] * AGAIN


def test_an_error_is_sqlalchemys_and_the_connection_goes_on(connection: Connection) -> None:
    statement = insert(THINGS)
    names = select(THINGS.c.id).order_by(THINGS.c.id)

    for number in range(AGAIN):
        with connection.begin():
            execute(connection, statement, {"id": f"new {number}"})
        with pytest.raises(IntegrityError, match=r"(?i)unique"), connection.begin():
            execute(connection, statement, {"id": "one"})

    assert execute(connection, names, None).scalars().all() == ["new 0", "new 1", "new 2", "nothing", "one"]


def test_whoever_listens_hears_everything(connection: Connection) -> None:
    statement = select(THINGS.c.id).where(THINGS.c.id == bindparam("wanted"))
    for _ in range(AGAIN):
        execute(connection, statement, {"wanted": "one"})

    with listening(connection) as heard:
        found = execute(connection, statement, {"wanted": "one"}).scalar_one()

    assert found == "one"
    assert len(heard) == 1


def test_what_is_written_together_is_there(connection: Connection) -> None:
    add, look = insert(THINGS), select(THINGS.c.id).order_by(THINGS.c.id)

    for number in range(AGAIN):
        with connection.begin(), together(connection):
            execute(connection, add, {"id": f"a{number}"})
            execute(connection, add, [{"id": f"b{number}"}, {"id": f"c{number}"}])

    assert execute(connection, look, None).scalars().all() == [
        *("a0", "a1", "a2", "b0", "b1", "b2", "c0", "c1", "c2"),
        *("nothing", "one"),
    ]


def test_what_fails_together_is_undone_together(connection: Connection) -> None:
    add, look = insert(THINGS), select(THINGS.c.id).order_by(THINGS.c.id)

    def write(*names: str) -> None:
        with connection.begin(), together(connection):
            for name in names:
                execute(connection, add, {"id": name})

    for _ in range(AGAIN):
        with pytest.raises(IntegrityError):
            write("new", "one")

    assert execute(connection, look, None).scalars().all() == ["nothing", "one"]
