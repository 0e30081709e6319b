"""Mails through the consumer beside the server: soon after what they tell, and once, whoever is killed."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.core.db import ORGANIZATION
from app.core.jobs.queue import Waker
from app.core.jobs.runs import job_runs
from app.core.mail.outbox import mails
from app.core.unit_of_work import Database
from app.directory import announce
from app.directory.organizations import Organization
from tests.jobs.conftest import Installation, wait_until
from tests.mail.conftest import KEY, LINK, UNTIL, Sending
from tests.mail.post_office import SENDER, PostOffice


@pytest.fixture
def installation(sending: Sending, office: PostOffice) -> Installation:
    """The installation whose outbox `sending` is."""
    made = Installation(sending.settings.database_url, sending.settings.data_dir, sending.database)
    made.environment |= {
        "LANYARD_SECRET_KEY": KEY,
        "LANYARD_SMTP_URL": f"smtp://127.0.0.1:{office.port}?from={SENDER}&starttls=off",
    }
    return made


@contextmanager
def waking(sending: Sending) -> Iterator[Database]:
    """The database as a server has it: what it commits wakes the consumer."""
    waker = Waker(sending.settings.database_url, sending.settings.data_dir)
    database = Database(sending.settings.database_url, {}, waker)
    yield database
    database.close()
    waker.close()


def test_a_mail_goes_out_as_soon_as_what_it_tells_is_committed(
    installation: Installation, sending: Sending, office: PostOffice, organization: Organization
) -> None:
    with installation.consumer():
        wait_until(lambda: "consumer started" in installation.told(), "it is there")
        with waking(sending) as database:
            database.write(
                lambda tx: announce.sign_in_link(tx, sending.sealer, to="me@outside.example", link=LINK, minutes=15),
                organization_id=organization.id,
                actor="web",
            )
            wait_until(office.recipients, "it has gone")
        wait_until(lambda: sending.states() == {"me@outside.example": "sent"}, "it is noted")

    assert office.recipients() == ["me@outside.example"]
    assert "secret-token" not in installation.told()
    assert "outside.example" not in installation.told()


def test_a_consumer_that_is_killed_while_it_sends_leaves_the_mail_to_the_next(
    installation: Installation, sending: Sending, office: PostOffice
) -> None:
    office.open.clear()
    sending.invite("ines@outside.example", "jo@outside.example")
    with installation.consumer() as consumer:
        assert office.asked.wait(40)
        os.kill(consumer.pid, signal.SIGKILL)
        consumer.wait(timeout=20)
    office.messages.clear()
    office.envelopes.clear()
    office.open.set()
    meanwhile = [(mail.state, mail.attempts) for mail in sending.mails()]
    _let_time_pass(sending)

    with installation.consumer():
        wait_until(lambda: set(sending.states().values()) == {"sent"}, "both are noted")

    assert meanwhile == [("waiting", 1), ("waiting", 0)]
    assert sorted(office.recipients()[-2:]) == ["ines@outside.example", "jo@outside.example"]
    assert [(mail.state, mail.attempts) for mail in sending.mails()] == [("sent", 2), ("sent", 1)]
    assert [run.outcome for run in installation.runs() if run.name == "mail"] == ["lost", "done"]


def _let_time_pass(sending: Sending) -> None:
    """Have the lost run and the attempt it made lie far enough in the past."""
    past = timedelta(hours=1)
    sending.database.write(
        lambda tx: [
            tx.execute_across(update(job_runs).values(alive_until=tx.now - past)),
            tx.execute(
                update(mails)
                .where(mails.c.organization_id == ORGANIZATION)
                .values(not_before=tx.now - past, tried_at=tx.now - past)
            ),
        ],
        organization_id=sending.organization.id,
        actor="test",
    )


def listed(installation: Installation, organization: Organization) -> list[dict[str, Any]]:
    return list(json.loads(installation.lanyard("mail", "list", "--org", organization.slug, "--json")))


def test_mails_that_wait_are_listed_with_what_they_say_and_sent_ones_without(
    installation: Installation, sending: Sending, organization: Organization
) -> None:
    sending.invite("ines@outside.example")
    [before] = listed(installation, organization)
    table = installation.lanyard("mail", "list", "--org", organization.slug)
    sending.send()
    [after] = listed(installation, organization)

    assert (before["kind"], before["to"], before["state"]) == ("invitation", "ines@outside.example", "waiting")
    assert before["link"] == LINK
    assert LINK in table
    assert LINK in before["text"]
    assert LINK in before["html"]
    assert f"{UNTIL.day} December 2026, 12:00 UTC" in before["text"]
    assert (after["state"], after["subject"]) == ("sent", before["subject"])
    assert (after["link"], after["text"], after["html"]) == (None, None, None)
