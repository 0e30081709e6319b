"""What `lanyard apply` does beside its plan: drafts made from the file, and what changed templates would show."""

from __future__ import annotations

from contextlib import closing

import click

from app.cards import template_store
from app.cards.applying.drafting import DraftPlan, make_drafts, plan_drafts
from app.cards.applying.planning import Plan
from app.cards.applying.spec import FileSpec
from app.cards.versioning.effects import Tally, tally
from app.cli.common import ACTOR, find_organization, open_database, print_json


def carry_out(slug: str, spec: FileSpec, *, dry_run: bool, as_json: bool) -> None:
    """`lanyard apply --draft`: make the drafts, unless it is a dry run, and tell. Raises BadFileError."""
    plan = _planned(slug, spec, dry_run=dry_run)
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "drafts": {
                    "save": [template.name for template, _ in plan.save],
                    "drop": [template.name for template in plan.drop],
                    "unchanged": [template.name for template in plan.unchanged],
                },
            }
        )
        return
    for template, _ in plan.save:
        click.echo(f"Template {template.name}: a draft of what follows version {template.version}.")
    for template in plan.drop:
        click.echo(f"Template {template.name}: the draft is given up; the file says what is published.")
    for template in plan.unchanged:
        click.echo(f"Template {template.name}: nothing to change.")
    if dry_run:
        click.echo("This was a dry run: nothing has been changed.")


def what_changes(slug: str, plan: Plan) -> dict[str, Tally]:
    """What the templates that `plan` changes would show differently on the cards that they have, by name."""
    with closing(open_database()) as database, database.read(find_organization(database, slug).id) as reader:
        before = {template.id: template for template in template_store.every(reader)} if plan.templates.update else {}
        return {
            after.name: tally(reader, before[after.id], after) for after in plan.templates.update if after.id in before
        }


def _planned(slug: str, spec: FileSpec, *, dry_run: bool) -> DraftPlan:
    with closing(open_database()) as database:
        organization = find_organization(database, slug)
        if not dry_run:
            return database.write(lambda tx: make_drafts(tx, spec), organization_id=organization.id, actor=ACTOR)
        with database.read(organization.id) as reader:
            return plan_drafts(reader, spec)
