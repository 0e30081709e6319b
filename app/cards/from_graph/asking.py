"""Whom Microsoft Graph is asked about: people with a live card whose template shows the directory's photo."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, select

from app.auth.sign_in import graph
from app.auth.sign_in.discovery import ProviderUnavailable
from app.auth.sign_in.events import SignedIn
from app.auth.sign_in.flow import ProviderSaysNo
from app.cards.decision import LIVE
from app.cards.layout import PHOTO
from app.cards.tables import cards, templates
from app.core.db import ORGANIZATION, Timestamp
from app.core.errors import NotFound, Refused
from app.core.secrets import Sealer, installation_key
from app.core.settings import Settings
from app.core.unit_of_work import Database, Reader, Transaction
from app.directory.tables import people, scim_users
from app.photos.graph import people as asked
from app.photos.graph import signing_in
from app.photos.graph.client import photo_of
from app.photos.graph.everyone import NoToken, Token, TokenAway
from app.photos.graph.people import Person
from app.photos.graph.tables import graph_people

GUID = "________-____-____-____-____________"
"""A pattern that every object id has."""

_syncing = exists().where(
    cards.c.organization_id == ORGANIZATION,
    cards.c.person_id == scim_users.c.person_id,
    cards.c.state == LIVE,
    templates.c.organization_id == ORGANIZATION,
    templates.c.id == cards.c.template_id,
    templates.c.layout[(PHOTO, "sync")].as_string() != "never",
)
_SYNCS = select(scim_users.c.id).where(
    scim_users.c.organization_id == ORGANIZATION, scim_users.c.person_id == bindparam("person"), _syncing
)
_PEOPLE = (
    select(
        scim_users.c.id,
        scim_users.c.person_id,
        people.c.directory_key,
        graph_people.c.state,
        graph_people.c.etag,
        graph_people.c.reason,
    )
    .join(people, (people.c.organization_id == scim_users.c.organization_id) & (people.c.id == scim_users.c.person_id))
    .outerjoin(
        graph_people,
        (graph_people.c.organization_id == scim_users.c.organization_id) & (graph_people.c.user_id == scim_users.c.id),
    )
    .where(
        scim_users.c.organization_id == ORGANIZATION,
        scim_users.c.id > bindparam("after"),
        people.c.directory_key.like(GUID),
        _syncing,
    )
    .order_by(scim_users.c.id)
    .limit(bindparam("most"))
)
_begun: Any = bindparam("begun", type_=Timestamp)
_FREE = _PEOPLE.where(asked.is_free(bindparam("now", type_=Timestamp), _begun))
_LEFT = _PEOPLE.where(asked.is_left(_begun))


def to_ask(reader: Reader, begun_at: datetime, after: str, most: int, *, now: datetime | None = None) -> list[Person]:
    """At most so many people, in order of their records' ids, behind `after`, who were not done in the round.

    Without `now` also those at whom somebody is at work.
    """
    wanted: dict[str, Any] = {"after": after, "most": most, "begun": begun_at}
    rows = reader.execute(_LEFT, wanted) if now is None else reader.execute(_FREE, wanted | {"now": now})
    return [Person(row.id, row.person_id, photo_of(row.directory_key), asked.known(row)) for row in rows]


def application_token(database: Database, settings: Settings, organization_id: str) -> Token:
    """A token of the organization's application. Raises NoToken, TokenAway."""
    sealer = Sealer(installation_key(settings.secret_key, settings.data_dir))
    try:
        found = graph.application_token(database, sealer, organization_id, settings.graph_url)
    except ProviderUnavailable as error:
        raise TokenAway(str(error)) from error
    except ProviderSaysNo as error:
        raise NoToken(
            f"The sign-in service gives the application no token ({error}). Look whether its client secret has expired:"
            " `lanyard sso set` takes a new one."
        ) from error
    except (NotFound, Refused) as error:
        raise NoToken(str(error)) from error
    return Token(found.text, found.expires_at)


def on_signed_in(tx: Transaction, event: SignedIn) -> None:
    """Have the photo of somebody who signs in fetched with their token, if a card of theirs would show it."""
    token = event.graph_token
    if token is not None and tx.execute(_SYNCS, {"person": event.person_id}).first() is not None:
        signing_in.put(tx, event.person_id, token.sealed, token.expires_at)
