"""Who comes in: a provider's subject is matched with a person of the directory, once, and never by e-mail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from app.attributes.folding import fold
from app.auth.sign_in import roles
from app.auth.sign_in.id_token import Subject
from app.auth.sign_in.tables import identities
from app.core.db import ORGANIZATION
from app.core.errors import Collision, LanyardError
from app.core.ids import is_guid
from app.core.unit_of_work import Transaction
from app.directory.tables import people, scim_users

NOT_PROVISIONED, INACTIVE, AMBIGUOUS, BLOCKED = "not provisioned", "inactive", "ambiguous", "blocked"
WAITING = "waiting"
"""Every card of theirs waits for a seat, which is for the cards to say (events.SignedIn)."""

LINK, EXTERNAL_ID, USER_NAME, ROLE = "link", "externalId", "userName", "role"


class NotAdmitted(LanyardError):
    """The provider vouches for somebody who does not come in.

    `kind` is one of the module's, `who` what the provider calls them; both for the page.
    """

    def __init__(self, kind: str, who: str, reason: str) -> None:
        super().__init__(f"{who} {reason}")
        self.kind = kind
        self.who = who


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who comes in: a person, or somebody with a role whom the directory does not know."""

    person_id: str | None
    roles: frozenset[str]
    by: str
    """What led here: LINK, EXTERNAL_ID, USER_NAME, or a ROLE that the provider says."""


_LINKED = select(identities.c.person_id).where(
    identities.c.organization_id == ORGANIZATION,
    identities.c.issuer == bindparam("at"),
    identities.c.subject == bindparam("sub"),
)
# Of a person who was merged into another (cards.merging) the other has what the directory sends under the old id.
_KEYED = select(func.coalesce(people.c.merged_into, people.c.id)).where(
    people.c.organization_id == ORGANIZATION, people.c.directory_key == bindparam("key")
)
_NAMED = select(scim_users.c.person_id).where(
    scim_users.c.organization_id == ORGANIZATION, scim_users.c.user_name_key == bindparam("key")
)
_SUBJECTS = select(identities.c.subject).where(
    identities.c.organization_id == ORGANIZATION,
    identities.c.issuer == bindparam("at"),
    identities.c.person_id == bindparam("person"),
)
# The lock makes a push that deactivates the person wait for this sign-in, and then end its session; or the other way
# about: whoever waited for the push sees that the person is inactive. The same with an admin who keeps them out.
_RECORD = (
    select(scim_users.c.active, scim_users.c.external_id, people.c.blocked_at)
    .join(people, (people.c.organization_id == scim_users.c.organization_id) & (people.c.id == scim_users.c.person_id))
    .where(scim_users.c.organization_id == ORGANIZATION, scim_users.c.person_id == bindparam("person"))
    .with_for_update(read=True)
)


def admit(tx: Transaction, subject: Subject, *, tenant: bool) -> Admitted:
    """The person that the subject is, with their roles; links them when it is the first time.

    `tenant` says that the subject's id is an object id of an Entra tenant. Never creates a person. Raises NotAdmitted.
    """
    claimed = _known(subject.roles)
    person_id, by = _person(tx, subject, tenant=tenant)
    if person_id is None:
        if claimed:
            return Admitted(None, claimed, ROLE)
        raise NotAdmitted(NOT_PROVISIONED, subject.shown, "is not in the directory that was pushed to Lanyard")
    record = tx.execute(_RECORD, {"person": person_id}).one_or_none()
    if record is None or not record.active:
        raise NotAdmitted(INACTIVE, subject.shown, "is no active person of the directory")
    if record.blocked_at is not None:
        raise NotAdmitted(BLOCKED, subject.shown, "is kept out by an admin of the organization")
    if tenant and is_guid(record.external_id or "") and record.external_id.lower() != subject.id:
        # Whatever led here, a name that was given to somebody else or a link of long ago: the record says who it is.
        raise NotAdmitted(AMBIGUOUS, subject.shown, "of the directory has another object id than who signed in")
    return Admitted(person_id, roles.of_person(tx, person_id) | claimed, by)


def _person(tx: Transaction, subject: Subject, *, tenant: bool) -> tuple[str | None, str]:
    """The id of the person that the subject is, and what led to them."""
    linked: str | None = tx.execute(_LINKED, {"at": subject.issuer, "sub": subject.id}).scalar_one_or_none()
    if linked is not None:
        return linked, LINK
    if tenant:
        keyed: str | None = tx.execute(_KEYED, {"key": subject.id}).scalar_one_or_none()
        if keyed is not None:
            return _link(tx, subject, keyed, EXTERNAL_ID), EXTERNAL_ID
    if subject.user_name is None or subject.is_guest:
        return None, ROLE
    named: str | None = tx.execute(_NAMED, {"key": fold(subject.user_name)}).scalar_one_or_none()
    return (None, ROLE) if named is None else (_link(tx, subject, named, USER_NAME), USER_NAME)


def _link(tx: Transaction, subject: Subject, person_id: str, by: str) -> str:
    others = tx.execute(_SUBJECTS, {"at": subject.issuer, "person": person_id}).scalars().all()
    if others:
        raise NotAdmitted(AMBIGUOUS, subject.shown, "has signed in before as somebody with another id")
    row = {"issuer": subject.issuer, "subject": subject.id, "person_id": person_id, "linked_at": tx.now}
    try:
        tx.execute(insert(identities), row)
    except IntegrityError as error:
        raise Collision from error  # the same person signs in twice at once: when that is done, the link is found
    tx.audit("identity.linked", person_id, {"by": by, "issuer": subject.issuer, "subject": subject.id})
    return person_id


def _known(claimed: Collection[str]) -> frozenset[str]:
    """The roles among a claim's values: a role's name, alone or after `lanyard.`, in any case."""
    names = {value.casefold().removeprefix("lanyard.") for value in claimed}
    return frozenset(names & set(roles.ROLES))
