"""The provisioning log as screens read it: by pages, narrowed by person, outcome, kind and time, and one push alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, literal_column, select, union_all

from app.core import paging
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.ids import TIMED_PREFIX, timed_id
from app.core.paging import Order, Page
from app.core.unit_of_work import Reader
from app.directory.finding import persons_named
from app.directory.past_names import name_key
from app.directory.provisioning_log import LoggedPush, logged
from app.directory.tables import provisioning_log

KINDS = ("User", "Group")
"""The kinds of resources that the log can be narrowed to."""
EXPORTED_AT_ONCE = 500

_NEWEST_FIRST = Order((provisioning_log.c.id,), descending=True)
_NEWEST_OF_FEW = Order((provisioning_log.c.id.concat(""),), descending=True)
"""The same for what is found by somebody's name: in the order of the key itself, SQLite would walk all rows."""
_LIST = select(*(column for column in provisioning_log.c if column.name != "body")).where(
    provisioning_log.c.organization_id == ORGANIZATION
)
_ONE = select(provisioning_log).where(
    provisioning_log.c.organization_id == ORGANIZATION, provisioning_log.c.id == bindparam("row")
)
_CALLED = union_all(
    select(provisioning_log.c.id).where(
        provisioning_log.c.organization_id == ORGANIZATION,
        provisioning_log.c.person_id.is_not(None),  # as the partial index has it
        provisioning_log.c.person_id.in_(bindparam("persons", expanding=True)),
    ),
    select(provisioning_log.c.id).where(
        provisioning_log.c.organization_id == ORGANIZATION,
        provisioning_log.c.past_name_key.is_not(None),
        provisioning_log.c.past_name_key == bindparam("name"),
    ),
)
_FAILED = provisioning_log.c.status >= literal_column("400")  # as in the partial index: a parameter would not find it
_GROUPS = provisioning_log.c.resource == literal_column("'Group'")  # likewise


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None and False: everything."""

    person_id: str | None = None
    called: str | None = None
    """Everybody who is or was called so, and what was refused under this name."""
    failed: bool = False
    kind: str | None = None
    """One of KINDS."""
    since: datetime | None = None
    until: datetime | None = None
    """Before this moment."""


def page(reader: Reader, wanted: Wanted, place: str | None = None, size: int = paging.PAGE) -> Page:
    """Rows, the newest first, without their bodies. One query, two where somebody is looked for by a name.

    Raises Refused for a place that no page named.
    """
    statement, parameters = _narrowed(reader, wanted)
    order = _NEWEST_FIRST if wanted.called is None else _NEWEST_OF_FEW
    return paging.fetch(reader, statement, order, place, size=size, parameters=parameters)


def every(reader: Reader, wanted: Wanted) -> Iterator[LoggedPush]:
    """All rows that are looked for, the newest first, without their bodies; read by pages."""
    place = None
    while True:
        found = page(reader, wanted, place, EXPORTED_AT_ONCE)
        yield from (logged(row) for row in found.rows)
        place = found.later
        if place is None:
            return


def one(reader: Reader, row_id: str) -> LoggedPush:
    """A row with its body. Raises NotFound."""
    row = reader.execute(_ONE, {"row": row_id}).one_or_none()
    if row is None:
        raise NotFound("there is no such push; the log may have forgotten it")
    return logged(row)


def _narrowed(reader: Reader, wanted: Wanted) -> tuple[Select[Any], dict[str, Any]]:
    statement, parameters = _LIST, dict[str, Any]()
    if wanted.person_id is not None:
        statement = statement.where(provisioning_log.c.person_id == bindparam("person"))
        parameters["person"] = wanted.person_id
    if wanted.called is not None:
        statement = statement.where(provisioning_log.c.id.in_(_CALLED))
        parameters |= {"persons": persons_named(reader, wanted.called), "name": name_key(wanted.called)}
    if wanted.failed:
        statement = statement.where(_FAILED)
    if wanted.kind == "Group":
        statement = statement.where(_GROUPS)
    elif wanted.kind is not None:
        statement = statement.where(provisioning_log.c.resource == bindparam("kind"))
        parameters["kind"] = wanted.kind
    # What the ids of one moment begin with is smaller than each of them.
    if wanted.since is not None:
        statement = statement.where(provisioning_log.c.id >= bindparam("since"))
        parameters["since"] = timed_id(wanted.since)[:TIMED_PREFIX]
    if wanted.until is not None:
        statement = statement.where(provisioning_log.c.id < bindparam("until"))
        parameters["until"] = timed_id(wanted.until)[:TIMED_PREFIX]
    return statement, parameters
