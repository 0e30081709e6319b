"""All templates of an organization with what hangs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from app.cards import bindings, template_store
from app.cards.decision import STATES
from app.cards.layout import Layout
from app.cards.tables import cards, template_drafts, templates
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.unit_of_work import Reader


@dataclass(frozen=True, slots=True)
class ListedDraft:
    """The draft of a template; `stale` when another version was published since it was made."""

    based_on: int
    modified_at: datetime
    actor: str
    stale: bool


@dataclass(frozen=True, slots=True)
class ListedTemplate:
    """A template. `cards` has the number of its cards in each of STATES, `groups` the groups in their order."""

    id: str
    name: str
    layout: Layout
    version: int
    since: datetime
    """When the present version was published."""
    cards: Mapping[str, int]
    groups: tuple[str, ...]
    draft: ListedDraft | None


_TEMPLATES = (
    select(
        templates.c.id,
        templates.c.name,
        templates.c.layout,
        templates.c.version,
        templates.c.modified_at,
        template_drafts.c.based_on,
        template_drafts.c.modified_at.label("drafted_at"),
        template_drafts.c.actor,
    )
    .outerjoin(
        template_drafts,
        (template_drafts.c.organization_id == templates.c.organization_id)
        & (template_drafts.c.template_id == templates.c.id),
    )
    .where(templates.c.organization_id == ORGANIZATION)
    .order_by(templates.c.name_key)
)
_COUNTS = (
    select(cards.c.template_id, cards.c.state, func.count().label("number"))
    .where(cards.c.organization_id == ORGANIZATION, cards.c.template_id.is_not(None))
    .group_by(cards.c.template_id, cards.c.state)
)


_ONE = _TEMPLATES.where(templates.c.id == bindparam("template"))
_COUNTS_OF_ONE = _COUNTS.where(cards.c.template_id == bindparam("template"))


def every(reader: Reader) -> list[ListedTemplate]:
    """The organization's templates by name: three queries, however many there are."""
    return _listed(reader, reader.execute(_TEMPLATES).all(), reader.execute(_COUNTS).all())


def one(reader: Reader, template_id: str) -> ListedTemplate:
    """The template with this id. Raises NotFound."""
    wanted = {"template": template_id}
    found = _listed(reader, reader.execute(_ONE, wanted).all(), reader.execute(_COUNTS_OF_ONE, wanted).all())
    if not found:
        raise NotFound(template_store.NO_SUCH)
    return found[0]


def _listed(reader: Reader, rows: Sequence[Row[Any]], counts: Sequence[Row[Any]]) -> list[ListedTemplate]:
    numbers = {(row.template_id, row.state): row.number for row in counts}
    groups: dict[str, list[str]] = {row.id: [] for row in rows}
    for binding in bindings.every(reader):
        if binding.template_id in groups:
            groups[binding.template_id].append(binding.group.text)
    return [
        ListedTemplate(
            id=row.id,
            name=row.name,
            layout=Layout.from_json(row.layout),
            version=row.version,
            since=row.modified_at,
            cards={state: numbers.get((row.id, state), 0) for state in STATES},
            groups=tuple(groups[row.id]),
            draft=None
            if row.based_on is None
            else ListedDraft(row.based_on, row.drafted_at, row.actor, stale=row.based_on != row.version),
        )
        for row in rows
    ]
