"""Pages of long lists: nothing twice, nothing left out, forwards and backwards, whatever was inserted meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from app.core import paging
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.paging import Order, Page
from app.core.unit_of_work import Database
from app.directory.organizations import Organization

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
LINES = select(audit_log.c.subject).where(audit_log.c.organization_id == ORGANIZATION, audit_log.c.actor == "test")
BY_TIME = Order((audit_log.c.at, audit_log.c.id))
NEWEST_FIRST = Order((audit_log.c.at, audit_log.c.id), descending=True)


@pytest.fixture
def lines(database: Database, organization: Organization) -> list[str]:
    """Ten lines, of which three and three are of the same moment; their subjects in order."""
    moments = [0, 1, 1, 1, 2, 3, 4, 4, 4, 5]
    rows = [
        {
            "id": f"{number:02}",
            "at": START + timedelta(seconds=moment),
            "actor": "test",
            "action": "a",
            "subject": str(number),
        }
        for number, moment in enumerate(moments)
    ]
    database.write(lambda tx: tx.execute(insert(audit_log), rows), organization_id=organization.id, actor="test")
    return [row["subject"] for row in rows]  # type: ignore[misc]


def page(
    database: Database, organization: Organization, place: str | None, order: Order = BY_TIME, size: int = 4
) -> Page:
    with database.read(organization.id) as reader:
        return paging.fetch(reader, LINES, order, place, size=size)


def subjects(found: Page) -> list[str]:
    return [row.subject for row in found.rows]


@pytest.mark.parametrize("order", [BY_TIME, NEWEST_FIRST], ids=["ascending", "descending"])
def test_going_on_shows_everything_once_and_going_back_the_same_pages(
    database: Database, organization: Organization, lines: list[str], order: Order
) -> None:
    wanted = lines if order is BY_TIME else lines[::-1]

    first = page(database, organization, None, order)
    second = page(database, organization, first.later, order)
    third = page(database, organization, second.later, order)
    back = page(database, organization, third.earlier, order)

    assert [subjects(one) for one in (first, second, third)] == [wanted[:4], wanted[4:8], wanted[8:]]
    assert subjects(back) == subjects(second)
    assert (first.earlier, third.later) == (None, None)
    assert subjects(page(database, organization, back.earlier, order)) == wanted[:4]


def test_a_list_that_fits_has_one_page(database: Database, organization: Organization, lines: list[str]) -> None:
    found = page(database, organization, None, size=10)

    assert (subjects(found), found.earlier, found.later) == (lines, None, None)


@pytest.mark.parametrize("place", ["x", "W10", "bm9uZQ", "WzEsIFsxXV0", "A" * 5000, "W3RydWUsW251bGwsbnVsbF1d"])
def test_a_place_that_no_page_named_is_refused(database: Database, organization: Organization, place: str) -> None:
    with pytest.raises(Refused, match="place in the list is not known"):
        page(database, organization, place)
