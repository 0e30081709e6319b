"""Drafts: what templates shall say next. At most one for each template; cards know nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select

from app.cards.layout import Layout
from app.cards.tables import template_drafts
from app.cards.template_store import Template
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.unit_of_work import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft of a template's next version, made from its version `based_on`; its layout counts no versions."""

    template_id: str
    name: str
    layout: Layout
    based_on: int
    modified_at: datetime
    actor: str

    def is_of(self, template: Template) -> bool:
        """Whether it was made from the template's present version."""
        return self.based_on == template.version


_DRAFTS = select(
    template_drafts.c.template_id,
    template_drafts.c.name,
    template_drafts.c.layout,
    template_drafts.c.based_on,
    template_drafts.c.modified_at,
    template_drafts.c.actor,
).where(template_drafts.c.organization_id == ORGANIZATION)
_ONE = _DRAFTS.where(template_drafts.c.template_id == bindparam("template"))
_DELETE = delete(template_drafts).where(
    template_drafts.c.organization_id == ORGANIZATION, template_drafts.c.template_id == bindparam("template")
)


def every(reader: Reader) -> dict[str, Draft]:
    """The organization's drafts by template id."""
    return {row.template_id: _draft(row) for row in reader.execute(_DRAFTS)}


def find(reader: Reader, template: Template) -> Draft | None:
    """The template's draft, None when there is none."""
    row = reader.execute(_ONE, {"template": template.id}).one_or_none()
    return None if row is None else _draft(row)


def needed(reader: Reader, template: Template) -> Draft:
    """The template's draft. Raises NotFound."""
    draft = find(reader, template)
    if draft is None:
        raise NotFound(f"{template.name} has no draft; `lanyard apply FILE --draft` makes one")
    return draft


def save(tx: Transaction, template: Template, name: str, layout: Layout) -> None:
    """Make `name` and `layout` the template's draft, in place of the one it may have."""
    remove(tx, template)
    tx.execute(
        insert(template_drafts),
        {
            "template_id": template.id,
            "name": name,
            "layout": layout.to_json(),
            "based_on": template.version,
            "modified_at": tx.now,
            "actor": tx.actor,
        },
    )
    tx.audit("template.drafted", template.id, {"name": name, "based_on": template.version})


def drop(tx: Transaction, template: Template) -> None:
    """Give the template's draft up."""
    remove(tx, template)
    tx.audit("template.draft_dropped", template.id, {"name": template.name})


def remove(tx: Transaction, template: Template) -> None:
    """Delete the template's draft, if it has one; whoever calls notes in the audit log why."""
    tx.execute(_DELETE, {"template": template.id})


def _draft(row: Row[Any]) -> Draft:
    return Draft(
        template_id=row.template_id,
        name=row.name,
        layout=Layout.from_json(row.layout),
        based_on=row.based_on,
        modified_at=row.modified_at,
        actor=row.actor,
    )
