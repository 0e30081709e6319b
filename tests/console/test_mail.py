"""E-mails: what became of each, and what one says that is to be sent by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from flask import Flask

from app.auth.sign_in import roles
from app.core.mail import outbox
from app.core.mail.outbox import Mail
from app.directory import announce
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of

LINK = "https://cards.example/claim/a-secret-token"
UNTIL = datetime(2026, 12, 9, 12, 0, tzinfo=UTC)


@pytest.fixture
def waiting(app: Flask, nordwind: Company) -> list[Mail]:
    """Two mails that wait, since there is no mail server."""
    sealer = app.extensions["lanyard.sealer"]
    for to in ("pat@partner.example", "kim@partner.example"):
        nordwind.write(partial(announce.invitation, sealer=sealer, to=to, link=LINK, until=UNTIL))
    with nordwind.database.read(nordwind.organization_id) as reader:
        return list(outbox.every(reader))


def recipients(admin: Admin, path: str = "/console/mail") -> list[str]:
    return re.findall(r'<span class="name">(\w+)@', admin.get(path).text)


def test_mails_are_listed_newest_first_by_state(owner: Admin, nordwind: Company, waiting: list[Mail]) -> None:
    nordwind.write(lambda tx: outbox.give_up(tx, waiting[0], "the mailbox is full"))

    assert recipients(owner) == ["kim", "pat"]
    assert recipients(owner, "/console/mail?state=failed") == ["pat"]
    assert recipients(owner, "/console/mail?state=sent") == []
    assert "the mailbox is full" in text_of(owner.get("/console/mail"))
    assert "No mail server is set up" in text_of(owner.get("/console/mail"))


def test_what_waits_can_be_read_and_it_is_noted_who_did(
    owner: Admin, waiting: list[Mail], audited: Callable[[str], list[Any]]
) -> None:
    assert LINK not in owner.get("/console/mail").text

    letter = owner.post(f"/console/mail/{waiting[0].id}", 200)

    assert LINK in letter.text
    assert "Hello," in letter.text
    [line] = audited("mail.read")
    assert (line.subject, line.detail) == (waiting[0].id, {"kind": "invitation", "to": "pat@partner.example"})


def test_what_was_sent_says_nothing_any_more(owner: Admin, nordwind: Company, waiting: list[Mail]) -> None:
    nordwind.write(lambda tx: outbox.sent(tx, waiting[0], "pat@partner.example", "Your card"))

    assert "is not kept" in text_of(owner.post(f"/console/mail/{waiting[0].id}", 404))


@pytest.mark.parametrize("role", [roles.TEMPLATE_ADMIN, roles.CARD_ADMIN, roles.AUDITOR])
def test_who_may_only_look_reads_no_link(as_role: Callable[..., Admin], waiting: list[Mail], role: str) -> None:
    admin = as_role(role)

    assert "/console/mail/" not in admin.get("/console/mail").text
    assert LINK not in admin.post(f"/console/mail/{waiting[0].id}", 403).text


def test_mails_of_another_organization_are_not_there(
    as_role: Callable[..., Admin], waiting: list[Mail], new_organization: Callable[..., Organization]
) -> None:
    stranger = as_role(roles.OWNER, of=new_organization("other"))

    assert recipients(stranger) == []
    stranger.post(f"/console/mail/{waiting[0].id}", 404)
