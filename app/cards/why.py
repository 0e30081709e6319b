"""Why a person has the cards they have: which group and binding gives each, and where each shown value came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.cards import claiming, colleagues, invitations, lookup, provenance, rule_book
from app.cards.decision import DELETED, HELD, PAUSED, SEATED, WAITING
from app.cards.due import Bound, due
from app.cards.layout import Layout
from app.cards.names import said_name
from app.cards.provenance import ExplainedValue
from app.cards.tables import OLDEST_FIRST, cards
from app.cards.view import CardSource
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.unit_of_work import Reader
from app.directory import finding, organizations, past_names, users
from app.directory.finding import Person
from app.directory.organizations import Organization
from app.directory.past_names import PastName
from app.directory.tables import people, scim_users


@dataclass(frozen=True, slots=True)
class ExplainedCard:
    """A card that is not deleted; `group` is the name of the group that gives it now."""

    id: str
    state: str
    template: str
    because: tuple[str, ...]
    group: str | None
    values: Mapping[str, ExplainedValue]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A person with groups and cards; sentences say why there is none that is up, or why one is missing."""

    user_name: str | None
    """None for somebody from outside the directory, who has `invited_as`."""
    external_id: str | None
    """The directory's id of the person, also when the record is gone."""
    display_name: str | None
    active: bool
    deleted: bool
    """Whether the directory has deleted its record."""
    formerly: tuple[PastName, ...]
    """The user names that were theirs, the latest first; of somebody who has left also the last one."""
    groups: tuple[str, ...]
    cards: tuple[ExplainedCard, ...]
    no_card_because: tuple[str, ...]
    invited_as: str | None = None
    """The e-mail address somebody without a record was invited by."""
    blocked_at: datetime | None = None
    """Since when an admin keeps them out (cards.blocking)."""


_RECORD = (
    select(
        people.c.id.label("person_id"),
        people.c.directory_key,
        people.c.email,
        people.c.blocked_at,
        scim_users.c.id,
        scim_users.c.user_name,
        scim_users.c.external_id,
        scim_users.c.display_name,
        scim_users.c.active,
        scim_users.c.origins,
    )
    .outerjoin(
        scim_users,
        (scim_users.c.organization_id == people.c.organization_id) & (scim_users.c.person_id == people.c.id),
    )
    .where(people.c.organization_id == ORGANIZATION, people.c.id == bindparam("person"))
)
_CARDS = (
    select(
        *lookup.COLUMNS,
        cards.c.id,
        cards.c.by_binding,
        cards.c.paused_by_admin,
        cards.c.waiting_since,
    )
    .select_from(lookup.SOURCES)
    .where(cards.c.organization_id == ORGANIZATION, cards.c.person_id == bindparam("person"))
    .order_by(*OLDEST_FIRST)
)


def explain(reader: Reader, user_name: str, public_url: str) -> Explanation:
    """The explanation of whoever is called `user_name`, or else was invited as that, or was called so, or has that id.

    Raises NotFound when nobody is or was, Refused naming the people when several were.
    """
    person = _found(reader, user_name)
    record = reader.execute(_RECORD, {"person": person.id}).one()
    formerly = past_names.of_person(reader, person.id, record.user_name)
    invited_as = record.email if record.id is None else None
    groups = dict(users.find(reader, record.id).groups) if record.id else {}
    rows = reader.execute(_CARDS, {"person": person.id}).all()
    rules = rule_book.read(reader)
    claims = invitations.of_person(reader, person.id)
    reasons = _Reasons(organizations.current(reader), record, groups, rules.bounds, rules.names, claims)
    sources = _sources(reader, rows, reasons.organization)
    managers = provenance.origins_of_managers(reader, sources)
    photos = provenance.photos_of(reader, sources)
    shown = tuple(
        ExplainedCard(
            id=row.public_id,
            state=row.state,
            template=row.template_name,
            because=reasons.of_card(row),
            group=reasons.giving(row),
            values=provenance.explained(row, source, public_url, record.origins, managers, photos),
        )
        for row, source in zip(rows, sources, strict=True)
        if row.state != DELETED
    )
    return Explanation(
        user_name=record.user_name or (_last_name(formerly, user_name) if invited_as is None else None),
        external_id=record.external_id or record.directory_key,
        display_name=said_name(record.display_name, reasons.organization.settings.clear_marker),
        active=bool(record.active) or invited_as is not None,
        deleted=record.id is None and invited_as is None,
        formerly=formerly,
        groups=tuple(groups.values()),
        cards=shown,
        no_card_because=reasons.of_no_card(rows),
        invited_as=invited_as,
        blocked_at=record.blocked_at,
    )


def _found(reader: Reader, user_name: str) -> Person:
    try:
        return finding.one(reader, user_name)
    except NotFound as error:
        unclaimed = claiming.why_unclaimed(reader, user_name)
        raise NotFound(unclaimed or str(error)) from error


def _last_name(formerly: Sequence[PastName], called: str) -> str:
    return formerly[0].user_name if formerly else called


