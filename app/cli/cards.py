"""`lanyard cards`: what cards there are and what they show, and what an admin does to single ones."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import click

from app.cards import by_hand, claiming, listing, moving, template_store
from app.cards.applying.report import plan_line
from app.cards.by_hand import Handled
from app.cards.decision import PAUSED, STATES, WAITING
from app.cards.fingerprints import PlanChangedError
from app.cards.listing import ListedCard
from app.cards.moving import MovePlan
from app.cli.common import (
    Sentences,
    ensure_one_of,
    find_organization,
    json_option,
    open_database,
    organization_option,
    plan_option,
    print_json,
    print_table,
    settings,
    write,
)
from app.core.unit_of_work import Transaction
from app.directory import users

ids_argument = click.argument("ids", nargs=-1, required=True, metavar="ID...")


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
        rows = [
            (card.state, card.user_name or card.invited_as or "-", card.template, card.url, claiming.holder(card))
            for card in found
        ]
        print_table(("STATE", "PERSON", "TEMPLATE", "URL", "HOLDER"), rows)


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
            "invited_as": card.invited_as,
        },
        "claimed": card.claimed_at is not None,
        "claimed_at": card.claimed_at,
        "created": card.created,
        "values": card.values,
    }


@group.command("issue")
@organization_option
@click.option("--template", "template_name", required=True, metavar="NAME", help="The template of the card.")
@click.option("--person", "user_name", metavar="USERNAME", help="Whose card it is.")
@click.option("--free", is_flag=True, help="Nobody's card: a reception desk's, a team's.")
@json_option
def issue(slug: str, template_name: str, user_name: str | None, free: bool, as_json: bool) -> None:
    """Issue a further card, whatever the groups say; one that was deleted comes back at its old address."""
    if free == (user_name is not None):
        raise click.UsageError("say whose card it is: --person USERNAME, or --free for nobody's")

    def work(tx: Transaction) -> Handled:
        template = template_store.find(tx, template_name)
        return by_hand.issue(tx, template.id, users.person_named(tx, user_name) if user_name is not None else None)

    card = write(slug, work)
    if as_json:
        print_json({"id": card.public_id, "url": _url(card.public_id), "state": card.state})
        return
    click.echo(_url(card.public_id))
    _explain([card], wanted_up=True)


@group.command("pause")
@organization_option
@ids_argument
def pause(slug: str, ids: tuple[str, ...]) -> None:
    """Take cards back until they are resumed, whatever the directory says."""
    _explain(write(slug, lambda tx: by_hand.pause(tx, ids)), wanted_up=False)


@group.command("resume")
@organization_option
@ids_argument
def resume(slug: str, ids: tuple[str, ...]) -> None:
    """End the pause that an admin set."""
    _explain(write(slug, lambda tx: by_hand.resume(tx, ids)), wanted_up=True)


@group.command("delete")
@organization_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@ids_argument
def delete(slug: str, yes: bool, ids: tuple[str, ...]) -> None:
    """Delete cards: their addresses answer 404, what was set on them is gone, and no group brings them back."""
    if not yes and sys.stdin.isatty():
        click.confirm(f"Delete {len(set(ids))} cards with what was set on them?", abort=True)
    write(slug, lambda tx: by_hand.delete(tx, ids))


@group.command("move")
@organization_option
@click.option("--template", "template_name", required=True, metavar="NAME", help="The template to put the cards on.")
@click.option("--dry-run", is_flag=True, help="Say what the cards would show and change nothing.")
@plan_option
@json_option
@ids_argument
def move(
    slug: str, template_name: str, dry_run: bool, expected: str | None, as_json: bool, ids: tuple[str, ...]
) -> None:
    """Put cards on another template; addresses, codes, own values and photos stay."""
    ensure_one_of(dry_run=dry_run, expected=expected)
    public_url = settings().public_url
    if dry_run:
        with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
            _show_move(moving.make_plan(reader, ids, template_name, public_url), dry_run=True, as_json=as_json)
        return
    try:
        plan = write(slug, lambda tx: moving.move(tx, ids, template_name, public_url, expected))
    except PlanChangedError as error:
        _show_move(error.plan, dry_run=True, as_json=as_json)
        raise
    _show_move(plan, dry_run=False, as_json=as_json)


def _show_move(plan: MovePlan, *, dry_run: bool, as_json: bool) -> None:
    name = plan.template.name
    if as_json:
        moved = [
            {"id": one.public_id, "from": one.template, "to": name, "before": one.before, "after": one.after}
            for one in plan.cards
        ]
        print_json({"dry_run": dry_run, "plan": plan.fingerprint, "cards": moved})
        return
    for one in plan.cards:
        click.echo(f"{one.public_id}: {one.template} → {name}")
        for label, now, then in one.differences():
            click.echo(f"  {label}: {now or '–'} → {then or '–'}")
    if dry_run:
        click.echo(plan_line(plan))
        click.echo("This was a dry run: nothing has been changed.")


def _explain(listed: Sequence[Handled], *, wanted_up: bool) -> None:
    """Say of each card that is not as asked for why it is not."""
    for card in listed:
        if wanted_up and card.state == PAUSED:
            click.echo(f"{card.public_id} stays paused: the directory gives its person no such card now", err=True)
        elif wanted_up and card.state == WAITING:
            click.echo(f"{card.public_id} waits: all seats of the organization are taken", err=True)


def _url(public_id: str) -> str:
    return f"{settings().public_url}/c/{public_id}"
