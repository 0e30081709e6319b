"""How far bindings reach: how many are in each group, and how many cards of each template are up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from app.cards import bindings
from app.cards.bindings import GroupName
from app.cards.decision import SEATED
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory.tables import memberships


@dataclass(frozen=True, slots=True)
class Reach:
    """A group that is there, with the number of its direct members."""

    group_id: str
    members: int


_SIZES = (
    select(memberships.c.group_id, func.count().label("members"))
    .where(
        memberships.c.organization_id == ORGANIZATION, memberships.c.group_id.in_(bindparam("groups", expanding=True))
    )
    .group_by(memberships.c.group_id)
)
# Asked so that the index that has all of it is read, and no row.
_UP = (
    select(cards.c.template_id, func.count().label("number"))
    .where(cards.c.organization_id == ORGANIZATION, cards.c.state.concat("").in_(SEATED))
    .group_by(cards.c.template_id)
)


def of_groups(reader: Reader, names: Sequence[GroupName]) -> dict[tuple[str, str], Reach]:
    """Those of the named groups that are there, by `GroupName.key`: as bindings found them, else by the name.

    Three queries, over indexes alone.
    """
    found = {one.group.key: one.group_id for one in bindings.every(reader) if one.group_id is not None}
    found |= bindings.find_groups(reader, [name for name in names if name.key not in found])
    wanted = {name.key: found[name.key] for name in names if name.key in found}
    if not wanted:
        return {}
    sizes = {row.group_id: row.members for row in reader.execute(_SIZES, {"groups": sorted(set(wanted.values()))})}
    return {key: Reach(group_id, sizes.get(group_id, 0)) for key, group_id in wanted.items()}


def cards_up(reader: Reader) -> dict[str, int]:
    """How many cards of each template are up, by its id. One query over an index alone."""
    return {row.template_id: row.number for row in reader.execute(_UP)}
