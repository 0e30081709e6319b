"""The bindings and templates that decide about cards, kept in memory from one push to the next.

An organization's rules have a random name, which stands in its row. Whoever changes what they say gives them another
one in the same transaction, so what is kept under a name stays right for ever, in every process and on every node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import bindparam, select, update

from app.cards.due import Bound
from app.cards.tables import bindings, templates
from app.core.db import ORGANIZATION
from app.core.ids import new_id
from app.core.unit_of_work import Reader, Transaction
from app.directory.tables import organizations

KEPT = 64
"""Organizations whose rules a process keeps: those that were asked for last."""

_RULES = (
    select(templates.c.id, templates.c.name, templates.c.exclusive, bindings.c.position, bindings.c.group_id)
    .outerjoin(
        bindings,
        (bindings.c.organization_id == templates.c.organization_id) & (bindings.c.template_id == templates.c.id),
    )
    .where(templates.c.organization_id == ORGANIZATION)
    .order_by(bindings.c.position)
)
_RENAME = update(organizations).where(organizations.c.id == ORGANIZATION).values(rules=bindparam("new_rules"))


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The bindings in order of precedence; each template's exclusive set (its last one, when unbound) and name."""

    bounds: Sequence[Bound]
    sets: Mapping[str, str | None]
    names: Mapping[str, str]

    def binds(self, group_id: str) -> bool:
        """Whether a template is bound to the group."""
        return any(bound.group_id == group_id for bound in self.bounds)


_kept: dict[str, RuleBook] = {}
_lock = Lock()


def read(reader: Reader) -> RuleBook:
    """The organization's rules, from the database."""
    rows = reader.execute(_RULES).all()
    return RuleBook(
        tuple(Bound(row.id, row.group_id, row.exclusive) for row in rows if row.position is not None),
        {row.id: row.exclusive for row in rows},
        {row.id: row.name for row in rows},
    )


def named(reader: Reader, name: str | None) -> RuleBook:
    """The rules of this name, which the caller has just read from the organization's row. No query for known ones.

    Rules without a name were never changed since names are given; they are read each time.
    """
    if name is None:
        return read(reader)
    with _lock:
        found = _kept.get(name)
    if found is None:
        found = read(reader)
        with _lock:
            _kept[name] = found
            while len(_kept) > KEPT:
                del _kept[next(iter(_kept))]
    return found


def changed(tx: Transaction) -> None:
    """Say that the organization's rules are others now. Called right after the statement that changed them."""
    tx.execute(_RENAME, {"new_rules": new_id()})
