"""`lanyard cards set|revert`: own values of a card."""

from __future__ import annotations

import click

from app.cards import editing
from app.cards.view import ADMIN, PERSON
from app.cli.common import organization_option, write

id_argument = click.argument("card_id", metavar="ID")
as_option = click.option(
    "--as",
    "side",
    type=click.Choice(["holder", "admin"]),
    default="admin",
    show_default=True,
    help="By whose rights: the holder's may change only what the template lets them.",
)
_SIDES = {"holder": PERSON, "admin": ADMIN}


@click.command("set")
@organization_option
@as_option
@id_argument
@click.argument("assignment", metavar="KEY=VALUE")
def set_(slug: str, side: str, card_id: str, assignment: str) -> None:
    """Set a value on the card itself, by the rules of its template; `KEY=` empties the field."""
    key, given, value = assignment.partition("=")
    if not given:
        raise click.UsageError(f"say what {key} is: {key}=VALUE, or {key}= to empty it")
    write(slug, lambda tx: editing.set_value(tx, card_id, key, value, _SIDES[side]))


@click.command("revert")
@organization_option
@as_option
@id_argument
@click.argument("key", metavar="KEY")
def revert(slug: str, side: str, card_id: str, key: str) -> None:
    """Drop the card's own value of a field, so that it shows again what directory and template say."""
    write(slug, lambda tx: editing.revert(tx, card_id, key, _SIDES[side]))


commands = (set_, revert)
"""What `lanyard cards` gets from here."""
