"""One page of users or groups that a filter selects, and the size of the whole (RFC 7644 §3.4.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, select, true

from app.attributes.definitions import GROUP, USER
from app.attributes.filters import Compare, Filter
from app.attributes.folding import fold
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory import groups, users
from app.directory.groups import GroupRecord
from app.directory.tables import memberships, scim_groups, scim_users
from app.directory.users import UserRecord
from app.scim.json_sql import DIALECTS
from app.scim.sql import Searchable, where

Record = TypeVar("Record")


@dataclass(frozen=True)
class Page(Generic[Record]):
    """Some of the matches, in order of creation, and how many there are in all."""

    records: Sequence[Record]
    total: int


_groups_of_user = (
    memberships.c.organization_id == scim_users.c.organization_id,
    memberships.c.member_id == scim_users.c.id,
)
_members_of_group = (
    memberships.c.organization_id == scim_groups.c.organization_id,
    memberships.c.group_id == scim_groups.c.id,
)

USERS = Searchable(
    resource_type=USER,
    table=scim_users,
    columns={
        "id": scim_users.c.id,
        "userName": scim_users.c.user_name_key,
        "externalId": scim_users.c.external_id,
        "active": scim_users.c.active,
    },
    references={"groups": lambda group: exists().where(*_groups_of_user, memberships.c.group_id == group)},
    any_reference={"groups": lambda: exists().where(*_groups_of_user)},
)

GROUPS = Searchable(
    resource_type=GROUP,
    table=scim_groups,
    columns={
        "id": scim_groups.c.id,
        "displayName": scim_groups.c.display_name_key,
        "externalId": scim_groups.c.external_id,
    },
    references={"members": lambda member: exists().where(*_members_of_group, memberships.c.member_id == member)},
    any_reference={"members": lambda: exists().where(*_members_of_group)},
)


def find_users(reader: Reader, wanted: Filter | None, start_index: int, count: int) -> Page[UserRecord]:
    """The users that `wanted` selects, from the `start_index`th (1-based) on, at most `count`."""
    return _page(reader, USERS, users.COLUMNS, users.record, wanted, start_index, count)


def find_groups(reader: Reader, wanted: Filter | None, start_index: int, count: int) -> Page[GroupRecord]:
    """The groups that `wanted` selects, from the `start_index`th (1-based) on, at most `count`."""
    return _page(reader, GROUPS, groups.COLUMNS, groups.record, wanted, start_index, count)


def _page(
    reader: Reader,
    searchable: Searchable,
    columns: Sequence[ColumnElement[Any]],
    record: Callable[[Row[Any]], Record],
    wanted: Filter | None,
    start_index: int,
    count: int,
) -> Page[Record]:
    table = searchable.table
    look_up = _look_up(searchable, wanted)
    if look_up is not None:
        column, operand = look_up
        statement, parameters = _looked_up(table.name, column), {"operand": operand}
        total_statement = _looked_up_total(table.name, column)
    else:
        condition = where(wanted, searchable, DIALECTS[reader.dialect]) if wanted is not None else true()
        scope = (table.c.organization_id == ORGANIZATION, condition)
        statement, parameters = _ordered(select(*columns).where(*scope), table), {}
        total_statement = select(func.count()).select_from(table).where(*scope)
    window = {**parameters, "skip": start_index - 1, "most": count}
    records = [record(row) for row in reader.execute(statement, window)] if count else []
    if start_index == 1 and len(records) < count:
        return Page(records, len(records))
    return Page(records, reader.execute(total_statement, parameters).scalar_one())


def _ordered(statement: Select[Any], table: Any) -> Select[Any]:
    return statement.order_by(table.c.created_at, table.c.id).offset(bindparam("skip")).limit(bindparam("most"))


def _look_up(searchable: Searchable, wanted: Filter | None) -> tuple[str, str] | None:
    """(attribute, operand) when `wanted` is one equality on an indexed column: what directories ask all day."""
    if not (isinstance(wanted, Compare) and wanted.op == "eq" and isinstance(wanted.value, str)):
        return None
    path = wanted.path
    if path.urn or path.where or path.sub or path.attribute.type == "boolean":
        return None
    name = path.attribute.name
    if name not in searchable.columns:
        return None
    return name, wanted.value if path.attribute.case_exact else fold(wanted.value)


_BY_TABLE = {
    scim_users.name: (USERS, users.COLUMNS),
    scim_groups.name: (GROUPS, groups.COLUMNS),
}


@cache
def _looked_up(table_name: str, attribute: str) -> Select[Any]:
    searchable, columns = _BY_TABLE[table_name]
    return _ordered(select(*columns).where(*_look_up_scope(searchable, attribute)), searchable.table)


@cache
def _looked_up_total(table_name: str, attribute: str) -> Select[Any]:
    searchable, _ = _BY_TABLE[table_name]
    return select(func.count()).select_from(searchable.table).where(*_look_up_scope(searchable, attribute))


def _look_up_scope(searchable: Searchable, attribute: str) -> tuple[ColumnElement[bool], ...]:
    return (
        searchable.table.c.organization_id == ORGANIZATION,
        searchable.columns[attribute] == bindparam("operand"),
    )
