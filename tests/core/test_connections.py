"""Connections that are kept ready: lent to one user at a time, clean, and to as many as the pool lets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL

from app.core.connections import READY, Connections
from app.core.db import POOL_MOST, POOL_SIZE, check_open, create_engine

OWN_BACKEND = text("SELECT pg_backend_pid()")


@pytest.fixture
def engine(database_url: URL) -> Iterator[Engine]:
    engine = create_engine(database_url, reading=True)
    yield engine
    engine.dispose()


@pytest.fixture
def connections(engine: Engine) -> Iterator[Connections]:
    made = Connections(engine, check_open)
    yield made
    made.close()


def test_the_next_user_gets_the_same_connection(connections: Connections) -> None:
    with connections.lent() as first:
        used = first.connection.driver_connection

    with connections.lent() as second:
        again = second.connection.driver_connection

    assert again is used


def test_two_users_never_share_one(connections: Connections) -> None:
    with connections.lent() as first, connections.lent() as second:
        assert first.connection.driver_connection is not second.connection.driver_connection


def test_what_was_left_open_is_over_for_the_next_user(connections: Connections) -> None:
    with connections.lent() as first:
        first.begin()
        first.execute(text("SELECT 1"))

    with connections.lent() as second:
        assert not second.in_transaction()


def test_a_connection_that_saw_an_error_is_not_kept(connections: Connections, engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), connections.lent():
        raise ZeroDivisionError

    with connections.lent() as after:
        assert after.execute(text("SELECT 1")).scalar_one() == 1
    assert engine.pool.checkedout() == 1  # type: ignore[attr-defined]


def test_those_who_wait_for_one_get_what_others_give_back(connections: Connections) -> None:
    served = []

    def use() -> None:
        with connections.lent() as connection:
            served.append(connection.execute(text("SELECT 1")).scalar_one())

    with ExitStack() as stack:
        for _ in range(POOL_MOST):
            stack.enter_context(connections.lent())
        waiting = [threading.Thread(target=use) for _ in range(4)]
        for thread in waiting:
            thread.start()
    for thread in waiting:
        thread.join(timeout=5)

    assert served == [1] * 4


def test_no_more_are_kept_than_are_said(connections: Connections, engine: Engine) -> None:
    with ExitStack() as stack:
        for _ in range(POOL_MOST):
            stack.enter_context(connections.lent())

    kept_by_us, kept_by_the_pool = engine.pool.checkedout(), engine.pool.checkedin()  # type: ignore[attr-defined]
    assert kept_by_us <= READY
    assert kept_by_the_pool <= POOL_SIZE


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_that_the_server_closed_is_replaced(connections: Connections, database_url: URL) -> None:
    with connections.lent() as first:
        backend = first.execute(OWN_BACKEND).scalar_one()
    end_backend(database_url, backend)

    with connections.lent() as second:
        answer = second.execute(OWN_BACKEND).scalar_one()

    assert answer != backend


def end_backend(url: URL, backend: int) -> None:
    """End a process of PostgreSQL, as an administrator does, and wait until it is gone."""
    engine = create_engine(url, reading=True)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": backend})
    engine.dispose()
