"""`lanyard people`: who was pushed, and why each has the card they have."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import asdict
from typing import Any

import click

from app.cards import blocking, merging, roster, why
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
    undone,
    write,
)
from app.directory import finding
from app.web.words import plural


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

    USERNAME may also be a name the person had before, or of somebody who has left, the directory's id of them, or the
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


@group.command("merge")
@organization_option
@click.argument("user_name", metavar="USERNAME")
@click.argument("into", metavar="INTO")
@click.option("--dry-run", is_flag=True, help="Say what would come over and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def merge(slug: str, user_name: str, into: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Make somebody who has left the person INTO, who came back under another identity: cards, addresses, own values.

    USERNAME is a name they had, the directory's id of them, or the address they were invited by; INTO is who is in the
    directory now. Where both have a card of one template, the older one stays and both addresses open it. This cannot
    be taken back.
    """
    if not (dry_run or yes) and sys.stdin.isatty():
        click.confirm(f"Make {user_name} and {into} one person for good?", abort=True)
    run = undone if dry_run else write
    merged = run(slug, lambda tx: merging.merge(tx, user_name, into))
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "from": {"id": merged.gone.id, "external_id": merged.gone.directory_key},
                "into": {"id": merged.into.id, "user_name": merged.into.user_name},
                "cards": [asdict(card) for card in merged.cards],
            }
        )
        return
    who = f"{user_name!r}" if user_name == merged.gone.handle else f"{user_name!r} ({merged.gone.handle})"
    click.echo(f"{who} {'would be' if dry_run else 'is now'} {merged.into.user_name!r}.")
    for card in merged.cards:
        click.echo(f"{card.template}: {card.state}, {card.id}{f', also at {card.address}' if card.address else ''}")
        for key, value in card.dropped.items():
            text = "(emptied)" if value is None else repr(value)
            click.echo(f"  {key} {text} of the younger card is hidden by the older one's and dropped")
        if card.kept_down:
            click.echo("  An admin deleted the other card in its place, so it is paused until an admin resumes it.")
    if dry_run:
        click.echo("This was a dry run: nothing has been changed.")


@group.command("block")
@organization_option
@click.argument("user_name", metavar="USERNAME")
@json_option
def block(slug: str, user_name: str, as_json: bool) -> None:
    """Keep a person out: cards down, sessions over, no sign-in, whatever the directory pushes, until `unblock`."""
    done = write(slug, lambda tx: blocking.block(tx, finding.one(tx, user_name).id))
    if as_json:
        print_json({"blocked": True, **asdict(done)})
        return
    click.echo(f"{user_name} is blocked: {plural(done.down, 'card')} down, {plural(done.sessions, 'session')} ended.")


@group.command("unblock")
@organization_option
@click.argument("user_name", metavar="USERNAME")
@json_option
def unblock(slug: str, user_name: str, as_json: bool) -> None:
    """Let a person in again; their cards are what the directory and the groups say."""
    done = write(slug, lambda tx: blocking.unblock(tx, finding.one(tx, user_name).id))
    if as_json:
        print_json({"blocked": False, **asdict(done)})
        return
    click.echo(f"{user_name} is let in again: {plural(done.up, 'card')} up, {plural(done.down, 'card')} down.")


def _tell(explanation: Explanation) -> None:
    if explanation.invited_as is not None:
        click.echo(f"{explanation.invited_as}, invited from outside the directory")
    else:
        state = "deleted" if explanation.deleted else "active" if explanation.active else "disabled"
        name = explanation.display_name or "no display name"
        click.echo(f"{explanation.user_name} ({name}), {state} in the directory")
        click.echo(f"Groups: {', '.join(explanation.groups) or 'none'}")
    if explanation.formerly:
        print_table(("FORMERLY", "UNTIL"), [(name.user_name, shown(name.until)) for name in explanation.formerly])
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
        "blocked": explanation.blocked_at,
        "formerly": [{"user_name": name.user_name, "until": name.until} for name in explanation.formerly],
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
