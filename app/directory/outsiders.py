"""People from outside the directory: known by the e-mail address they claimed a card with, without a record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from app.attributes.folding import fold
from app.core.db import ORGANIZATION
from app.core.errors import Collision
from app.core.ids import new_id
from app.core.unit_of_work import Reader, Transaction, violates
from app.directory import listed
from app.directory.tables import people, scim_users

_BY_EMAIL = select(func.coalesce(people.c.merged_into, people.c.id)).where(
    people.c.organization_id == ORGANIZATION, people.c.email_key == bindparam("key")
)
# Of every organization: whoever wants to sign in with an address does not say whose card they have.
_EVERYWHERE = (
    select(people.c.organization_id, people.c.id)
    .where(people.c.email_key == bindparam("key"), people.c.merged_into.is_(None))
    .order_by(people.c.organization_id)
)
_STILL_OUTSIDE = select(people.c.email).where(
    people.c.organization_id == ORGANIZATION,
    people.c.id == bindparam("person"),
    people.c.merged_into.is_(None),
    people.c.email.is_not(None),
)
_ACTIVE = select(scim_users.c.user_name).where(scim_users.c.organization_id == ORGANIZATION, scim_users.c.active)
_BY_NAME = _ACTIVE.where(scim_users.c.user_name_key == bindparam("key"))


def _with_mail(has_mail: ColumnElement[bool]) -> Select[Any]:
    return _ACTIVE.where(has_mail).order_by(scim_users.c.created_at, scim_users.c.id).limit(1)


_mails = func.json_each(scim_users.c.folded, "$.emails").table_valued("value", name="mails")
_BY_MAIL = {
    "sqlite": _with_mail(
        select(_mails.c.value).where(func.json_extract(_mails.c.value, "$.value") == bindparam("key")).exists()
    ),
    "postgresql": _with_mail(
        type_coerce(scim_users.c.folded, JSONB).contains(bindparam("entry", type_=JSONB)),
    ),
}


def record_with(reader: Reader, email: str) -> str | None:
    """The user name of an active record that has this address, in any case, as user name or e-mail; else None.

    Looks at every record's addresses: for what people do by hand.
    """
    key = fold(email)
    found = reader.execute(_BY_NAME, {"key": key}).scalar()
    if found is None:
        asked = {"key": key} if reader.dialect == "sqlite" else {"entry": {"emails": [{"value": key}]}}
        found = reader.execute(_BY_MAIL[reader.dialect], asked).scalar()
    return found


def find(reader: Reader, email: str) -> str | None:
    """The id of the person who claimed a card with this address, in any case; None when nobody did.

    That is the person they were merged into, if they were.
    """
    person_id: str | None = reader.execute(_BY_EMAIL, {"key": fold(email)}).scalar()
    return person_id


def everywhere(reader: Reader, email: str) -> list[tuple[str, str]]:
    """(organization, person) of everybody who claimed a card with this address, in any case, in any organization."""
    return [(row.organization_id, row.id) for row in reader.execute_across(_EVERYWHERE, {"key": fold(email)})]


def address_of(reader: Reader, person_id: str) -> str | None:
    """The address that the person claimed with; None for the directory's people, and once they were merged."""
    found: str | None = reader.execute(_STILL_OUTSIDE, {"person": person_id}).scalar_one_or_none()
    return found


def person_with(tx: Transaction, email: str) -> str:
    """The id of the person who claims with this address: who did before, else a new person."""
    found = find(tx, email)
    if found is not None:
        return found
    person_id = new_id()
    try:
        row = {"id": person_id, "email": email, "email_key": fold(email), "created_at": tx.now, "changed_at": tx.now}
        tx.execute(insert(people), row | listed.of_address(email).columns())
    except IntegrityError as error:
        if violates(error, "people", "email_key"):
            # They claim another invitation next door: when that is done, they are found.
            raise Collision from error
        raise
    return person_id
