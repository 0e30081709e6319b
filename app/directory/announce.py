"""The mails that people get, each by one function, in the transaction of what it tells.

Links that open a door are secrets: they stand in the letter alone, sealed until it is sent.
"""

from __future__ import annotations

from datetime import datetime

from app.core.errors import Refused
from app.core.mail import outbox
from app.core.mail.letter import Letter
from app.core.mail.relay import is_address
from app.core.secrets import Sealer
from app.core.unit_of_work import Transaction
from app.directory import organizations

INVITATION, SIGN_IN, CARD_READY = "invitation", "sign-in", "card-ready"


def invitation(
    tx: Transaction, sealer: Sealer, *, to: str, link: str, until: datetime, invited_by: str | None = None
) -> str:
    """Send somebody outside the directory the link with which they claim a card; the mail's id.

    `link` is good once, until `until`. `invited_by` is how the inviter is called, if that is known. Raises Refused when
    `to` is no e-mail address.
    """
    name = organizations.current(tx).name
    who = invited_by or name
    whose = f"a digital business card of {name}" if invited_by else "a digital business card"
    letter = Letter(
        subject=f"Your business card of {name} is waiting for you",
        organization=name,
        paragraphs=("Hello,", f"{who} invites you to {whose}. Open the link to see it and make it yours."),
        button="See my card",
        link=link,
        after=(f"The link works once, until {_day(until)}. If you did not expect it, just leave it alone.",),
        why=f"You get this mail because {who} entered this address. Nobody has to answer it.",
    )
    return _put(tx, sealer, INVITATION, to, letter, outbox.SOON)


def sign_in_link(tx: Transaction, sealer: Sealer, *, to: str, link: str, minutes: int) -> str:
    """Send an invited person the link with which they sign in once, within `minutes`; the mail's id.

    Raises Refused when `to` is no e-mail address.
    """
    name = organizations.current(tx).name
    letter = Letter(
        subject=f"Sign in to your card of {name}",
        organization=name,
        paragraphs=("Hello,", "Here is the link you asked for. It signs you in to your business card."),
        button="Sign in",
        link=link,
        after=(f"The link works once, for {minutes} minutes. If you did not ask for it, nothing happens without it.",),
        why="You get this mail because somebody asked for a sign-in link for this address.",
    )
    return _put(tx, sealer, SIGN_IN, to, letter, outbox.URGENT)


def card_ready(organization: str, card_link: str | None, my_link: str) -> Letter:
    """The letter that tells somebody that their card is ready; without `card_link` it opens once they signed in."""
    after: tuple[str, ...]
    if card_link is None:
        after = ("Sign in once, and your card starts to answer: show its code, send its link, print it.",)
    else:
        after = (f"This is the link that others see: {card_link}", "It stays the same, even when your title changes.")
    return Letter(
        subject=f"Your business card of {organization} is ready",
        organization=organization,
        paragraphs=(
            "Hello,",
            f"Your digital business card of {organization} is ready. Your name and details are on it already.",
        ),
        button="Open my card",
        link=my_link,
        after=after,
        why=f"You get this mail once, because {organization} has made you a card.",
    )


def _put(tx: Transaction, sealer: Sealer, kind: str, to: str, letter: Letter, priority: int) -> str:
    if not is_address(to):
        raise Refused(f"{to!r} is no e-mail address", "email")
    return outbox.put(tx, sealer, kind, to, letter, priority)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
