"""Templates as kept in the database: one row each, however many cards are made from it, and one for each version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from app.attributes.folding import fold
from app.cards import rule_book
from app.cards.layout import Item, Layout
from app.cards.tables import template_versions, templates
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.unit_of_work import Reader, Transaction

NO_SUCH = "there is no such template, or it has been deleted"


@dataclass(frozen=True, slots=True)
class Template:
    """A template. `exclusive` is the set that its bindings are in, or were last."""

    id: str
    name: str
    layout: Layout
    version: int
    exclusive: str | None = None

    @property
    def key(self) -> str:
        """Equal for names that count as the same."""
        return fold(self.name)


_TEMPLATES = select(
    templates.c.id, templates.c.name, templates.c.layout, templates.c.version, templates.c.exclusive
).where(templates.c.organization_id == ORGANIZATION)
_EVERY = _TEMPLATES.order_by(templates.c.name_key)
_ONE = _TEMPLATES.where(templates.c.id == bindparam("template"))
_LOCKED = _TEMPLATES.where(templates.c.id == bindparam("template")).with_for_update(key_share=True)
_CHANGE = (
    update(templates)
    .where(templates.c.organization_id == ORGANIZATION, templates.c.id == bindparam("template"))
    .values(
        name=bindparam("new_name"),
        name_key=bindparam("new_name_key"),
        layout=bindparam("new_layout", type_=templates.c.layout.type),
        has_once=bindparam("new_has_once"),
        version=bindparam("new_version"),
        modified_at=bindparam("now"),
    )
)
_CHANGE_SET = (
    update(templates)
    .where(templates.c.organization_id == ORGANIZATION, templates.c.id == bindparam("template"))
    .values(exclusive=bindparam("new_set"))
)


def every(reader: Reader) -> list[Template]:
    """The organization's templates by name."""
    return [_template(row) for row in reader.execute(_EVERY)]


def find(reader: Reader, name: str) -> Template:
    """The template of this name, in any case. Raises NotFound."""
    wanted = fold(name)
    found = next((template for template in every(reader) if template.key == wanted), None)
    if found is None:
        raise NotFound(f"there is no template {name!r}")
    return found


def with_id(reader: Reader, template_id: str) -> Template:
    """The template with this id. Raises NotFound."""
    row = reader.execute(_ONE, {"template": template_id}).one_or_none()
    if row is None:
        raise NotFound(NO_SUCH)
    return _template(row)


def lock(tx: Transaction, name: str) -> Template:
    """The template of this name as it is once others who change it are done; they wait for this transaction.

    Raises NotFound.
    """
    row = tx.execute(_LOCKED, {"template": find(tx, name).id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no template {name!r}")
    return _template(row)


def first_version(template_id: str, name: str, layout: Layout) -> Template:
    """A new template, in version 1."""
    return Template(template_id, name, _counted(layout, {}, 1), version=1)


def next_version(template: Template, name: str, layout: Layout) -> Template:
    """`template` with another name and layout, one version on; the same template when they are the same."""
    known = {item.key: item for item in template.layout.once_items}
    after = _counted(layout, known, template.version + 1)
    if (name, after) == (template.name, template.layout):
        return template
    return replace(template, name=name, layout=after, version=template.version + 1)


def add(tx: Transaction, added: Sequence[Template]) -> None:
    """Keep new templates."""
    insert_first(tx, added)
    for template in added:
        tx.audit("template.created", template.id, {"name": template.name})


def change(tx: Transaction, changed: Sequence[Template]) -> None:
    """Keep templates in their next version: one row each, and every card shows it."""
    update_next(tx, changed)
    for template in changed:
        tx.audit("template.changed", template.id, {"name": template.name, "version": template.version})


def insert_first(tx: Transaction, added: Sequence[Template]) -> None:
    """Write new templates with their first version; whoever calls notes in the audit log how they came about."""
    if added:
        tx.execute(insert(templates), [_row(tx, template) for template in added])
        rule_book.changed(tx)
        tx.execute(insert(template_versions), [_version(tx, template) for template in added])


def update_next(tx: Transaction, changed: Sequence[Template]) -> None:
    """Write templates in their next version, which is kept; whoever calls notes in the audit log what was done."""
    if changed:
        tx.execute(_CHANGE, [_assignments(tx, template) for template in changed])
        rule_book.changed(tx)
        tx.execute(insert(template_versions), [_version(tx, template) for template in changed])


def set_exclusive(tx: Transaction, sets: Mapping[str, str | None]) -> None:
    """Note the exclusive sets of templates, by id."""
    if sets:
        tx.execute(_CHANGE_SET, [{"template": key, "new_set": name} for key, name in sets.items()])
        rule_book.changed(tx)


def _counted(layout: Layout, known: Mapping[str, Item], version: int) -> Layout:
    """`layout` with the version in which each `once` item became one: as it was in `known`, else now."""

    def counted(item: Item) -> Item:
        if item.sync != "once":
            return replace(item, once_since=0)
        return replace(item, once_since=known[item.key].once_since if item.key in known else version)

    return replace(
        layout,
        general=tuple(map(counted, layout.general)),
        fields=tuple(map(counted, layout.fields)),
        photo=counted(layout.photo) if layout.photo else None,
    )


def _template(row: Row[Any]) -> Template:
    return Template(row.id, row.name, Layout.from_json(row.layout), row.version, row.exclusive)


def _row(tx: Transaction, template: Template) -> dict[str, Any]:
    return {
        "id": template.id,
        "name": template.name,
        "name_key": template.key,
        "layout": template.layout.to_json(),
        "has_once": bool(template.layout.once_items),
        "exclusive": template.exclusive,
        "version": template.version,
        "created_at": tx.now,
        "modified_at": tx.now,
    }


def _version(tx: Transaction, template: Template) -> dict[str, Any]:
    return {
        "template_id": template.id,
        "version": template.version,
        "name": template.name,
        "layout": template.layout.to_json(),
        "made_at": tx.now,
        "actor": tx.actor,
        "request_id": tx.request_id,
    }


def _assignments(tx: Transaction, template: Template) -> dict[str, Any]:
    return {
        "template": template.id,
        "new_name": template.name,
        "new_name_key": template.key,
        "new_layout": template.layout.to_json(),
        "new_has_once": bool(template.layout.once_items),
        "new_version": template.version,
        "now": tx.now,
    }
