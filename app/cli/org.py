"""`lanyard org`: create, list and set organizations."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from app.cards import issuing
from app.cards.applying import report
from app.cards.applying.planning import make_plan
from app.cards.applying.spec import FileSpec
from app.cli.common import (
    ACTOR,
    Sentences,
    find_organization,
    json_option,
    open_database,
    print_json,
    print_table,
    write,
)
from app.core import clock
from app.core.ids import new_id
from app.core.unit_of_work import Transaction
from app.directory import organizations
from app.directory.organizations import Organization


@click.group("org", cls=Sentences)
def group() -> None:
    """Organizations of this installation."""


@group.command("create")
@click.argument("slug")
@click.option("--name", help="The name that pages show; the short name when left out.")
@click.option("--seat-limit", type=int, help="How many people may have live cards; no limit when left out.")
@click.option("--phone-region", metavar="CC", help="Country of phone numbers without a country code, such as CH.")
@json_option
def create(slug: str, name: str | None, seat_limit: int | None, phone_region: str | None, as_json: bool) -> None:
    """Create an organization."""
    organization_id = new_id()
    with closing(open_database()) as database:
        organization = database.write(
            lambda tx: organizations.create(
                tx, organization_id, slug, name=name, seat_limit=seat_limit, phone_region=phone_region
            ),
            organization_id=organization_id,
            actor=ACTOR,
        )
    if as_json:
        print_json(_described(organization))
    else:
        click.echo(f"Created {slug}. Next: lanyard token create --org {slug} --name Entra", err=True)
        click.echo(f"Sign in as its owner with: lanyard admin-link --org {slug}", err=True)


@group.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the organizations."""
    with closing(open_database()) as database, database.read(None) as reader:
        found = organizations.every(reader)
    if as_json:
        print_json([_described(organization) for organization in found])
    else:
        rows = [(one.slug, one.name, "none" if one.seat_limit is None else str(one.seat_limit)) for one in found]
        print_table(("SLUG", "NAME", "SEAT LIMIT"), rows)


@group.command("set")
@click.argument("slug")
@click.argument("assignments", nargs=-1, required=True, metavar="KEY=VALUE ...")
@click.option("--dry-run", is_flag=True, help="Say what would happen to cards and change nothing.")
def set_(slug: str, assignments: tuple[str, ...], dry_run: bool) -> None:
    """Change an organization's name, seat_limit and settings; `null` removes a value, brake.people=20 sets a part."""
    changes = _changes(assignments)
    if dry_run:
        _tell(slug, changes)
        return

    def work(tx: Transaction) -> None:
        organizations.change(tx, changes)
        if "seat_limit" in changes:
            issuing.reconcile_everybody(tx)

    write(slug, work)
    click.echo(f"Changed {', '.join(changes)} of {slug}.", err=True)


def _tell(slug: str, changes: dict[str, Any]) -> None:
    """Say what the changes would do. Raises Refused, as the changes themselves would."""
    with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
        organizations.changed(organizations.current(reader), changes)
        plan = make_plan(reader, FileSpec(organization=changes), clock.now())
    for sentence in report.sentences(plan, dry_run=True):
        click.echo(sentence)


def _changes(assignments: tuple[str, ...]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for assignment in assignments:
        key, separator, text = assignment.partition("=")
        if not separator:
            raise click.UsageError(f"{assignment!r} is not KEY=VALUE")
        value = _value(text)
        outer, dot, inner = key.partition(".")
        if dot:
            changes.setdefault(outer, {})[inner] = value
        else:
            changes[key] = value
    return changes


def _value(text: str) -> Any:
    """A value as the settings file would read it: whole numbers, true, false and null; everything else is text."""
    words = {"null": None, "true": True, "false": False}
    if text in words:
        return words[text]
    return int(text) if text.isascii() and text.isdigit() else text


def _described(organization: Organization) -> dict[str, Any]:
    return {
        "slug": organization.slug,
        "name": organization.name,
        "seat_limit": organization.seat_limit,
        **organization.settings.to_json(),
        "created": organization.created_at,
    }
