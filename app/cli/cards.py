"""`lanyard cards`: what cards there are and what they show."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from app.cards import listing
from app.cards.decision import STATES
from app.cards.listing import ListedCard
from app.cli.common import (
    Sentences,
    find_organization,
    json_option,
    open_database,
    organization_option,
    print_json,
    print_table,
    settings,
)


@click.group("cards", cls=Sentences)
def group() -> None:
    """Cards of an organization."""


@group.command("list")
@organization_option
@click.option("--state", type=click.Choice(STATES), help="Only cards in this state.")
@json_option
def list_(slug: str, state: str | None, as_json: bool) -> None:
    """List the cards with what they show."""
    with closing(open_database()) as database:
        organization = find_organization(database, slug)
        with database.read(organization.id) as reader:
            found = list(listing.every(reader, settings().public_url, state))
    if as_json:
        print_json([_described(card) for card in found])
    else:
        rows = [(card.state, card.user_name or "-", card.template, card.url) for card in found]
        print_table(("STATE", "PERSON", "TEMPLATE", "URL"), rows)


def _described(card: ListedCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "url": card.url,
        "state": card.state,
        "paused_by": card.paused_by,
        "template": card.template,
        "person": {
            "user_name": card.user_name,
            "external_id": card.external_id,
            "display_name": card.display_name,
        },
        "claimed": card.claimed,
        "created": card.created,
        "values": card.values,
    }
