"""`lanyard invite` and `lanyard invitations`: people outside the directory, and the links by which they get a card."""

from __future__ import annotations

from contextlib import closing

import click

from app.cards import invitations, inviting, template_store
from app.cards.invitations import DEFAULT_DAYS, Invited
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
    write,
)
from app.core import clock
from app.core.unit_of_work import Transaction


@click.command("invite")
@organization_option
@click.option("--template", "template_name", required=True, metavar="NAME", help="The template of the card.")
@click.option("--days", type=int, default=DEFAULT_DAYS, show_default=True, metavar="N", help="How long the link works.")
@click.option("--no-mail", is_flag=True, help="Print the link alone; whoever invites sends it.")
@json_option
@click.argument("email", metavar="EMAIL")
def command(slug: str, template_name: str, days: int, no_mail: bool, as_json: bool, email: str) -> None:
    """Invite somebody outside the directory to a card by e-mail, and print the link, this once.

    A link works once. The card is made, and a seat taken, when it is used. Inviting the same address to the same
    template again makes a new link, and the old one stops working.
    """

    opener, public_url = sealer(), settings().public_url

    def work(tx: Transaction) -> Invited:
        template = template_store.find(tx, template_name)
        return inviting.invite(tx, opener, template, email, public_url, days=days, by_mail=not no_mail)

    made = write(slug, work)
    url = inviting.link_of(made, public_url)
    if as_json:
        print_json(
            {
                "id": made.id,
                "url": url,
                "email": made.email,
                "expires": made.expires_at,
                "replaced": made.replaced,
            }
        )
        return
    click.echo(url)
    if not no_mail and settings().smtp is None:
        click.echo("No mail goes out without LANYARD_SMTP_URL; `lanyard mail list` shows it.", err=True)
    click.echo(f"It works once, until {shown(made.expires_at)}.", err=True)
    if made.replaced:
        click.echo("The link that was made for them before has stopped working.", err=True)


@click.group("invitations", cls=Sentences)
def group() -> None:
    """Invitations of people outside the directory."""


@group.command("list")
@organization_option
@json_option
def list_(slug: str, as_json: bool) -> None:
    """List the invitations, without their links: who was invited to what, and what became of it."""
    now = clock.now()
    with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
        found = invitations.every(reader)
    if as_json:
        print_json(
            [
                {
                    "id": one.id,
                    "email": one.email,
                    "template": one.template,
                    "state": one.state(now),
                    "made": one.made_at,
                    "made_by": one.made_by,
                    "expires": one.expires_at,
                    "claimed": one.claimed_at,
                    "revoked": one.revoked_at,
                    "card": one.card_id,
                }
                for one in found
            ]
        )
        return
    print_table(
        ("ID", "E-MAIL", "TEMPLATE", "STATE", "MADE", "BY", "UNTIL", "CLAIMED"),
        [
            (
                one.id,
                one.email,
                one.template,
                one.state(now),
                shown(one.made_at),
                one.made_by,
                shown(one.expires_at),
                shown(one.claimed_at),
            )
            for one in found
        ],
    )


@group.command("revoke")
@organization_option
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def revoke(slug: str, ids: tuple[str, ...]) -> None:
    """End invitations, by the ids in the list: their links stop working."""
    write(slug, lambda tx: invitations.revoke(tx, ids))
    number = len(set(ids))
    click.echo(f"{number} {'invitation is' if number == 1 else 'invitations are'} revoked.", err=True)
