"""`lanyard template`: templates and their versions, copies, and the end of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from typing import Any

import click

from app.cards import template_acts, template_list, template_store
from app.cards.template_list import ListedTemplate
from app.cards.versioning import history
from app.cards.versioning.differences import sentence
from app.cli.common import (
    Sentences,
    find_organization,
    json_option,
    open_database,
    organization_option,
    print_json,
    print_table,
    shown,
    write,
)

name_argument = click.argument("name", metavar="NAME")


@click.group("template", cls=Sentences)
def group() -> None:
    """Templates of an organization."""


@group.command("list")
@organization_option
@json_option
def list_(slug: str, as_json: bool) -> None:
    """List the templates with their cards, the groups bound to them, and whether there is a draft."""
    with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
        found = template_list.every(reader)
    if as_json:
        print_json([_described(one) for one in found])
        return
    rows = [
        (one.name, str(one.version), shown(one.since), _counts(one.cards), ", ".join(one.groups) or "-", _draft(one))
        for one in found
    ]
    print_table(("TEMPLATE", "VERSION", "SINCE", "CARDS", "GROUPS", "DRAFT"), rows)


@group.command("versions")
@organization_option
@json_option
@name_argument
def versions(slug: str, as_json: bool, name: str) -> None:
    """List the versions of a template that were published: when, by whom, and what each changed."""
    with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
        found = list(history.steps(reader, template_store.find(reader, name)))
    if as_json:
        print_json(
            [
                {
                    "version": step.version.number,
                    "name": step.version.name,
                    "at": step.version.made_at,
                    "by": step.version.actor,
                    "request_id": step.version.request_id,
                    "changes": step.changes,
                }
                for step in found
            ]
        )
        return
    rows = [
        (str(step.version.number), shown(step.version.made_at), step.version.actor, sentence(step.changes))
        for step in found
    ]
    print_table(("VERSION", "PUBLISHED", "BY", "CHANGES"), rows)


@group.command("duplicate")
@organization_option
@json_option
@name_argument
@click.argument("new", metavar="NEW")
def duplicate(slug: str, as_json: bool, name: str, new: str) -> None:
    """Make a template NEW that says what NAME says; groups, cards, versions and draft stay with NAME."""
    made = write(slug, lambda tx: template_acts.duplicate(tx, name, new))
    if as_json:
        print_json({"template": made.name, "version": made.version})
    else:
        click.echo(f"{made.name} is there, in version 1.", err=True)


@group.command("delete")
@organization_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@name_argument
def delete(slug: str, yes: bool, name: str) -> None:
    """Delete a template that no card hangs on, with its draft and all its versions."""
    if not yes and sys.stdin.isatty():
        click.confirm(f"Delete {name} with all its versions?", abort=True)
    write(slug, lambda tx: template_acts.remove(tx, name))


def _described(one: ListedTemplate) -> dict[str, Any]:
    draft = asdict(one.draft) if one.draft else None
    return {
        "name": one.name,
        "version": one.version,
        "since": one.since,
        "cards": one.cards,
        "groups": one.groups,
        "draft": draft
        and {"based_on": draft["based_on"], "at": draft["modified_at"], "by": draft["actor"], "stale": draft["stale"]},
    }


def _counts(cards: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in cards.items() if number) or "-"


def _draft(one: ListedTemplate) -> str:
    if one.draft is None:
        return "-"
    return f"of version {one.draft.based_on}" + (", out of date" if one.draft.stale else "")
