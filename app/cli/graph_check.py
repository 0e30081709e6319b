"""Whether photos can be fetched from Microsoft Graph: a question to Graph, and what it said last."""

from __future__ import annotations

from datetime import UTC, datetime

from app.auth.sign_in import provider
from app.cards.from_graph.asking import application_token, to_ask
from app.core.errors import Refused
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.directory.settings import EVERYONE
from app.photos.graph import rounds
from app.photos.graph.client import Graph
from app.photos.graph.everyone import HOW_TO_CONSENT

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""A round in which nobody was done."""


def check(database: Database, settings: Settings, organization: Organization) -> str:
    """Ask Graph about one person as the hourly job would; a sentence about it. Changes nothing.

    Where photos are fetched at sign-in alone, there is no token to ask with, and what people's own tokens met counts.
    Raises LanyardError with what is wrong.
    """
    with database.read(organization.id) as reader:
        current = rounds.of_organization(reader)
        somebody = to_ask(reader, NEVER, "", 1)
        configured = provider.of_organization(reader)
    if configured is None or configured.tenant_id is None:
        raise Refused("There is no Entra tenant to ask for photos: `lanyard sso set` names it, with --tenant-id.")
    if current.sign_in_problem is not None:
        raise Refused(current.sign_in_problem)
    if organization.settings.photos_from_graph != EVERYONE:
        return "photos are fetched from Microsoft Graph when people sign in."
    token = application_token(database, settings, organization.id)
    if not somebody:
        return "the application gets a token; there is nobody yet to ask Microsoft Graph about."
    answer = Graph(settings.graph_url, token.text).look(somebody[0].path)
    if answer.status == 403:
        raise Refused(f"Microsoft Graph refuses to be asked: {answer.in_words}. {HOW_TO_CONSENT}")
    return "Microsoft Graph answers about photos."
