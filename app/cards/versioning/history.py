"""The versions of a template that were published, as they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.cards.layout import Layout
from app.cards.tables import template_versions
from app.cards.template_store import Template
from app.cards.versioning.differences import differences
from app.core.db import ORGANIZATION
from app.core.errors import NotFound
from app.core.unit_of_work import Reader

FIRST = "first version"
EARLIEST = "the earliest version that was kept"
"""Of a template that is older than the keeping of versions."""


@dataclass(frozen=True, slots=True)
class Version:
    """What was published once. `actor` is as in the audit log."""

    number: int
    name: str
    layout: Layout
    made_at: datetime
    actor: str
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """A version, and in phrases what it changed."""

    version: Version
    changes: tuple[str, ...]


_VERSIONS = select(
    template_versions.c.version,
    template_versions.c.name,
    template_versions.c.layout,
    template_versions.c.made_at,
    template_versions.c.actor,
    template_versions.c.request_id,
).where(template_versions.c.organization_id == ORGANIZATION, template_versions.c.template_id == bindparam("template"))
_EVERY = _VERSIONS.order_by(template_versions.c.version)
_NUMBERED = _VERSIONS.where(template_versions.c.version == bindparam("number"))


def steps(reader: Reader, template: Template) -> Iterator[Step]:
    """All versions of the template that were kept, oldest first; the last one is the present."""
    before: Version | None = None
    for row in reader.execute(_EVERY, {"template": template.id}):
        version = _version(row)
        yield Step(version, _changes(before, version))
        before = version


def find(reader: Reader, template: Template, number: int) -> Version:
    """The version of the template with this number. Raises NotFound."""
    row = reader.execute(_NUMBERED, {"template": template.id, "number": number}).one_or_none()
    if row is None:
        raise NotFound(
            f"{template.name} has no version {number}; `lanyard template versions` lists those that were kept"
        )
    return _version(row)


def _changes(before: Version | None, after: Version) -> tuple[str, ...]:
    if before is None:
        return (FIRST if after.number == 1 else EARLIEST,)
    return differences(before, after)


def _version(row: Row[Any]) -> Version:
    return Version(row.version, row.name, Layout.from_json(row.layout), row.made_at, row.actor, row.request_id)
