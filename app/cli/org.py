"""`lanyard org`: create, list and set organizations."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from app.cards.applying import report
from app.cards.applying.carrying import apply
from app.cards.applying.planning import Plan, make_plan
from app.cards.applying.spec import FileSpec
from app.cards.fingerprints import PlanChangedError
from app.cli.common import (
    ACTOR,
    Sentences,
    ensure_one_of,
    find_organization,
    json_option,
    open_database,
    plan_option,
    print_json,
    print_table,
    write,
)
from app.core import clock
from app.core.ids import new_id
from app.core.unit_of_work import Reader, Transaction
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
@plan_option
def set_(slug: str, assignments: tuple[str, ...], dry_run: bool, expected: str | None) -> None:
    """Change an organization's name, seat_limit and settings; `null` removes a value, brake.people=20 sets a part."""
    ensure_one_of(dry_run=dry_run, expected=expected)
    spec = FileSpec(organization=_changes(assignments))
    if dry_run:
        with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
            _check(reader, spec)
            _tell(make_plan(reader, spec, clock.now()))
        return

    def work(tx: Transaction) -> Plan:
        _check(tx, spec)
        return apply(tx, spec, expected)

    try:
        write(slug, work)
    except PlanChangedError as error:
        _tell(error.plan)
        raise
    click.echo(f"Changed {', '.join(spec.organization)} of {slug}.", err=True)


def _check(reader: Reader, spec: FileSpec) -> None:
    """Raise Refused in the words of the settings: there is no file whose lines could be named."""
    organizations.changed(organizations.current(reader), spec.organization)


def _tell(plan: Plan) -> None:
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
