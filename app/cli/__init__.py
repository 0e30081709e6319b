"""The command line `lanyard`: one module for each group of commands."""

from __future__ import annotations

import click

from app.cli import (
    apply,
    backup,
    brake,
    card_values,
    cards,
    demo,
    doctor,
    export,
    invitations,
    jobs,
    log,
    mail,
    migrate,
    oauth_client,
    org,
    people,
    photos,
    publishing,
    quality,
    rehearse,
    restore,
    serve,
    sso,
    template,
    token,
)
from app.cli.common import Sentences
from app.core import logs


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Business cards for every employee, straight from the company directory."""
    logs.configure("warning")  # to standard error: standard output is the command's alone


for command in (
    apply.command,
    backup.command,
    brake.group,
    cards.group,
    demo.command,
    doctor.command,
    export.command,
    invitations.command,
    invitations.group,
    jobs.group,
    log.command,
    mail.group,
    migrate.command,
    oauth_client.group,
    org.group,
    people.group,
    photos.group,
    quality.command,
    rehearse.command,
    restore.command,
    serve.command,
    sso.admin_link,
    sso.group,
    sso.role_group,
    template.group,
    token.group,
):
    main.add_command(command)
for command in card_values.commands:
    cards.group.add_command(command)
for command in publishing.commands:
    template.group.add_command(command)
