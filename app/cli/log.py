"""`lanyard log`: what was pushed, and what came of it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from app.cli.common import (
    find_organization,
    json_option,
    open_database,
    organization_option,
    print_json,
    print_table,
)
from app.directory import provisioning_log
from app.directory.provisioning_log import LoggedPush


@click.command("log")
@organization_option
@click.option("--user", metavar="USERNAME", help="Only about whoever is, or was, called so; also people who have left.")
@click.option("--failed", is_flag=True, help="Only what was refused.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many, the newest.")
@json_option
def command(slug: str, user: str | None, failed: bool, limit: int, as_json: bool) -> None:
    """Show the provisioning log: every write with its effect, every refused request; the newest last."""
    with closing(open_database()) as database:
        organization = find_organization(database, slug)
        with database.read(organization.id) as reader:
            if user is None:
                found = provisioning_log.latest(reader, limit, failed=failed)
            else:
                found = provisioning_log.latest_about(reader, user, limit, failed=failed)
    found.reverse()
    if as_json:
        print_json([_described(row) for row in found])
    else:
        print_table(
            ("AT (UTC)", "BY", "STATUS", "ABOUT", "WHAT"),
            [
                (
                    row.at.strftime("%Y-%m-%d %H:%M:%S"),
                    row.actor,
                    str(row.push.status),
                    row.push.user_name or row.push.resource or "-",
                    row.push.sentence,
                )
                for row in found
            ],
        )


def _described(row: LoggedPush) -> dict[str, Any]:
    push = row.push
    return {
        "at": row.at,
        "request_id": row.request_id,
        "actor": row.actor,
        "method": push.method,
        "resource": push.resource,
        "resource_id": push.resource_id,
        "user_name": push.user_name,
        "person": push.person_id,
        "sentence": push.sentence,
        "status": push.status,
        "scim_type": push.scim_type,
        "duration_ms": push.duration_ms,
        "body": push.body,
    }
