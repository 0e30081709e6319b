"""Which groups are bound to which templates, as kept in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, delete, insert, or_, select, update

from app.attributes.folding import fold
from app.cards import rule_book
from app.cards.chunks import chunks
from app.cards.due import Bound
from app.cards.tables import bindings
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader, Transaction
from app.directory.tables import scim_groups


@dataclass(frozen=True, slots=True)
class GroupName:
    """How a binding names its group: by display name or by external id, one of the two."""

    display_name: str | None = None
    external_id: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Equal for two names of the same group: display names are compared without case, external ids exactly."""
        if self.display_name is not None:
            return "display_name", fold(self.display_name)
        return "external_id", self.external_id or ""

    @property
    def text(self) -> str:
        """The name as it was given."""
        return self.display_name or self.external_id or ""


@dataclass(frozen=True, slots=True)
class Binding:
    """Members of the group get a card of the template. `group_id` is None while the binding waits for its group."""

    id: str
    template_id: str
    group: GroupName
    group_id: str | None


_EVERY = (
    select(
        bindings.c.id,
        bindings.c.template_id,
        bindings.c.group_name,
        bindings.c.group_external_id,
        bindings.c.group_id,
    )
    .where(bindings.c.organization_id == ORGANIZATION)
    .order_by(bindings.c.position)
)
_WAITING = _EVERY.where(bindings.c.group_id.is_(None))
_NAMED = (
    select(scim_groups.c.id, scim_groups.c.display_name_key, scim_groups.c.external_id)
    .where(
        scim_groups.c.organization_id == ORGANIZATION,
        or_(
            scim_groups.c.display_name_key.in_(bindparam("names", expanding=True)),
            scim_groups.c.external_id.in_(bindparam("external_ids", expanding=True)),
        ),
    )
    .order_by(scim_groups.c.created_at.desc(), scim_groups.c.id.desc())
)
_DELETE_ALL = delete(bindings).where(bindings.c.organization_id == ORGANIZATION)
_RESOLVE = (
    update(bindings)
    .where(
        bindings.c.organization_id == ORGANIZATION, bindings.c.id == bindparam("binding"), bindings.c.group_id.is_(None)
    )
    .values(group_id=bindparam("found"))
)
_FORGET_GROUP = (
    update(bindings)
    .where(bindings.c.organization_id == ORGANIZATION, bindings.c.group_id == bindparam("gone"))
    .values(group_id=None)
)


def every(reader: Reader) -> list[Binding]:
    """The organization's bindings in order of precedence."""
    return _read(reader, waiting_only=False)


def bounds(listed: Sequence[Binding], sets: Mapping[str, str | None]) -> list[Bound]:
    """`listed` as the rules see them, with the exclusive set of each template."""
    return [Bound(one.template_id, one.group_id, sets.get(one.template_id)) for one in listed]


def find_groups(reader: Reader, names: Sequence[GroupName]) -> dict[tuple[str, str], str]:
    """The ids of those named groups that are there, by `GroupName.key`; of several with one external id the oldest."""
    found: dict[tuple[str, str], str] = {}
    keys = [name.key for name in names]
    for listed in chunks(keys):
        wanted = {kind: [text for key, text in listed if key == kind] for kind in ("display_name", "external_id")}
        rows = reader.execute(_NAMED, {"names": wanted["display_name"], "external_ids": wanted["external_id"]})
        for row in rows:
            found["display_name", row.display_name_key] = row.id
            found["external_id", row.external_id or ""] = row.id
    return {key: found[key] for key in keys if key in found}


def resolve(reader: Reader, listed: Sequence[Binding]) -> list[Binding]:
    """`listed`, where waiting bindings have found their group if it is there; a group once found stays."""
    waiting = [one.group for one in listed if one.group_id is None]
    found = find_groups(reader, waiting) if waiting else {}
    return [one if one.group_id is not None else replace(one, group_id=found.get(one.group.key)) for one in listed]


def can_resolve(reader: Reader) -> bool:
    """Whether the group of a waiting binding is there."""
    return any(one.group_id is not None for one in resolve(reader, _read(reader, waiting_only=True)))


def resolve_waiting(tx: Transaction) -> list[str]:
    """Have waiting bindings find their groups, for good. The ids of the groups they found.

    The caller has the organization to itself (issuing.be_alone).
    """
    found = [one for one in resolve(tx, _read(tx, waiting_only=True)) if one.group_id is not None]
    if found:
        tx.execute(_RESOLVE, [{"binding": one.id, "found": one.group_id} for one in found])
        rule_book.changed(tx)
        for one in found:
            tx.audit("binding.resolved", one.id, {"group": one.group_id})
    return [one.group_id for one in found if one.group_id is not None]


def return_to_waiting(tx: Transaction, group_id: str) -> None:
    """Have the bindings of a group that is gone wait for one of the name they were given."""
    if tx.execute(_FORGET_GROUP, {"gone": group_id}).rowcount:
        rule_book.changed(tx)


def replace_all(tx: Transaction, listed: Sequence[Binding]) -> None:
    """Make `listed` the organization's bindings, in this order."""
    tx.execute(_DELETE_ALL)
    if listed:
        tx.execute(
            insert(bindings),
            [
                {
                    "id": one.id,
                    "position": position,
                    "template_id": one.template_id,
                    "group_name": one.group.display_name,
                    "group_external_id": one.group.external_id,
                    "group_id": one.group_id,
                }
                for position, one in enumerate(listed)
            ],
        )
    rule_book.changed(tx)


def _read(reader: Reader, *, waiting_only: bool) -> list[Binding]:
    rows = reader.execute(_WAITING if waiting_only else _EVERY)
    return [
        Binding(row.id, row.template_id, GroupName(row.group_name, row.group_external_id), row.group_id) for row in rows
    ]
