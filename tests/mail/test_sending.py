"""Mails leave the outbox once, as fast as allowed; what is refused for good is not tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.jobs.running import Working
from app.core.mail.outbox import ATTEMPTS, BACK_OFF, Mail, mails
from app.core.unit_of_work import Database
from app.directory import announce
from app.directory.organizations import Organization
from app.scim import retention
from tests.mail.conftest import LINK, Sending
from tests.mail.post_office import SENDER, PostOffice


def test_a_mail_is_sent_once_with_the_headers_that_programs_need(sending: Sending, office: PostOffice) -> None:
    sending.invite("ines@outside.example")

    first, second = sending.send(), sending.send()

    [message], [mail] = office.messages, sending.mails()
    assert first.sentence == "Mails: 1 sent, 0 failed, 0 dropped, 0 put off."
    assert second.sentence.startswith("Mails: 0 sent")
    assert office.envelopes == [(SENDER, ["ines@outside.example"])]
    assert {name: message[name] for name in ("From", "To", "Auto-Submitted", "Message-ID")} == {
        "From": f"Nordwind AG <{SENDER}>",
        "To": "ines@outside.example",
        "Auto-Submitted": "auto-generated",
        "Message-ID": f"<{mail.id}@mail.example>",
    }
    assert message["Date"].datetime == mail.made_at.replace(microsecond=0)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    for part in message.iter_parts():
        assert LINK in part.get_content()


def test_what_a_mail_says_is_sealed_until_it_is_sent_and_forgotten_then(sending: Sending) -> None:
    sending.invite("ines@outside.example")
    rows = [str(row) for row in _rows(sending)]
    sending.send()

    assert not any("secret-token" in row for row in rows)
    assert [(mail.state, mail.letter, bool(mail.sent_at)) for mail in sending.mails()] == [("sent", None, True)]
    assert [mail.subject for mail in sending.mails()] == ["Your business card of Nordwind AG is waiting for you"]


def _rows(sending: Sending) -> list[object]:
    with sending.database.read(sending.organization.id) as reader:
        return list(reader.execute(select(mails).where(mails.c.organization_id == ORGANIZATION)))


def test_a_mail_belongs_to_the_transaction_of_what_it_tells(sending: Sending) -> None:
    def fail(tx: object) -> None:
        announce.invitation(tx, sending.sealer, to="ines@outside.example", link=LINK, until=datetime.now(UTC))  # type: ignore[arg-type]
        raise Refused("no")

    with pytest.raises(Refused):
        sending.database.write(fail, organization_id=sending.organization.id, actor="cli")

    assert sending.mails() == []


def test_whoever_is_no_address_is_refused_at_once(sending: Sending) -> None:
    with pytest.raises(Refused, match="no e-mail address"):
        sending.invite("ines@outside.example\r\nBcc: all@nordwind.example")

    assert sending.mails() == []


def test_a_recipient_who_bounces_is_not_tried_again_and_keeps_nobody_else(sending: Sending, office: PostOffice) -> None:
    office.refused = {"gone@outside.example": ["550 5.1.1 No such\r\nmailbox"]}
    sending.invite("gone@outside.example", "ines@outside.example")

    sending.send()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)):
        sending.send()

    gone, ines = sending.mails()
    assert (gone.state, gone.attempts, gone.letter, ines.state) == ("failed", 1, None, "sent")
    assert gone.last_error is not None
    assert gone.last_error.startswith("The mail server said 550: 5.1.1 No such")
    assert gone.last_error.isprintable()


def test_a_server_that_says_later_is_asked_later(sending: Sending, office: PostOffice) -> None:
    office.refused = {"ines@outside.example": ["451 Greylisted", "250 OK"]}
    sending.invite("ines@outside.example")

    ended, at_once = sending.send(), sending.send()
    waiting = sending.mails()
    with time_machine.travel(datetime.now(UTC) + BACK_OFF[0] + timedelta(seconds=1)):
        sending.send()

    assert (ended.outcome, ended.sentence) == ("done", "Mails: 0 sent, 0 failed, 0 dropped, 1 put off.")
    assert at_once.sentence.endswith("0 put off.")
    assert [(mail.state, mail.last_error) for mail in waiting] == [("waiting", "The mail server said 451: Greylisted")]
    assert sending.states() == {"ines@outside.example": "sent"}


def test_after_the_last_attempt_a_mail_is_given_up(sending: Sending, office: PostOffice) -> None:
    office.refused = {"ines@outside.example": ["451 Later"]}
    sending.invite("ines@outside.example")
    now = datetime.now(UTC)
    for _ in range(ATTEMPTS + 2):
        with time_machine.travel(now):
            sending.send()
        now += BACK_OFF[-1] + timedelta(seconds=1)

    [mail] = sending.mails()
    assert (mail.state, mail.attempts, mail.letter) == ("failed", ATTEMPTS, None)


def test_a_connection_that_ends_in_the_middle_is_made_again(sending: Sending, office: PostOffice) -> None:
    office.hang_up = 1
    sending.invite("ines@outside.example", "jo@outside.example")

    ended = sending.send()

    assert ended.outcome == "done"
    assert sending.states() == {"ines@outside.example": "waiting", "jo@outside.example": "sent"}
    assert "connection to the mail server was lost" in (sending.mails()[0].last_error or "")


def test_a_server_that_keeps_hanging_up_is_left_alone_until_later(sending: Sending, office: PostOffice) -> None:
    office.hang_up = 99
    sending.invite(*(f"user{number}@outside.example" for number in range(5)))

    ended = sending.send()

    assert ended.outcome == "failed"
    assert [mail.attempts for mail in sending.mails()] == [1, 1, 1, 0, 0]


def test_no_more_are_sent_in_a_minute_than_allowed_but_whoever_signs_in_does_not_wait(
    new_sending: Callable[..., Sending], office: PostOffice
) -> None:
    sending = new_sending(mail_per_minute=2)
    sending.invite(*(f"user{number}@outside.example" for number in range(3)))

    sending.send()
    sending.database.write(
        lambda tx: announce.sign_in_link(tx, sending.sealer, to="me@outside.example", link=LINK, minutes=15),
        organization_id=sending.organization.id,
        actor="web",
    )
    sending.send()
    in_this_minute = office.recipients()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61)):
        sending.send()

    assert in_this_minute == ["user0@outside.example", "user1@outside.example", "me@outside.example"]
    assert office.recipients()[3:] == ["user2@outside.example"]


def test_without_a_mail_server_mails_wait_and_the_job_says_so(new_sending: Callable[..., Sending]) -> None:
    sending = new_sending(smtp=None)
    sending.invite("ines@outside.example")

    ended = sending.send()

    assert ended.outcome == "failed"
    assert "LANYARD_SMTP_URL" in ended.sentence
    assert [(mail.state, mail.attempts) for mail in sending.mails()] == [("waiting", 0)]


def test_a_letter_that_was_sealed_with_another_key_is_given_up(
    new_sending: Callable[..., Sending], office: PostOffice
) -> None:
    new_sending().invite("ines@outside.example")
    sending = new_sending(secret_key="another key that is as long as the first")

    sending.send()

    [mail] = sending.mails()
    assert mail.state == "failed"
    assert "LANYARD_SECRET_KEY" in (mail.last_error or "")
    assert office.messages == []


def test_old_mails_are_forgotten_unless_they_wait(sending: Sending, office: PostOffice) -> None:
    office.refused = {"gone@outside.example": ["550 No"], "later@outside.example": ["451 Later"]}
    with time_machine.travel(datetime.now(UTC) - timedelta(days=91)):
        sending.invite("sent@outside.example", "gone@outside.example", "later@outside.example")
        sending.send()
    sending.invite("young@outside.example")

    told = retention.retain(Working(sending.database, sending.settings, "run"))

    assert told == "Forgot 2 rows."
    assert list(sending.states()) == ["later@outside.example", "young@outside.example"]


def test_an_organization_sees_its_own_mails_alone(
    sending: Sending, database: Database, new_organization: Callable[..., Organization]
) -> None:
    other = Sending(database, new_organization("suedwind"), sending.settings)
    sending.invite("ines@outside.example")
    other.invite("jo@outside.example")

    sending.send()

    assert [_addressee(mail) for mail in sending.mails()] == ["ines@outside.example"]
    assert other.states() == {"jo@outside.example": "sent"}


def _addressee(mail: Mail) -> str | None:
    return mail.recipient
