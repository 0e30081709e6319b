"""No statement runs unless every tenant table in it is scoped to its organization."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects import sqlite

from app.core.db import ORGANIZATION
from app.core.tenancy import Unscoped, ensure_scoped
from app.directory.tables import memberships, organizations, people, scim_groups, scim_users

users, groups = scim_users.c, scim_groups.c
OURS = users.organization_id == ORGANIZATION
alias = scim_users.alias("other")
_insert = sqlite.insert(people)
UPSERT = _insert.on_conflict_do_update(
    index_elements=list(people.primary_key.columns), set_={"directory_key": _insert.excluded.directory_key}
)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(select(users.id).where(OURS), id="a select with its organization"),
        pytest.param(update(scim_users).where(OURS).values(active=False), id="an update with its organization"),
        pytest.param(delete(memberships).where(memberships.c.organization_id == ORGANIZATION), id="a delete with it"),
        pytest.param(insert(people), id="an insert, whose rows get their organization"),
        pytest.param(UPSERT, id="an upsert, whose rows get their organization"),
        pytest.param(select(organizations), id="the organizations themselves"),
        pytest.param(
            select(users.id).join(memberships, memberships.c.organization_id == users.organization_id).where(OURS),
            id="a joined table tied to a scoped one",
        ),
        pytest.param(
            select(users.id).where(OURS, exists().where(memberships.c.organization_id == users.organization_id)),
            id="a subquery tied to the outer one",
        ),
        pytest.param(select(alias.c.id).where(alias.c.organization_id == ORGANIZATION), id="an alias, scoped"),
    ],
)
def test_a_scoped_statement_passes(statement: Any) -> None:
    ensure_scoped(statement)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(select(users.id), id="a select of everybody"),
        pytest.param(select(func.count()).select_from(scim_users), id="a count of everybody"),
        pytest.param(update(scim_users).values(active=False), id="an update of everybody"),
        pytest.param(delete(scim_users).where(users.id == bindparam("user")), id="a delete by id alone"),
        pytest.param(select(users.id, groups.id).where(OURS), id="a second table left free"),
        pytest.param(
            select(users.id).where(OURS, exists().where(memberships.c.member_id == users.id)),
            id="a subquery left free",
        ),
        pytest.param(select(users.id, alias.c.id).where(OURS), id="an alias left free beside its scoped table"),
        pytest.param(select(users.id).where(users.organization_id != ORGANIZATION), id="everybody else"),
        pytest.param(
            select(users.id).join(memberships, memberships.c.organization_id == users.organization_id),
            id="two tables tied to each other alone",
        ),
        pytest.param(
            insert(scim_users).from_select([users.id], select(alias.c.id)), id="an insert of what everybody has"
        ),
    ],
)
def test_a_statement_beyond_its_organization_is_refused(statement: Any) -> None:
    with pytest.raises(Unscoped, match="without its organization"):
        ensure_scoped(statement)