class _Reasons:
    """Sentences about one person."""

    def __init__(
        self,
        organization: Organization,
        record: Row[Any],
        groups: Mapping[str, str],
        bounds: Sequence[Bound],
        names: Mapping[str, str],
        claims: Mapping[str, Row[Any]],
    ) -> None:
        self.organization = organization
        self._groups = groups
        self._bounds = bounds
        self._names = names
        self._claims = claims
        self._invited = record.id is None and record.email is not None
        self._absent = _absent(record)
        self._blocked = _blocked(record)
        self._due = {} if self._absent else due(bounds, groups)

    def giving(self, row: Row[Any]) -> str | None:
        """The name of the group that gives the card."""
        return self._groups.get(self._due.get(row.template_id, "")) if row.by_binding else None

    def of_card(self, row: Row[Any]) -> tuple[str, ...]:
        """Why there is this card, and why it is in its state."""
        if not row.by_binding:
            given = self._by_hand(row)
        elif self.giving(row) is not None:
            given = self._given(row)
        else:
            given = self._absent or self._not_due(row)
        return (given, *self._why_not_up(row))

    def of_no_card(self, rows: Sequence[Row[Any]]) -> tuple[str, ...]:
        """Why the person has no card that is up; which card an admin deleted."""
        said = [
            f"An admin deleted the card of {row.template_name}; it is not issued again until an admin does."
            for row in rows
            if row.state == DELETED and row.template_id in self._due
        ]
        if any(row.state in SEATED for row in rows):
            return tuple(said)
        if self._absent or self._blocked:
            return tuple(one for one in (self._blocked, self._absent) if one)
        if not self._due and not self._invited:
            bound = any(one.group_id in self._groups for one in self._bounds)
            said.append(_NO_GROUP if not bound else "None of the groups gives a card.")
        for row in rows:
            if row.state != DELETED:
                said.extend(self._why_not_up(row))
            elif self._invited:
                said.append(f"An admin deleted the card of {row.template_name}.")
        return tuple(said)

    def _by_hand(self, row: Row[Any]) -> str:
        claim = self._claims.get(row.id)
        if claim is None:
            return "It was issued by hand."
        made, claimed = f"{claim.made_at:%Y-%m-%d}", f"{claim.claimed_at:%Y-%m-%d}"
        return f"They were invited by {claim.made_by} on {made} and claimed it on {claimed}."

    def _given(self, row: Row[Any]) -> str:
        sentence = f"Members of {self.giving(row)} get a card of {row.template_name}."
        exclusive = next(one.exclusive for one in self._bounds if one.template_id == row.template_id)
        others = [
            one
            for one in self._bounds
            if exclusive is not None
            and one.exclusive == exclusive
            and one.group_id in self._groups
            and one.template_id != row.template_id
        ]
        if others:
            listed = ", ".join(f"{self._groups[one.group_id or '']} ({self._names[one.template_id]})" for one in others)
            sentence += f" Of the exclusive set {exclusive} only the first binding counts; {listed} comes later."
        return sentence

    def _not_due(self, row: Row[Any]) -> str:
        """Why somebody who is there is not due this card (any more)."""
        bound = [one for one in self._bounds if one.template_id == row.template_id]
        own = next((one for one in bound if one.group_id in self._groups), None)
        if own is None:
            return f"They are in no group that is bound to {row.template_name}."
        first = next(one for one in self._bounds if one.exclusive == own.exclusive and one.group_id in self._groups)
        return (
            f"{self._groups[first.group_id or '']} comes before {self._groups[own.group_id or '']} in the exclusive set"
            f" {own.exclusive}, so they get a card of {self._names[first.template_id]} instead."
        )

    def _why_not_up(self, row: Row[Any]) -> list[str]:
        if self._blocked:
            return [self._blocked]
        if row.state == PAUSED and row.paused_by_admin:
            return [f"An admin paused the card of {row.template_name}."]
        if row.state == WAITING:
            limit = self.organization.seat_limit
            return [
                f"The seat limit{f' of {limit}' if limit is not None else ''} is reached; the card waits for a seat."
            ]
        if row.state == HELD:
            return ["Taking it down is held until an admin decides."]
        return []


_NO_GROUP = "They are in no group that is bound to a template."


def _absent(record: Row[Any]) -> str | None:
    if record.id is None:
        return "The directory has deleted this person." if record.email is None else None
    return None if record.active else "The directory has disabled this person."


def _blocked(record: Row[Any]) -> str | None:
    if record.blocked_at is None:
        return None
    return (
        f"An admin blocked this person on {record.blocked_at:%Y-%m-%d}: their cards are down and they cannot sign in,"
        " whatever the directory says, until an admin lets them in again."
    )


def _sources(reader: Reader, rows: Sequence[Row[Any]], organization: Organization) -> list[CardSource]:
    shown = [(Layout.from_json(row.layout), row.document) for row in rows]
    known = colleagues.managers_shown(reader, shown, organization.settings)
    return [
        lookup.source(row, layout, organization.settings, known) for row, (layout, _) in zip(rows, shown, strict=True)
    ]
