"""Roles, and what each may do: the one table that guards, pages and documentation read."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import bindparam, delete, insert, select

from app.auth.sign_in import sessions
from app.auth.sign_in.tables import roles
from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.unit_of_work import Reader, Transaction

OWNER, DIRECTORY_ADMIN, TEMPLATE_ADMIN, CARD_ADMIN, AUDITOR = ROLES = (
    "owner",
    "directory-admin",
    "template-admin",
    "card-admin",
    "auditor",
)

SEE, CHANGE, RUN = "see", "change", "run"
ACCESS, DIRECTORY, TEMPLATES, CARDS, OVERSIGHT = AREAS = ("access", "directory", "templates", "cards", "oversight")
"""`access`: tokens, sign-in, roles, organization · `directory`: people, groups, log, quality, brake, invitations ·
`templates`: templates and bindings · `cards` · `oversight`: audit log, settings, jobs."""

_BOTH = frozenset({SEE, CHANGE})
_LOOK = frozenset({SEE})
_NONE: frozenset[str] = frozenset()
_SEE_AND_RUN = frozenset({SEE, RUN})

RIGHTS: Mapping[str, Mapping[str, frozenset[str]]] = {
    ACCESS: {OWNER: _BOTH, DIRECTORY_ADMIN: _LOOK, TEMPLATE_ADMIN: _NONE, CARD_ADMIN: _NONE, AUDITOR: _LOOK},
    DIRECTORY: {OWNER: _BOTH, DIRECTORY_ADMIN: _BOTH, TEMPLATE_ADMIN: _LOOK, CARD_ADMIN: _LOOK, AUDITOR: _LOOK},
    TEMPLATES: {OWNER: _BOTH, DIRECTORY_ADMIN: _LOOK, TEMPLATE_ADMIN: _BOTH, CARD_ADMIN: _LOOK, AUDITOR: _LOOK},
    CARDS: {OWNER: _BOTH, DIRECTORY_ADMIN: _LOOK, TEMPLATE_ADMIN: _LOOK, CARD_ADMIN: _BOTH, AUDITOR: _LOOK},
    OVERSIGHT: {
        OWNER: _SEE_AND_RUN,
        DIRECTORY_ADMIN: _SEE_AND_RUN,
        TEMPLATE_ADMIN: _NONE,
        CARD_ADMIN: _NONE,
        AUDITOR: _LOOK,
    },
}
"""What each role may do in each area of the console. A person without a role may do nothing there."""


def may(held: Collection[str], area: str, right: str) -> bool:
    """Whether somebody with these roles has `right` in `area`; roles that are not known give nothing."""
    return any(right in RIGHTS[area].get(role, _NONE) for role in held)


_OF_PERSON = select(roles.c.role).where(
    roles.c.organization_id == ORGANIZATION, roles.c.person_id == bindparam("person")
)
_REVOKE = delete(roles).where(
    roles.c.organization_id == ORGANIZATION,
    roles.c.person_id == bindparam("person"),
    roles.c.role == bindparam("wanted"),
)


def of_person(reader: Reader, person_id: str) -> frozenset[str]:
    """The roles that were given to a person here; those that a provider says of them come with each sign-in."""
    return frozenset(reader.execute(_OF_PERSON, {"person": person_id}).scalars())


def grant(tx: Transaction, person_id: str, role: str) -> bool:
    """Give a person a role; False when they have it. Their sessions end, so that the next one has it.

    Raises Refused for a role that is not known.
    """
    check(role)
    before = of_person(tx, person_id)
    if role in before:
        return False
    tx.execute(insert(roles), {"person_id": person_id, "role": role, "granted_at": tx.now, "granted_by": tx.actor})
    tx.audit("role.granted", person_id, {"role": role, "before": sorted(before), "after": sorted({*before, role})})
    sessions.end_of_person(tx, person_id, "roles changed")
    return True


def revoke(tx: Transaction, person_id: str, role: str) -> bool:
    """Take a role from a person, and end their sessions; False when they do not have it.

    Raises Refused for a role that is not known.
    """
    check(role)
    if not tx.execute(_REVOKE, {"person": person_id, "wanted": role}).rowcount:
        return False
    left = of_person(tx, person_id)
    tx.audit("role.revoked", person_id, {"role": role, "before": sorted({*left, role}), "after": sorted(left)})
    sessions.end_of_person(tx, person_id, "roles changed")
    return True


def check(role: str) -> None:
    """Return when there is such a role. Raises Refused."""
    if role not in ROLES:
        raise Refused(f"there is no role {role!r}; known are {', '.join(ROLES)}", "role")
