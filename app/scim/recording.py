"""What each request leaves in the provisioning log: one row for a write, in its transaction; one for a refusal.

A bulk request is recorded by its operations: each is a Wish that `recorded` fulfils, or that `refused` speaks of.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from app.core.audit import Deed
from app.core.db import ORGANIZATION
from app.core.ids import is_guid
from app.core.unit_of_work import Transaction
from app.directory import provisioning_log
from app.directory.groups import MEMBERS_CHANGED
from app.directory.past_names import NAME_LENGTH
from app.directory.provisioning_log import Push
from app.directory.tables import scim_users
from app.directory.users import UserRecord
from app.scim.acting import Wish, prepare
from app.scim.kinds import Kept
from app.scim.protocol import sentences
from app.scim.protocol.errors import ScimError
from app.scim.protocol.redaction import redacted
from app.scim.protocol.sentences import Effect, Written, WrittenGroup

_USER = select(scim_users.c.person_id, scim_users.c.user_name).where(
    scim_users.c.organization_id == ORGANIZATION, scim_users.c.id == bindparam("user")
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a refused request, or refused operation of a bulk request, asked for, as far as it could be read."""

    method: str
    resource: str
    """The kind of resource (User, Group), or the endpoint where it is about none."""
    resource_id: str | None = None
    body: Any = None


def recorded(wish: Wish, *, started: float, status: int) -> Callable[[Transaction], Kept | None]:
    """What fulfils the wish, as `acting.prepare`, and leaves its row in the log when all that follows from it is done.

    `started` is the `time.perf_counter()` of its arrival, `status` that of its answer. Raises as `acting.prepare`.
    """

    def witness(tx: Transaction, before: Kept | None, after: Kept | None) -> None:
        tx.at_last(lambda: provisioning_log.append(tx, _push(wish, before, after, tx.deeds, started, status)))

    return prepare(wish, witness)


def refused(tx: Transaction, asked: Asked, error: ScimError, *, started: float) -> None:
    """Leave the row of a request that was answered with `error`, in a transaction after its own was rolled back."""
    user_id = asked.resource_id if asked.resource_id is not None and is_guid(asked.resource_id) else None
    found = tx.execute(_USER, {"user": user_id}).one_or_none() if user_id and asked.resource == "User" else None
    sent = _sent_name(asked)
    name = found.user_name if found is not None else sent
    about_user = asked.resource == "User"
    provisioning_log.append(
        tx,
        Push(
            sentence=_storable(sentences.refusal(asked.method, asked.resource, name, error.detail)),
            status=error.status,
            method=asked.method[:8],
            resource=_storable(asked.resource)[:64],
            resource_id=user_id,
            person_id=found.person_id if found is not None else None,
            user_name=name if about_user else None,
            past_name=sent if about_user and found is None else None,
            scim_type=error.scim_type,
            duration_ms=_since(started),
            body=redacted(asked.body),
        ),
    )


def _push(wish: Wish, before: Kept | None, after: Kept | None, deeds: list[Deed], started: float, status: int) -> Push:
    record = after or before
    assert record is not None
    if isinstance(record, UserRecord):
        about = {"person": record.person_id, "user_name": record.document["userName"]}
        written = Written(_document(before), _document(after), _effects(deeds, record.person_id))
    else:
        about = next(
            (dict(deed.detail) for deed in deeds if (deed.action, deed.subject) == (MEMBERS_CHANGED, record.id)), {}
        )
        written = WrittenGroup(
            _document(before),
            _document(after),
            _effects(deeds, None),
            added=about.get("added", 0),
            removed=about.get("removed", 0),
            member=about.get("user_name", ""),
        )
    return Push(
        sentence=_storable(sentences.sentence(written)),
        status=status,
        method=wish.method,
        resource=wish.kind.resource_type.name,
        resource_id=record.id,
        person_id=about.get("person"),
        user_name=about.get("user_name"),
        past_name=_past_name(before, after),
        duration_ms=_since(started),
        body=redacted(wish.body),
    )


def _document(record: Kept | None) -> Mapping[str, Any] | None:
    return record.document if record is not None else None


def _past_name(before: Kept | None, after: Kept | None) -> str | None:
    """The user name that a record had before the write, and has no more."""
    if not isinstance(before, UserRecord):
        return None
    name: str = before.document["userName"]
    return name if after is None or after.document["userName"] != name else None


def _effects(deeds: list[Deed], person_id: str | None) -> list[Effect]:
    told = [deed for deed in deeds if deed.action.startswith(("card.", "binding."))]
    paused = {deed.subject for deed in told if deed.action == "card.paused"}
    return [
        Effect(
            deed.action,
            own=deed.detail.get("person") == person_id,
            template=deed.detail.get("template_name", ""),
            left=deed.detail.get("from_name", ""),
        )
        for deed in told
        # A card that was taken down at the same time shows nothing.
        if deed.action != "card.updated" or deed.subject not in paused
    ]


def _sent_name(asked: Asked) -> str | None:
    """The user name, or a group's display name, in the body of a refused request."""
    if not isinstance(asked.body, Mapping):
        return None
    wanted = "username" if asked.resource == "User" else "displayname"
    found = next((value for key, value in asked.body.items() if key.lower() == wanted), None)
    return _storable(found)[:NAME_LENGTH] if isinstance(found, str) and found else None


def _storable(text: str) -> str:
    """`text` without what a database refuses: senders' texts come back in errors."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
