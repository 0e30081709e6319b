"""Whom a list of people is to show, as conditions that both databases answer from indexes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    except_,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)

from app.cards.decision import DELETED
from app.cards.quality.kept import quality_findings
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory.listed import words
from app.directory.tables import memberships, people, scim_users

NONE = "none"
"""In the place of a state of cards: people without a card."""
BLOCKED = "blocked"
"""In the place of a standing: people whom an admin keeps out."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a list is to show: who is all of this. Ids are taken as they come; what is no id matches nobody."""

    search: str = ""
    """Words, each of which the name, user name, e-mail address or department must have somewhere."""
    standing: str | None = None
    """One of directory.listed.STANDINGS, or BLOCKED."""
    state: str | None = None
    """Of a card: one of decision.STATES, or NONE."""
    template_id: str | None = None
    """Of the same card."""
    group_id: str | None = None
    """Of a group whose direct member they are."""
    finding: str | None = None
    """A kind of finding that the last report of data quality has about them."""


LISTED = (people.c.organization_id == ORGANIZATION, people.c.listed.is_not(None))
"""Everybody who is in lists at all."""

_MEMBERS = (
    select(scim_users.c.person_id)
    .select_from(memberships)
    .join(
        scim_users,
        (scim_users.c.organization_id == memberships.c.organization_id) & (scim_users.c.id == memberships.c.member_id),
    )
    .where(memberships.c.organization_id == ORGANIZATION, memberships.c.group_id == bindparam("group"))
)


_other = cards.alias("other")
_WITHOUT_BUT_DELETED = select(cards.c.person_id).where(
    cards.c.organization_id == ORGANIZATION,
    cards.c.state == literal(DELETED, literal_execute=True),  # so that it is planned as something rare
    cards.c.person_id.is_not(None),
    ~exists().where(
        _other.c.organization_id == cards.c.organization_id,
        _other.c.person_id == cards.c.person_id,
        _other.c.state.concat("") != DELETED,
    ),
)


_EVERYBODY = select(people.c.id).where(people.c.organization_id == ORGANIZATION)
_HOLDERS = select(cards.c.person_id).where(cards.c.organization_id == ORGANIZATION)
# Who has no card is what two indexes do not have in common, read side by side in their order: a look into the one for
# each entry of the other costs five to ten times as much where nearly everybody has a card.
_without_any = except_(_EVERYBODY, _HOLDERS).order_by("id").subquery("without_any")  # SQLite merges what is sorted
# PostgreSQL leaves what has an OFFSET in its order.
_everybody = _EVERYBODY.order_by(people.c.id).offset(literal_column("0")).subquery("everybody")
_holders = _HOLDERS.order_by(cards.c.person_id).offset(literal_column("0")).subquery("holders")
_WITHOUT = {
    "sqlite": union_all(select(_without_any.c.id), _WITHOUT_BUT_DELETED),
    "postgresql": union_all(
        select(_everybody.c.id)
        .outerjoin(_holders, _holders.c.person_id == _everybody.c.id)
        .where(_holders.c.person_id.is_(None)),
        _WITHOUT_BUT_DELETED,
    ),
}
"""Who has no card, by dialect."""


def filters(reader: Reader, wanted: Wanted, *, by_name: bool) -> Iterator[CompoundSelect[Any] | Select[Any]]:
    """The ids of those who pass each filter that is worth asking first; binds `group` and `run`.

    Where a list is sorted `by_name`, one walk answers who is searched and in which order: a search alone is not asked.
    """
    own = of_person(reader, wanted)
    others = wanted.state or wanted.template_id or wanted.group_id or wanted.finding
    if own and (not by_name or others or wanted.standing == BLOCKED):
        yield select(people.c.id).where(*LISTED, *own)
    if wanted.finding:
        yield select(quality_findings.c.person_id).where(*_finding(wanted), quality_findings.c.person_id.is_not(None))
    if wanted.group_id:
        yield _MEMBERS
    if wanted.state == NONE:
        yield _WITHOUT[reader.dialect]
    of_card = _of_card(wanted)
    if of_card:
        yield select(cards.c.person_id).where(
            cards.c.organization_id == ORGANIZATION, cards.c.person_id.is_not(None), *of_card
        )


def of_person(reader: Reader, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What the index of `listed` alone says of a person."""
    within = func.instr if reader.dialect == "sqlite" else func.strpos
    conditions: list[ColumnElement[bool]] = [within(people.c.listed, word) > 0 for word in words(wanted.search)]
    if wanted.standing == BLOCKED:
        conditions.append(people.c.blocked_at.is_not(None))
    elif wanted.standing is not None:
        conditions.append(people.c.standing == wanted.standing)
    return conditions


def of_others(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What must be looked up for each person."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.state == NONE:
        # Whether there is any card, an index alone says; of those whose cards were all deleted there are few.
        conditions.append(or_(~_has_card(), people.c.id.in_(_WITHOUT_BUT_DELETED)))
    elif wanted.state is not None or wanted.template_id is not None:
        # Not asked as an index has it: SQLite would go by state or template through all of the organization's cards.
        conditions.append(_has_card(*_of_card(wanted, lambda column: column.concat(""))))
    if wanted.finding:
        conditions.append(exists().where(*_finding(wanted), quality_findings.c.person_id == people.c.id))
    if wanted.group_id:
        conditions.append(
            exists().where(
                scim_users.c.organization_id == people.c.organization_id,
                scim_users.c.person_id == people.c.id,
                memberships.c.organization_id == people.c.organization_id,
                memberships.c.group_id == bindparam("group"),
                memberships.c.member_id == scim_users.c.id,
            )
        )
    return conditions


def _finding(wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    return (
        quality_findings.c.organization_id == ORGANIZATION,
        quality_findings.c.run == bindparam("run"),
        quality_findings.c.kind == wanted.finding,
    )


def _has_card(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        cards.c.organization_id == people.c.organization_id, cards.c.person_id == people.c.id, *conditions
    )


def _of_card(
    wanted: Wanted, column: Callable[[ColumnElement[str]], ColumnElement[str]] = lambda column: column
) -> list[ColumnElement[bool]]:
    """What is wanted of a card that the person has."""
    if wanted.state == NONE or (wanted.state is None and wanted.template_id is None):
        return []
    state = column(cards.c.state)
    conditions = [state == wanted.state if wanted.state is not None else state != DELETED]
    if wanted.template_id is not None:
        conditions.append(column(cards.c.template_id) == wanted.template_id)
    return conditions
