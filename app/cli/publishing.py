"""`lanyard template publish`, `restore` and `preview`: what a version would show, and having every card show it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import click

from app.cards import template_store
from app.cards.fingerprints import PlanChangedError
from app.cards.previewing import differing
from app.cards.template_store import Template
from app.cards.versioning import drafts, history, previewing, publishing, report
from app.cards.versioning.differences import differences, sentence
from app.cards.versioning.effects import Tally, effects, tally
from app.cards.versioning.previewing import PersonPreview
from app.cards.versioning.publishing import Proposal
from app.cli.common import (
    ensure_one_of,
    find_organization,
    json_option,
    on_a_line,
    open_database,
    organization_option,
    plan_option,
    print_json,
    print_json_list,
    write,
)
from app.cli.template import name_argument
from app.core.unit_of_work import Reader, Transaction

dry_run_option = click.option("--dry-run", is_flag=True, help="Say what cards would show and change nothing.")


@click.command("publish")
@organization_option
@dry_run_option
@plan_option
@json_option
@name_argument
def publish(slug: str, dry_run: bool, expected: str | None, as_json: bool, name: str) -> None:
    """Make the draft of a template its next version: every card shows it at once."""
    _carry_out(
        slug,
        name,
        propose=publishing.of_draft,
        act=lambda tx: publishing.publish(tx, name, expected),
        expected=expected,
        dry_run=dry_run,
        as_json=as_json,
    )


@click.command("restore")
@organization_option
@click.option("--version", "number", type=click.IntRange(min=1), required=True, help="The version to bring back.")
@dry_run_option
@plan_option
@json_option
@name_argument
def restore(slug: str, number: int, dry_run: bool, expected: str | None, as_json: bool, name: str) -> None:
    """Publish what an earlier version said again, as the next version; the template's name stays."""
    _carry_out(
        slug,
        name,
        propose=lambda reader, template: publishing.of_version(reader, template, number),
        act=lambda tx: publishing.restore(tx, name, number, expected),
        expected=expected,
        dry_run=dry_run,
        as_json=as_json,
    )


@click.command("preview")
@organization_option
@click.option("--person", "user_names", multiple=True, metavar="USERNAME", help="Whom to look at; else a few holders.")
@click.option("--version", "number", type=click.IntRange(min=1), help="A version that was kept, not the draft.")
@json_option
@name_argument
def preview(slug: str, user_names: tuple[str, ...], number: int | None, as_json: bool, name: str) -> None:
    """Show on real people what the draft of a template, or one of its versions, would show."""
    with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
        template = template_store.find(reader, name)
        after = _wanted(reader, template, number)
        found = previewing.preview(reader, template, after, user_names)
    if as_json:
        people = [
            {"person": one.person, "id": one.public_id, "before": one.before, "after": one.after} for one in found
        ]
        print_json({"template": template.name, "version": template.version, "of": number or "draft", "people": people})
        return
    for one in found:
        _tell(one)
    if not found:
        click.echo(f"Nobody has a card of {template.name}; name somebody with --person USERNAME.", err=True)


commands = (publish, restore, preview)


def _carry_out(
    slug: str,
    name: str,
    *,
    propose: Callable[[Reader, Template], Proposal],
    act: Callable[[Transaction], Proposal],
    expected: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    ensure_one_of(dry_run=dry_run, expected=expected)
    if dry_run:
        _show(slug, name, propose, as_json=as_json)
        return
    try:
        proposal = write(slug, act)
    except PlanChangedError:
        _show(slug, name, propose, as_json=as_json)
        raise
    if as_json:
        print_json({"dry_run": False, **_head(proposal)})
    else:
        click.echo(f"{proposal.after.name} is published in version {proposal.after.version}: {_changes(proposal)}.")


def _show(slug: str, name: str, propose: Callable[[Reader, Template], Proposal], *, as_json: bool) -> None:
    with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
        proposal = propose(reader, template_store.find(reader, name))
        (_print_json if as_json else _print)(reader, proposal)


def _wanted(reader: Reader, template: Template, number: int | None) -> Template:
    """The template as its draft would make it, or as it was in the version `number`."""
    if number is not None:
        return template_store.next_version(template, template.name, history.find(reader, template, number).layout)
    draft = drafts.needed(reader, template)
    if not draft.is_of(template):
        click.echo(
            f"The draft was made from version {draft.based_on}; version {template.version} was published since.",
            err=True,
        )
    return template_store.next_version(template, draft.name, draft.layout)


def _tell(one: PersonPreview) -> None:
    click.echo(on_a_line(f"{one.person or one.public_id}{'' if one.public_id else ' (no card yet)'}"))
    for label, now, then in differing(one.before, one.after):
        click.echo(on_a_line(f"  {label}: {now or '–'} → {then or '–'}"))


def _print_json(reader: Reader, proposal: Proposal) -> None:
    counted = Tally()
    found = counted.counting(effects(reader, proposal.before, proposal.after))
    head = {"dry_run": True, **_head(proposal)}
    print_json_list(head, "cards", map(report.effect_as_json, found), lambda: {"shows": report.tally_as_json(counted)})


def _print(reader: Reader, proposal: Proposal) -> None:
    before, after = proposal.before, proposal.after
    click.echo(f"{after.name}, version {before.version} → {after.version}: {_changes(proposal)}.")
    for line in report.sentences(tally(reader, before, after)):
        click.echo(on_a_line(line))
    click.echo(f"Plan {proposal.fingerprint}: run it with --plan {proposal.fingerprint}")
    click.echo("This was a dry run: nothing has been changed.")


def _head(proposal: Proposal) -> dict[str, Any]:
    return {
        "template": proposal.after.name,
        "from": proposal.before.version,
        "version": proposal.after.version,
        "changes": differences(proposal.before, proposal.after),
        "plan": proposal.fingerprint,
    }


def _changes(proposal: Proposal) -> str:
    return sentence(differences(proposal.before, proposal.after))
