"""`lanyard people`: who was pushed, and why each has the card they have."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from app.cards import roster, why
from app.cards.why import ExplainedCard, Explanation
from app.cli.common import (
    Sentences,
    find_organization,
    json_option,
    open_database,
    organization_option,
    print_json,
    print_table,
    settings,
    shown,
)


@click.group("people", cls=Sentences)
def group() -> None:
    """People of an organization."""


@group.command("list")
@organization_option
@json_option
def list_(slug: str, as_json: bool) -> None:
    """List everybody in the directory, and who was invited from outside, with their cards."""
    with closing(open_database()) as database:
        organization = find_organization(database, slug)
        with database.read(organization.id) as reader:
            found = list(roster.every(reader))
    if as_json:
        print_json(
            [
                {
                    "user_name": person.user_name,
                    "external_id": person.external_id,
                    "display_name": person.display_name,
                    "invited_as": person.invited_as,
                    "active": person.active,
                    "created": person.created,
                    "cards": [{"template": template, "state": state} for template, state in person.cards],
                }
                for person in found
            ]
        )
        return
    print_table(
        ("PERSON", "NAME", "DIRECTORY", "CARDS"),
        [
            (
                person.user_name or person.invited_as or "-",
                person.display_name or "-",
                "invited" if person.invited_as else "active" if person.active else "disabled",
                ", ".join(f"{template} ({state})" for template, state in person.cards) or "-",
            )
            for person in found
        ],
    )


@group.command("why")
@organization_option
@click.argument("user_name", metavar="USERNAME")
@json_option
def why_(slug: str, user_name: str, as_json: bool) -> None:
    """Say why a person has the cards they have, and which request set each value on them.

    USERNAME may also be a name the person had before, or of somebody who has left, as far as the log goes back, or the
    e-mail address of somebody who was invited.
    """
    with closing(open_database()) as database:
        organization = find_organization(database, slug)
        with database.read(organization.id) as reader:
            explanation = why.explain(reader, user_name, settings().public_url)
    if as_json:
        print_json(_described(explanation))
    else:
        _tell(explanation)


def _tell(explanation: Explanation) -> None:
    if explanation.invited_as is not None:
        click.echo(f"{explanation.invited_as}, invited from outside the directory")
    else:
        state = "deleted" if explanation.deleted else "active" if explanation.active else "disabled"
        name = explanation.display_name or "no display name"
        click.echo(f"{explanation.user_name} ({name}), {state} in the directory")
        click.echo(f"Groups: {', '.join(explanation.groups) or 'none'}")
    for sentence in explanation.no_card_because:
        click.echo(sentence)
    for card in explanation.cards:
        click.echo(f"\n{card.template}: {card.state}, {card.id}")
        for sentence in card.because:
            click.echo(f"  {sentence}")
        print_table(
            ("  SHOWN", "VALUE", "FROM", "SOURCE", "SINCE", "REQUEST"),
            [
                (f"  {label}", one.value, one.origin, one.source or "-", shown(one.at), one.request_id or "-")
                for label, one in card.values.items()
            ],
        )


def _described(explanation: Explanation) -> dict[str, Any]:
    return {
        "person": {
            "user_name": explanation.user_name,
            "external_id": explanation.external_id,
            "display_name": explanation.display_name,
            "invited_as": explanation.invited_as,
            "active": explanation.active,
            "deleted": explanation.deleted,
        },
        "groups": explanation.groups,
        "cards": [_card(card) for card in explanation.cards],
        "no_card_because": explanation.no_card_because,
    }


def _card(card: ExplainedCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "state": card.state,
        "template": card.template,
        "because": card.because,
        "group": card.group,
        "values": {
            label: {
                "value": one.value,
                "from": one.origin,
                "source": one.source,
                "at": one.at,
                "request_id": one.request_id,
            }
            for label, one in card.values.items()
        },
    }
