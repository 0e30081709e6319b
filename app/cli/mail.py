"""`lanyard mail`: what was sent, and what waits, with the links in it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from app.cards import announcing
from app.cli.common import (
    Sentences,
    find_organization,
    json_option,
    open_database,
    organization_option,
    print_json,
    print_table,
    sealer,
    settings,
    shown,
)
from app.core.mail import outbox
from app.core.mail.outbox import Mail
from app.core.mail.sending import Addressed


@click.group("mail", cls=Sentences)
def group() -> None:
    """E-mails to invited and to new people."""


@group.command("list")
@organization_option
@json_option
def list_(slug: str, as_json: bool) -> None:
    """List the mails of an organization, newest last; those that wait with what they say."""
    chosen = settings()
    opener = sealer()
    with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
        found = [(mail, announcing.read(reader, chosen, opener, mail)) for mail in list(outbox.every(reader))]
    if as_json:
        print_json([_described(mail, addressed) for mail, addressed in found])
        return
    print_table(
        ("MADE", "KIND", "TO", "STATE", "LINK"),
        [
            (
                shown(mail.made_at),
                mail.kind,
                _recipient(mail, addressed) or "-",
                f"{mail.state}: {mail.last_error}" if mail.last_error else mail.state,
                addressed.letter.link if addressed else "-",
            )
            for mail, addressed in found
        ],
    )


def _recipient(mail: Mail, addressed: Addressed | None) -> str | None:
    return addressed.recipient if addressed else mail.recipient


def _described(mail: Mail, addressed: Addressed | None) -> dict[str, Any]:
    letter = addressed.letter if addressed else None
    return {
        "id": mail.id,
        "kind": mail.kind,
        "to": _recipient(mail, addressed),
        "subject": letter.subject if letter else mail.subject,
        "state": mail.state,
        "made": mail.made_at,
        "sent": mail.sent_at,
        "attempts": mail.attempts,
        "next": mail.not_before if mail.state == outbox.WAITING else None,
        "error": mail.last_error,
        "link": letter.link if letter else None,
        "text": letter.text() if letter else None,
        "html": letter.html() if letter else None,
    }
