"""The list of groups, as the console searches it, with how many entries each has, counted only so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from app.core import paging
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.ids import is_guid
from app.core.paging import Order, Page
from app.core.unit_of_work import Reader
from app.directory.listed import words
from app.directory.tables import memberships, scim_groups

COUNTED = 1_000
"""Entries that a list counts of a group; of a larger one it says that there are more."""
EXPORTED = 200
"""Groups read at a time for a file."""


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """A group; `members` of its entries are counted, at most COUNTED + 1."""

    id: str
    display_name: str
    external_id: str | None
    modified_at: datetime
    members: int

    @property
    def has_more(self) -> bool:
        """Whether it has more entries than were counted."""
        return self.members > COUNTED


def _counted(most: int | None) -> Any:
    entries = select(memberships.c.member_id).where(
        memberships.c.organization_id == scim_groups.c.organization_id, memberships.c.group_id == scim_groups.c.id
    )
    if most is not None:
        entries = entries.limit(most)
    entries = entries.correlate(scim_groups)
    return select(func.count()).select_from(entries.subquery("entries")).correlate(scim_groups).scalar_subquery()


def _groups(most: int | None) -> Select[Any]:
    return select(
        scim_groups.c.id,
        scim_groups.c.display_name,
        scim_groups.c.external_id,
        scim_groups.c.modified_at,
        _counted(most).label("members"),
    ).where(scim_groups.c.organization_id == ORGANIZATION)


_LISTED = _groups(COUNTED + 1)
_ONE = _groups(None).where(scim_groups.c.id == bindparam("group"))
_ORDER = (scim_groups.c.display_name_key, scim_groups.c.id)


def page(reader: Reader, search: str, place: str | None, *, descending: bool = False, size: int = paging.PAGE) -> Page:
    """One page of the groups whose name has every word of `search` somewhere, by name; rows as of ListedGroup.

    Raises Refused for a place that is none.
    """
    within = func.instr if reader.dialect == "sqlite" else func.strpos
    wanted = [within(scim_groups.c.display_name_key, word) > 0 for word in words(search)]
    return paging.fetch(reader, _LISTED.where(*wanted), Order(_ORDER, descending), place, size=size)


def listed(
    reader: Reader, search: str, place: str | None, *, descending: bool = False
) -> tuple[Page, list[ListedGroup]]:
    """The same page, with its groups."""
    found = page(reader, search, place, descending=descending)
    return found, [_group(row) for row in found.rows]


def every(reader: Reader, search: str) -> Iterator[ListedGroup]:
    """All of these groups, by name, EXPORTED of them at a time."""
    place = None
    while True:
        found = page(reader, search, place, size=EXPORTED)
        yield from map(_group, found.rows)
        place = found.later
        if place is None:
            return


def find(reader: Reader, group_id: str) -> ListedGroup:
    """One group; all its entries are counted. Raises NotFound."""
    row = reader.execute(_ONE, {"group": group_id}).one_or_none() if is_guid(group_id) else None
    if row is None:
        raise NotFound("there is no such group; the directory may have deleted it")
    return _group(row)


def _group(row: Any) -> ListedGroup:
    return ListedGroup(row.id, row.display_name, row.external_id, row.modified_at, row.members)
