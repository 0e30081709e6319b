"""Sessions end when they are over, wherever they are ended, and cost the same however many there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app.auth.credentials import digest
from app.auth.sign_in import sessions as kept
from app.auth.sign_in.sessions import MOST_OF_PERSON, Limits, Visitor
from app.auth.sign_in.tables import sessions
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database, Transaction
from app.directory.organizations import Organization
from tests.scim.test_statements import statements
from tests.sign_in.conftest import SignIn

LIMITS = Limits(idle=timedelta(hours=8), longest=timedelta(days=7))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
Work = Callable[[Transaction], Any]


def status_at(browser: Any, moment: Any) -> int:
    with time_machine.travel(moment, tick=False):
        return int(browser.get("/me/sessions").status_code)


def test_a_session_that_is_not_used_for_eight_hours_is_over(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    signing_in.sign_in(browser)
    begun = clock.now()

    used = [status_at(browser, begun + hours * HOUR) for hours in (7, 14, 21)]
    unused = status_at(browser, begun + 29 * HOUR + MINUTE)

    assert (used, unused) == ([200, 200, 200], 303)


def test_a_session_is_over_after_seven_days_however_much_it_is_used(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    signing_in.sign_in(browser)
    begun = clock.now()

    used = {status_at(browser, begun + hours * HOUR) for hours in range(6, 7 * 24, 6)}
    late = status_at(browser, begun + 7 * 24 * HOUR + MINUTE)

    assert (used, late) == ({200}, 303)


def test_its_last_use_is_written_at_most_once_a_minute(signing_in: SignIn, ines: str) -> None:
    browser = signing_in.browser()
    signing_in.sign_in(browser)
    begun = clock.now()

    with statements() as sent:
        for seconds in range(5, 120, 5):
            status_at(browser, begun + timedelta(seconds=seconds))

    assert len([statement for statement, _ in sent if statement.startswith("UPDATE sessions")]) == 1


def test_the_database_does_not_hold_what_the_cookie_holds(signing_in: SignIn, ines: str) -> None:
    cookie = signing_in.sign_in().headers["Set-Cookie"].split("=")[1].split(";")[0]

    [row] = signing_in.sessions()

    assert row.id == digest(cookie)
    assert cookie not in str(row)


def test_one_session_too_many_ends_the_one_that_was_used_least_recently(signing_in: SignIn, ines: str) -> None:
    signing_in.sign_in()
    [first] = signing_in.sessions()
    begun = clock.now()

    for number in range(MOST_OF_PERSON):
        with time_machine.travel(begun + (number + 1) * MINUTE, tick=False):
            signing_in.database.write(
                lambda tx: kept.begin(tx, Visitor("ines", person_id=first.person_id), LIMITS),
                organization_id=signing_in.organization.id,
                actor="visitor",
            )

    held = signing_in.sessions()
    assert len(held) == MOST_OF_PERSON
    assert first.public_id not in {row.public_id for row in held}


def test_what_is_over_is_swept_by_those_who_come_after(signing_in: SignIn, ines: str) -> None:
    signing_in.sign_in()
    [old] = signing_in.sessions()

    with time_machine.travel(clock.now() + 7 * 24 * HOUR + MINUTE, tick=False):
        signing_in.sign_in()

    [new] = signing_in.sessions()
    assert new.public_id != old.public_id


@pytest.mark.parametrize(
    ("sid", "subject", "expected"),
    [
        pytest.param("s-1", None, ["other-s-2"], id="a session"),
        pytest.param(None, "ines", ["other-s-2"], id="a subject"),
        pytest.param("s-1", "ines", ["other-s-2"], id="both"),
        pytest.param("s-9", None, ["ines-s-1", "other-s-2"], id="a session that is not known"),
    ],
)
def test_the_provider_ends_what_it_names(
    database: Database, organization: Organization, sid: str | None, subject: str | None, expected: list[str]
) -> None:
    def work(tx: Transaction) -> list[str]:
        for who, at in (("ines", "s-1"), ("other", "s-2")):
            visitor = Visitor(f"{who}-{at}", issuer="https://id.example", subject=who, provider_session=at)
            kept.begin(tx, visitor, LIMITS)
        kept.end_at_provider(tx, "https://id.example", sid=sid, subject=subject)
        kept.end_at_provider(tx, "https://other.example", sid="s-2", subject=None)
        return sorted(tx.execute(select(sessions.c.who).where(sessions.c.organization_id == ORGANIZATION)).scalars())

    left = database.write(work, organization_id=organization.id, actor="cli")

    assert left == expected


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("act", "index"),
    [
        pytest.param(lambda tx: kept.begin(tx, Visitor("x"), LIMITS), "ix_sessions_expires_at", id="begin"),
        pytest.param(
            lambda tx: kept.end_at_provider(tx, "x", sid="s", subject=None),
            "ix_sessions_provider_session",
            id="by sid",
        ),
        pytest.param(
            lambda tx: kept.end_at_provider(tx, "x", sid=None, subject="s"),
            "ix_sessions_subject",
            id="by subject",
        ),
        pytest.param(lambda tx: kept.end_of_person(tx, "x", "why"), "ix_sessions_person_id", id="by person"),
    ],
)
def test_no_act_looks_at_all_sessions(database: Database, organization: Organization, act: Work, index: str) -> None:
    def work(tx: Transaction) -> list[str]:
        with statements() as sent:
            act(tx)
        statement, parameters = next(one for one in sent if one[0].startswith("DELETE FROM sessions"))
        return [row.detail for row in tx._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]

    plan = database.write(work, organization_id=organization.id, actor="cli")

    assert any(index in step for step in plan), plan
    assert not any("SCAN" in step for step in plan)
