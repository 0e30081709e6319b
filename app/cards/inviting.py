"""Inviting somebody by a link, and by an e-mail that carries it."""

from __future__ import annotations

from app.cards import invitations
from app.cards.invitations import Invited
from app.cards.template_store import Template
from app.core.mail.relay import is_address
from app.core.secrets import Sealer
from app.core.unit_of_work import Transaction
from app.directory import announce


def invite(
    tx: Transaction, sealer: Sealer, template: Template, email: str, public_url: str, *, days: int, by_mail: bool
) -> Invited:
    """As invitations.make; the link is sent `by_mail`, if mail servers take the address.

    Raises Refused as invitations.make does.
    """
    made = invitations.make(tx, template, email, days=days)
    if by_mail and is_address(made.email):
        announce.invitation(tx, sealer, to=made.email, link=link_of(made, public_url), until=made.expires_at)
    return made


def link_of(made: Invited, public_url: str) -> str:
    """The link of a new invitation. It opens a door: it is shown to whoever made it, and nowhere kept."""
    return f"{public_url}/claim/{made.token}"
