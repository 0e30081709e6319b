"""Finding groups by a part of their name, for whoever types it."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from app.attributes.folding import fold
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory.tables import scim_groups

_NAMED = (
    select(scim_groups.c.display_name)
    .where(
        scim_groups.c.organization_id == ORGANIZATION,
        scim_groups.c.display_name_key.like(bindparam("part"), escape="/"),
    )
    .order_by(scim_groups.c.display_name_key)
    .limit(bindparam("most"))
)


def named(reader: Reader, part: str, most: int) -> list[str]:
    """The display names of groups that have `part` in them, in whatever case, in order; at most so many. One query."""
    text = fold(part)
    # What would stand for other characters stands for itself.
    escaped = text.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return list(reader.execute(_NAMED, {"part": f"%{escaped}%", "most": most}).scalars())
