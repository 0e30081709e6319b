"""Whether what was acknowledged is on disk."""

from __future__ import annotations

from sqlalchemy import text

from app.core.errors import Refused
from app.core.unit_of_work import Database


def check(database: Database, *, copied: bool) -> None:
    """Return when every committed transaction outlives a power cut, as far as the database's settings go; where it is
    `copied` for card pages, when it is also in the copy.

    On SQLite each connection sees to it. Raises Refused with what to do where PostgreSQL was told not to wait for its
    disk, or for no copy, Unavailable when the database is away.
    """
    with database.read(None) as reader:
        if copied and not reader.execute_across(_COPIES).scalar_one():
            raise Refused(
                "PostgreSQL does not wait for the copy that LANYARD_READ_DATABASE_URL names, so that card pages may"
                " show who has left: name the copy in synchronous_standby_names."
            )
        if reader.dialect == "postgresql" and reader.execute_across(_SYNCHRONOUS).scalar_one() == "off":
            raise Refused(
                "PostgreSQL does not wait for its disk (synchronous_commit is off): what was acknowledged to a"
                " directory can be lost. Set it to on, for the role or in postgresql.conf."
            )


_COPIES = text("SHOW synchronous_standby_names")
_SYNCHRONOUS = text("SHOW synchronous_commit")
