"""`lanyard brake`: cards that a mass removal would have taken down, and what shall become of them."""

from __future__ import annotations

from contextlib import closing

import click

from app.cards import listing, releasing
from app.cards.decision import HELD
from app.cli.common import (
    Sentences,
    find_organization,
    json_option,
    open_database,
    organization_option,
    print_json,
    print_table,
    settings,
    write,
)

ids_argument = click.argument("ids", nargs=-1, metavar="[ID...]")


@click.group("brake", cls=Sentences)
def group() -> None:
    """Cards that stay up although the directory removed their people by the dozen, until you say what shall be."""


@group.command("list")
@organization_option
@json_option
def list_(slug: str, as_json: bool) -> None:
    """List the cards that are held."""
    with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
        found = list(listing.every(reader, settings().public_url, HELD))
    if as_json:
        print_json(
            [
                {
                    "id": card.id,
                    "url": card.url,
                    "template": card.template,
                    "person": card.user_name,
                    "since": card.down,
                }
                for card in found
            ]
        )
    else:
        print_table(("ID", "PERSON", "TEMPLATE"), [(card.id, card.user_name or "-", card.template) for card in found])


@group.command("approve")
@organization_option
@json_option
@ids_argument
def approve(slug: str, as_json: bool, ids: tuple[str, ...]) -> None:
    """Let the held cards go, all or those with these ids: they are paused, and their seats are free."""
    _answer([card.public_id for card in write(slug, lambda tx: releasing.approve(tx, ids))], "paused", as_json)


@group.command("reject")
@organization_option
@json_option
@ids_argument
def reject(slug: str, as_json: bool, ids: tuple[str, ...]) -> None:
    """Keep the held cards up, all or those with these ids, until the directory wants them again."""
    _answer([card.public_id for card in write(slug, lambda tx: releasing.reject(tx, ids))], "kept", as_json)


def _answer(public_ids: list[str], what: str, as_json: bool) -> None:
    if as_json:
        print_json({what: public_ids})
    else:
        click.echo(f"{len(public_ids)} {'card is' if len(public_ids) == 1 else 'cards are'} {what}.", err=True)
