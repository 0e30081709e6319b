"""What cards would show on another template, field by field, before they are moved to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select

from app.cards import by_hand, colleagues, lookup
from app.cards.chunks import chunks
from app.cards.layout import Layout
from app.cards.rendering import render
from app.cards.tables import cards
from app.cards.template_store import Template
from app.cards.values import first_values_of
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory import organizations
from app.directory.tables import scim_users


@dataclass(frozen=True, slots=True)
class Preview:
    """One card: its values by label on the template it is on, and on the other one."""

    public_id: str
    template_id: str
    template: str
    state: str
    active: bool | None
    """Whether its person's record is active; None without a record."""
    before: dict[str, str]
    after: dict[str, str]

    def differences(self) -> Iterator[tuple[str, str | None, str | None]]:
        """(label, value now, value then) of everything that shows differently; None: shows nothing."""
        return differing(self.before, self.after)


_CARDS = (
    select(*lookup.COLUMNS, scim_users.c.active)
    .select_from(lookup.SOURCES)
    .where(cards.c.organization_id == ORGANIZATION, cards.c.public_id.in_(bindparam("listed", expanding=True)))
)


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str | None, str | None]]:
    """(label, value before, value after) of everything that two cards show differently; None: shows nothing."""
    for label in dict.fromkeys((*before, *after)):
        now, then = before.get(label), after.get(label)
        if now != then:
            yield label, now, then


def move(reader: Reader, public_ids: Sequence[str], template: Template, public_url: str) -> list[Preview]:
    """What moving these cards to `template` would show. Raises NotFound for an id that is no card's."""
    settings = organizations.settings(reader)
    wanted = [card.public_id for card in by_hand.find(reader, public_ids)]
    found = {}
    for listed in chunks(wanted):
        rows = [(row, Layout.from_json(row.layout)) for row in reader.execute(_CARDS, {"listed": listed})]
        shown = [(layout, row.document) for row, now in rows for layout in (now, template.layout)]
        known = colleagues.managers_shown(reader, shown, settings)
        for row, layout in rows:
            now = lookup.source(row, layout, settings, known)
            then = replace(now, layout=template.layout, once=first_values_of(row.once, template.id))
            before, after = (dict(render(source, public_url).values) for source in (now, then))
            found[row.public_id] = Preview(
                row.public_id, row.template_id, row.template_name, row.state, row.active, before, after
            )
    return [found[public_id] for public_id in wanted]
