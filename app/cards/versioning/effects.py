"""What another version of a template would change on its cards, worked out a page of cards at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, func, select, tuple_

from app.cards import colleagues, lookup
from app.cards.decision import HELD, LIVE, WAITING
from app.cards.layout import Layout
from app.cards.previewing import differing
from app.cards.tables import cards, templates
from app.cards.template_store import Template
from app.cards.versioning.comparing import compared, concerned
from app.cards.view import CardSource
from app.core.db import ORGANIZATION, Id, Timestamp
from app.core.unit_of_work import Reader
from app.directory import organizations
from app.directory.settings import OrganizationSettings
from app.directory.tables import scim_users

PAGE = 500
"""Cards read at a time."""

MOST_NAMES = 10
"""How many people a tally names."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A card on which something would show differently, or that would be complete or incomplete and is not."""

    public_id: str
    person: str | None
    """The user name; None for a card without a person, or without a record of theirs."""
    changes: dict[str, tuple[str | None, str | None]]
    """Label → (what shows now, what would show)."""
    missing_before: tuple[str, ...]
    missing: tuple[str, ...]
    """The labels of the required items that would show nothing."""

    @property
    def name(self) -> str:
        """The person's user name, else the card's id."""
        return self.person or self.public_id


@dataclass(slots=True)
class Named:
    """How many cards, and the names of the first of them."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, effect: Effect) -> None:
        """Count one more."""
        self.count += 1
        if len(self.first) < MOST_NAMES:
            self.first.append(effect.name)


@dataclass(slots=True)
class Tally:
    """Effects, counted; its size does not depend on how many they are."""

    shows: Named = field(default_factory=Named)
    """Cards on which something would show differently."""
    items: Counter[str] = field(default_factory=Counter)
    """The same by label."""
    incomplete: Named = field(default_factory=Named)
    """Cards that would lack a required value and lack none now."""
    complete: Named = field(default_factory=Named)
    """Cards that lack a required value now and would lack none."""

    def counting(self, effects: Iterable[Effect]) -> Iterator[Effect]:
        """`effects`, each counted as it passes."""
        for effect in effects:
            if effect.changes:
                self.shows.add(effect)
                self.items.update(effect.changes.keys())
            if effect.missing and not effect.missing_before:
                self.incomplete.add(effect)
            elif effect.missing_before and not effect.missing:
                self.complete.add(effect)
            yield effect


# Walks the index by creation, which has all that is asked. By the index of templates SQLite would sort all cards of the
# template for each page, and by that of states PostgreSQL, so both are asked for in a way that no index has.
_WHICH = (
    select(cards.c.id, cards.c.created_at)
    .where(
        cards.c.organization_id == ORGANIZATION,
        func.coalesce(cards.c.template_id, "") == bindparam("template"),
        cards.c.state.concat("").in_((LIVE, HELD, WAITING)),
        tuple_(cards.c.created_at, cards.c.id)
        > tuple_(bindparam("created", type_=Timestamp), bindparam("id", type_=Id)),
    )
    .order_by(cards.c.created_at, cards.c.id)
    .limit(bindparam("page"))
)
_CARDS = (
    select(
        *(column for column in lookup.COLUMNS if column is not templates.c.layout), cards.c.id, scim_users.c.user_name
    )
    .select_from(lookup.SOURCES)
    .where(cards.c.organization_id == ORGANIZATION, cards.c.id.in_(bindparam("cards", expanding=True)))
)
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


def effects(
    reader: Reader, before: Template, after: Template, page: int = PAGE, most: int | None = None
) -> Iterator[Effect]:
    """Every card of `before` on which `after`, its next version, would change something: those up, and those waiting.

    In the order in which they were made; of more than `most` such cards the first so many are looked at. A paused card
    shows nothing of its person either way. Two queries for `page` cards, one for all.
    """
    layouts = concerned(before.layout, after.layout)
    if layouts is None:
        return
    settings = organizations.settings(reader)
    left = most
    place: dict[str, Any] = {"template": before.id, "created": _BEFORE_ALL, "id": ""}
    while left is None or left > 0:
        size = page if left is None else min(page, left)
        which = reader.execute(_WHICH, {**place, "page": size}).all()
        yield from _effects(reader, [row.id for row in which], layouts, settings)
        if len(which) < size:
            return
        place |= {"created": which[-1].created_at, "id": which[-1].id}
        left = None if left is None else left - size


def _effects(
    reader: Reader, ids: list[str], layouts: tuple[Layout, Layout], settings: OrganizationSettings
) -> Iterator[Effect]:
    """The same of the cards with these ids, in this order; one that is gone by now is left out."""
    found = {row.id: row for row in reader.execute(_CARDS, {"cards": ids})} if ids else {}
    rows = [found[card_id] for card_id in ids if card_id in found]
    shown = ((layout, row.document) for row in rows for layout in layouts)
    known = colleagues.managers_shown(reader, shown, settings)
    for row in rows:
        effect = _effect(lookup.source(row, layouts[0], settings, known), layouts[1], row.user_name)
        if effect.changes or effect.missing != effect.missing_before:
            yield effect


def tally(reader: Reader, before: Template, after: Template) -> Tally:
    """What `effects` finds, counted."""
    counted = Tally()
    for _ in counted.counting(effects(reader, before, after)):
        pass
    return counted


def _effect(now: CardSource, after: Layout, user_name: str | None) -> Effect:
    before, then = compared(now, after)
    return Effect(
        public_id=now.public_id,
        person=user_name,
        changes={label: (was, will) for label, was, will in differing(before.values, then.values)},
        missing_before=before.missing,
        missing=then.missing,
    )
