"""`lanyard cards set|revert`: own values of a card."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from app.cards import editing
from app.cards.layout import PHOTO
from app.cards.view import ADMIN, PERSON
from app.cli.common import open_database, organization_option, settings, write
from app.core.errors import Refused
from app.directory import organizations
from app.photos.images import UnsafeImage, named
from app.photos.preparing import open_store, store_photo

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
    """Set a value on the card itself, by the rules of its template; `KEY=` empties it, `photo=@FILE` sets a photo."""
    key, given, value = assignment.partition("=")
    if not given:
        raise click.UsageError(f"say what {key} is: {key}=VALUE, or {key}= to empty it")
    if key == PHOTO and value.startswith("@"):
        _set_photo(slug, card_id, value.removeprefix("@"), _SIDES[side])
        return
    write(slug, lambda tx: editing.set_value(tx, card_id, key, value, _SIDES[side]))


def _set_photo(slug: str, card_id: str, file: str, by: str) -> None:
    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}") from error
    write(slug, lambda tx: editing.ensure_settable(tx, card_id, PHOTO, by))
    with closing(open_database()) as database:
        with database.read(None) as reader:
            organization = organizations.find(reader, slug)
        try:
            sizes = store_photo(database, open_store(settings()), organization.id, data)
        except UnsafeImage as error:
            raise Refused(f"The photo {error}.") from error
    write(slug, lambda tx: editing.set_photo(tx, card_id, named(data), sizes, by))


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
