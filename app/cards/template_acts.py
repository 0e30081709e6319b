"""Making, duplicating and deleting whole templates."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, select

from app.attributes.folding import fold
from app.cards import assets, bindings, issuing, rule_book, template_store
from app.cards.applying.section import text_fault
from app.cards.applying.template_file import NAME_LENGTH
from app.cards.decision import DELETED
from app.cards.layout import Layout
from app.cards.starting import STARTING
from app.cards.tables import card_aliases, cards, template_drafts, template_versions, templates
from app.cards.template_store import Template
from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.unit_of_work import Reader, Transaction

_HANGING = select(func.count()).where(
    cards.c.organization_id == ORGANIZATION,
    cards.c.template_id == bindparam("template"),
    cards.c.state != DELETED,
)
_ALIASED = select(cards.c.id).where(
    cards.c.organization_id == ORGANIZATION, cards.c.template_id == bindparam("template")
)
_DELETIONS = (
    delete(card_aliases).where(card_aliases.c.organization_id == ORGANIZATION, card_aliases.c.card_id.in_(_ALIASED)),
    *(
        delete(table).where(table.c.organization_id == ORGANIZATION, table.c.template_id == bindparam("template"))
        for table in (cards, template_drafts, template_versions)
    ),
    delete(templates).where(templates.c.organization_id == ORGANIZATION, templates.c.id == bindparam("template")),
)
"""In the order of what points to what. The cards are those that were deleted by hand: of others there are none."""


def create(tx: Transaction, name: str, layout: Layout = STARTING) -> Template:
    """A new template, in version 1, with this layout: no bindings, so that nobody gets a card of it.

    Raises Refused for a name that is taken or none.
    """
    made = _insert(tx, name, layout)
    tx.audit("template.created", made.id, {"name": made.name})
    return made


def duplicate(tx: Transaction, name: str, new_name: str) -> Template:
    """A new template, in version 1, that says what the template of this name says: no bindings, no cards, no draft.

    Raises NotFound, and Refused for a name that is taken or none.
    """
    original = template_store.find(tx, name)
    made = _insert(tx, new_name, original.layout)
    tx.audit("template.duplicated", made.id, {"name": made.name, "from": original.id})
    return made


def _insert(tx: Transaction, name: str, layout: Layout) -> Template:
    fault = text_fault(name, NAME_LENGTH)
    if fault is not None:
        raise Refused(f"the name of the new template {fault}", "name")
    issuing.hold_organization(tx)
    known = template_store.every(tx)
    taken = next((template.name for template in known if template.key == fold(name)), None)
    if taken is not None:
        raise Refused(f"there is a template {taken!r} already; give the new one another name", "name")
    made = template_store.first_version(new_id(), name, layout)
    template_store.insert_first(tx, [made])
    return made


def remove(tx: Transaction, name: str) -> None:
    """Delete a template with its draft, its versions, what is left of cards deleted by hand, and unused pictures.

    Raises NotFound, and Refused as long as cards hang on it or groups are bound to it.
    """
    issuing.hold_organization(tx)
    template = template_store.find(tx, name)
    _ensure_free(tx, template)
    for deletion in _DELETIONS:
        tx.execute(deletion, {"template": template.id})
    rule_book.changed(tx)
    assets.remove_unused(tx)
    tx.audit("template.deleted", template.id, {"name": template.name, "version": template.version})


def _ensure_free(reader: Reader, template: Template) -> None:
    groups = [one.group.text for one in bindings.every(reader) if one.template_id == template.id]
    if groups:
        raise Refused(
            f"{template.name} is bound to {', '.join(groups)}; apply a file whose bindings leave it out, then delete it"
        )
    hanging = reader.execute(_HANGING, {"template": template.id}).scalar_one()
    if hanging:
        cards_hang = "1 card hangs" if hanging == 1 else f"{hanging} cards hang"
        raise Refused(
            f"{cards_hang} on {template.name}; move them with `lanyard cards move` or delete them with"
            " `lanyard cards delete` first"
        )
