"""The cards of one person, with what each shows: all that their own pages are made from.

One query, another where they show managers, and one for a photo that this process has not seen yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from app.cards import claiming, colleagues, lookup
from app.cards.decision import DELETED, HELD, LIVE, PAUSED, WAITING
from app.cards.faces import with_face
from app.cards.layout import Layout
from app.cards.public_ids import read_public_id
from app.cards.rendering import render
from app.cards.tables import OLDEST_FIRST, cards
from app.cards.view import CardSource, CardView
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory.settings import OrganizationSettings
from app.directory.tables import people

_OF_PERSON = (
    select(*lookup.COLUMNS, cards.c.id, people.c.email.label("invited_as"))
    .select_from(
        lookup.SOURCES.join(
            people, (people.c.organization_id == cards.c.organization_id) & (people.c.id == cards.c.person_id)
        )
    )
    .where(
        cards.c.organization_id == ORGANIZATION,
        cards.c.person_id == bindparam("person"),
        cards.c.state != DELETED,
    )
    .order_by(*OLDEST_FIRST)
)
_ONE = _OF_PERSON.where(cards.c.public_id == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class OwnCard:
    """A card as the person whose it is sees it: also while it waits or is paused."""

    id: str
    source: CardSource
    view: CardView
    settings: OrganizationSettings
    state: str
    claimed_at: datetime | None
    """Since when the person has it as theirs; None: not yet, so it is shared with nobody."""
    directory_as_of: datetime | None
    """When the directory last changed the person's record; None without a record."""
    invited_as: str | None
    """The address by which the person was invited; None for the directory's people."""

    @property
    def holder_name(self) -> str | None:
        """What the person is called on the card."""
        return self.view.name.display if "name" in self.view.general else self.invited_as

    @property
    def holder(self) -> str:
        """Who holds the card, since when and how; that nobody does, until somebody has claimed it."""
        return claiming.holder(self)

    @property
    def public_id(self) -> str:
        """The permanent id in the card's address."""
        return self.source.public_id

    @property
    def is_up(self) -> bool:
        """Whether the card's address answers with the card."""
        return self.state in {LIVE, HELD} and (self.claimed_at is not None or self.settings.publish != "on_claim")

    @property
    def is_waiting(self) -> bool:
        """Whether the card waits for a seat."""
        return self.state == WAITING

    @property
    def is_paused(self) -> bool:
        """Whether the organization, by its directory or an admin, has taken the card back."""
        return self.state == PAUSED


def of_person(reader: Reader, person_id: str, public_url: str) -> list[OwnCard]:
    """The person's cards that are not deleted, in the order they were made."""
    return list(_read(reader, public_url, {"person": person_id}))


def find(reader: Reader, person_id: str, text: str, public_url: str) -> OwnCard | None:
    """The person's card whose public id is `text`, in either case; None where it is none, or somebody else's."""
    public_id = read_public_id(text)
    if public_id is None:
        return None
    return next(_read(reader, public_url, {"person": person_id, "wanted": public_id}), None)


def _read(reader: Reader, public_url: str, wanted: dict[str, str]) -> Iterator[OwnCard]:
    rows = reader.execute(_ONE if "wanted" in wanted else _OF_PERSON, wanted).all()
    if not rows:
        return
    settings = OrganizationSettings.from_json(rows[0].settings)
    layouts = [Layout.from_json(row.layout) for row in rows]
    shown = [(layout, row.document) for layout, row in zip(layouts, rows, strict=True)]
    known = colleagues.managers_shown(reader, shown, settings)
    for layout, row in zip(layouts, rows, strict=True):
        source = lookup.source(row, layout, settings, known)
        yield OwnCard(
            id=row.id,
            source=source,
            view=with_face(reader, render(source, public_url)),
            settings=settings,
            state=row.state,
            claimed_at=row.claimed_at,
            directory_as_of=row.user_modified_at,
            invited_as=row.invited_as,
        )
