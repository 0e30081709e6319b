"""Moments in the database: aware, in UTC, to the microsecond, and in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, func, insert, literal, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import StatementError

from app.core.db import Timestamp, create_engine

MEETINGS = Table("meetings", MetaData(), Column("id", Integer, primary_key=True), Column("at", Timestamp))
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
IN_ZURICH = timezone(timedelta(hours=2))


@pytest.fixture
def connection(database_url: URL) -> Iterator[Connection]:
    engine = create_engine(database_url, reading=False)
    with engine.begin() as made:
        MEETINGS.create(made)
        yield made
    engine.dispose()


@pytest.mark.parametrize(
    "moment",
    [
        NOON,
        NOON + timedelta(microseconds=1),
        NOON + timedelta(microseconds=120_000),
        NOON.astimezone(IN_ZURICH),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        None,
    ],
    ids=str,
)
def test_a_moment_comes_back_as_it_was_in_utc(moment: datetime | None, connection: Connection) -> None:
    connection.execute(insert(MEETINGS), {"at": moment})

    found = connection.execute(select(MEETINGS.c.at)).scalar_one()

    assert found == moment
    assert found is None or found.tzinfo is UTC


def test_moments_of_all_zones_and_precisions_are_in_the_order_of_time(connection: Connection) -> None:
    moments = [NOON, NOON + timedelta(microseconds=1), (NOON + timedelta(minutes=1)).astimezone(IN_ZURICH)]
    connection.execute(insert(MEETINGS), [{"at": moment} for moment in reversed(moments)])

    found = connection.execute(select(MEETINGS.c.at).order_by(MEETINGS.c.at)).scalars().all()
    written_out = literal(NOON.astimezone(IN_ZURICH), Timestamp, literal_execute=True)
    later = connection.execute(select(func.min(MEETINGS.c.at)).where(MEETINGS.c.at > written_out)).scalar_one()

    assert found == moments
    assert later == moments[1]


def test_a_time_without_a_zone_is_refused(connection: Connection) -> None:
    naive = NOON.replace(tzinfo=None)

    with pytest.raises(StatementError, match="without a zone"):
        connection.execute(insert(MEETINGS), {"at": naive})
