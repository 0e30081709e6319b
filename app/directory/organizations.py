"""Organizations: creating, finding and changing them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.core.db import ORGANIZATION
from app.core.errors import Conflict, NotFound, Refused
from app.core.unit_of_work import Reader, Transaction
from app.directory.settings import OrganizationSettings, whole_number
from app.directory.tables import organizations

NAME_LENGTH = 128
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Organization:
    """A tenant. Owns everything that carries its id; nothing crosses from one to another."""

    id: str
    slug: str
    name: str
    seat_limit: int | None
    settings: OrganizationSettings
    created_at: datetime


_COLUMNS = tuple(organizations.c[one.name] for one in fields(Organization))
_EVERY = select(*_COLUMNS).order_by(organizations.c.slug)
_BY_SLUG = select(*_COLUMNS).where(organizations.c.slug == bindparam("wanted_slug"))
_CURRENT = select(*_COLUMNS).where(organizations.c.id == ORGANIZATION)
_SETTINGS = select(organizations.c.settings).where(organizations.c.id == ORGANIZATION)
_CURRENT_LOCKED = _CURRENT.with_for_update(key_share=True)  # plain FOR UPDATE would stop every insert
_SHARED = (
    select(organizations.c.id).where(organizations.c.id == ORGANIZATION).with_for_update(read=True, key_share=True)
)
_CHANGE = update(organizations).where(organizations.c.id == ORGANIZATION)


def create(
    tx: Transaction,
    organization_id: str,
    slug: str,
    *,
    name: str | None = None,
    seat_limit: int | None = None,
    phone_region: str | None = None,
) -> Organization:
    """A new organization. Raises Refused for a malformed slug, name or setting, Conflict when the slug is taken."""
    if not _SLUG.fullmatch(slug):
        raise Refused(f"an organization's short name is 1 to 63 of a-z, 0-9 and inner hyphens; {slug!r} is not", "slug")
    organization = Organization(
        id=organization_id,
        slug=slug,
        name=_checked_name(name if name is not None else slug),
        seat_limit=_checked_limit(seat_limit),
        settings=OrganizationSettings().changed({"phone_region": phone_region}),
        created_at=tx.now,
    )
    try:
        tx.execute_across(
            insert(organizations),
            {
                "id": organization.id,
                "slug": slug,
                "name": organization.name,
                "seat_limit": organization.seat_limit,
                "settings": organization.settings.to_json(),
                "created_at": tx.now,
            },
        )
    except IntegrityError as error:
        raise Conflict("slug", f"there is an organization {slug!r} already") from error
    tx.audit("organization.created", slug)
    return organization


def find(reader: Reader, slug: str) -> Organization:
    """The organization with this short name. Raises NotFound."""
    row = reader.execute_across(_BY_SLUG, {"wanted_slug": slug}).one_or_none()
    if row is None:
        raise NotFound(f"there is no organization {slug!r}; `lanyard org list` shows those that there are")
    return _organization(row)


def every(reader: Reader) -> list[Organization]:
    """All organizations of this installation, by short name."""
    return [_organization(row) for row in reader.execute_across(_EVERY)]


def current(reader: Reader, *, lock: bool = False) -> Organization:
    """The organization that `reader` is scoped to; `lock` keeps other lockers out until the transaction ends."""
    row = reader.execute(_CURRENT_LOCKED if lock else _CURRENT).one_or_none()
    if row is None:
        raise NotFound("the organization is gone")
    return _organization(row)


def share(tx: Transaction) -> None:
    """Have whoever wants the organization to themselves (cards.issuing.hold_organization) wait for this transaction.

    Every insert does so by itself. To be called before the lock of a row that others want too: they would wait for
    that, and this transaction, at its first insert, for them.
    """
    if tx.dialect == "postgresql":  # SQLite's writers are alone already
        tx.execute(_SHARED)


def settings(reader: Reader) -> OrganizationSettings:
    """The settings of the organization that `reader` is scoped to, without the rest of it."""
    row = reader.execute(_SETTINGS).one_or_none()
    if row is None:
        raise NotFound("the organization is gone")
    return OrganizationSettings.from_json(row.settings)


def change(tx: Transaction, changes: Mapping[str, Any]) -> Organization:
    """The organization after `changes` to its name, `seat_limit` (None: none) and settings.

    Changing nothing writes nothing. Raises Refused naming the key and the reason; then nothing is changed.
    """
    before = current(tx, lock=True)
    after = changed(before, changes)
    if after != before:
        tx.execute(
            _CHANGE,
            {
                "name": after.name,
                "seat_limit": after.seat_limit,
                "seats_taken": None,
                "settings": after.settings.to_json(),
            },
        )
        tx.audit("organization.changed", after.slug, _differences(before, after))
    return after


def described(organization: Organization) -> dict[str, Any]:
    """Everything that `change` can change, as plain JSON by its key."""
    return {"name": organization.name, "seat_limit": organization.seat_limit, **organization.settings.to_json()}


def _differences(before: Organization, after: Organization) -> dict[str, dict[str, Any]]:
    """What became of each key that changed, `before` and `after`."""
    was, now = described(before), described(after)
    changed = [key for key in now if now[key] != was[key]]
    return {"before": {key: was[key] for key in changed}, "after": {key: now[key] for key in changed}}


def changed(organization: Organization, changes: Mapping[str, Any]) -> Organization:
    """`organization` as `changes` would make it; nothing is written. Raises Refused naming the key."""
    rest = dict(changes)
    result = organization
    if "name" in rest:
        result = replace(result, name=_checked_name(rest.pop("name")))
    if "seat_limit" in rest:
        result = replace(result, seat_limit=_checked_limit(rest.pop("seat_limit")))
    return replace(result, settings=result.settings.changed(rest))


def _checked_name(name: Any) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > NAME_LENGTH or not name.isprintable():
        raise Refused(f"an organization's name is a text of 1 to {NAME_LENGTH} characters", "name")
    return name


def _checked_limit(limit: Any) -> int | None:
    return None if limit is None else whole_number("seat_limit", limit, 0, 10_000_000)


def _organization(row: Row[Any]) -> Organization:
    return Organization(
        id=row.id,
        slug=row.slug,
        name=row.name,
        seat_limit=row.seat_limit,
        settings=OrganizationSettings.from_json(row.settings),
        created_at=row.created_at,
    )
