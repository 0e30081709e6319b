"""`lanyard apply`: templates, bindings, settings and the provider of sign-in from a file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from app.cards.applying import report
from app.cards.applying.carrying import apply
from app.cards.applying.planning import Plan, make_plan
from app.cards.applying.problems import BadFileError
from app.cards.applying.reading import read_file
from app.cards.applying.spec import FileSpec
from app.cards.fingerprints import PlanChangedError
from app.cards.versioning import report as versioning
from app.cli import drafting
from app.cli.common import (
    ACTOR,
    ensure_one_of,
    find_organization,
    json_option,
    on_a_line,
    open_database,
    organization_option,
    plan_option,
    print_json,
    sealer,
)
from app.core import clock


class _Refusal(click.ClickException):
    """The file is refused: a line for each reason, as compilers write them."""

    def show(self, file: object = None) -> None:
        """Print the reasons on standard error."""
        click.echo(self.message, err=True)


@click.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@organization_option
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--draft", is_flag=True, help="Make drafts of its templates; `lanyard template publish` publishes them.")
@plan_option
@json_option
def command(file: Path, slug: str, dry_run: bool, draft: bool, expected: str | None, as_json: bool) -> None:
    """Make templates, bindings, settings and sign-in what FILE says; the same file again changes nothing."""
    ensure_one_of(dry_run=dry_run, expected=expected)
    try:
        spec = read_file(file)
        if draft:
            if expected is not None:
                raise click.UsageError("--plan does not go with --draft: a draft changes no card")
            drafting.carry_out(slug, spec, dry_run=dry_run, as_json=as_json)
            return
        plan = _planned(slug, spec, expected, dry_run=dry_run)
    except PlanChangedError as error:
        _show(slug, error.plan, dry_run=True, as_json=as_json)
        raise
    except BadFileError as error:
        reasons = [f"{file}:{problem.line}: {problem.reason}" for problem in error.problems]
        raise _Refusal("\n".join(reasons)) from error
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}") from error
    _show(slug, plan, dry_run=dry_run, as_json=as_json)


def _show(slug: str, plan: Plan, *, dry_run: bool, as_json: bool) -> None:
    shows = drafting.what_changes(slug, plan) if dry_run else {}
    if as_json:
        content = report.as_json(plan, dry_run=dry_run)
        print_json({**content, "shows": versioning.as_json(shows)} if dry_run else content)
    else:
        for line in versioning.by_template(shows):
            click.echo(on_a_line(line))
        for sentence in report.sentences(plan, dry_run=dry_run):
            click.echo(sentence)


def _planned(slug: str, spec: FileSpec, expected: str | None, *, dry_run: bool) -> Plan:
    """The plan of `spec`; carried out, unless it is a dry run. Raises PlanChangedError where another was `expected`."""
    with closing(open_database()) as database:
        organization = find_organization(database, slug)
        key = sealer() if spec.sign_in is not None else None
        if not dry_run:
            return database.write(
                lambda tx: apply(tx, spec, expected, key), organization_id=organization.id, actor=ACTOR
            )
        with database.read(organization.id) as reader:
            return make_plan(reader, spec, clock.now(), key)
