"""The bindings as a form carries them: every row with its group, template and exclusive set, in order of precedence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from app.cards import bindings
from app.cards.applying.spec import BindingSpec, FileSpec
from app.cards.bindings import GroupName
from app.cards.template_store import Template
from app.core.errors import Refused
from app.core.unit_of_work import Reader

BY_NAME, BY_ID = "name", "id"
MOST = 2_000
"""Rows of one form."""
LONGEST = 1024
FIELDS = ("group", "by", "template", "exclusive")


@dataclass(frozen=True, slots=True)
class Row:
    """A binding as it was typed: the group's display name (or, `by` BY_ID, its external id), and a template's name."""

    group: str
    by: str
    template: str
    exclusive: str

    @property
    def name(self) -> GroupName:
        """How the row names its group."""
        return GroupName(display_name=self.group) if self.by == BY_NAME else GroupName(external_id=self.group)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        return not (self.group or self.exclusive)


def of_organization(reader: Reader, templates: Sequence[Template]) -> list[Row]:
    """The rows of the bindings that there are."""
    named = {template.id: template for template in templates}
    return [
        Row(
            one.group.text,
            BY_NAME if one.group.display_name is not None else BY_ID,
            named[one.template_id].name,
            named[one.template_id].exclusive or "",
        )
        for one in bindings.every(reader)
    ]


def read(form: MultiDict[str, str]) -> list[Row]:
    """The rows that a form sent. Raises Refused for one that is no such form."""
    columns = [form.getlist(name) for name in FIELDS]
    if len({len(column) for column in columns}) != 1 or len(columns[0]) > MOST:
        raise Refused("this is not the form of the bindings; load the page again")
    rows = [Row(*(text.strip()[:LONGEST] for text in texts)) for texts in zip(*columns, strict=True)]
    if any(row.by not in {BY_NAME, BY_ID} for row in rows):
        raise Refused("a group is named by its name or by its id; load the page again")
    return rows


def edited(rows: list[Row], act: str) -> list[Row]:
    """The rows after `keep`, `add`, `up:N`, `down:N` or `remove:N`. Raises Refused for what is none of these."""
    what, _, place = act.partition(":")
    if what == "keep":
        return rows
    if what == "add":
        return [*rows, Row("", BY_NAME, rows[-1].template if rows else "", "")]
    if not place.isdecimal() or int(place) >= len(rows):
        raise Refused("this row is not there; load the page again")
    at = int(place)
    if what == "remove":
        return rows[:at] + rows[at + 1 :]
    other = at - 1 if what == "up" else at + 1
    if what not in {"up", "down"}:
        raise Refused("this is not the form of the bindings; load the page again")
    if 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    return rows


def spec_of(rows: Sequence[Row]) -> FileSpec:
    """What `apply` would read from a file with these bindings; `line` is the row's number, from 1. Blank rows go.

    Raises Refused, `field` being the row's number, where two rows contradict each other or say too little.
    """
    wanted: list[BindingSpec] = []
    seen: dict[tuple[str, tuple[str, str]], int] = {}
    sets: dict[str, tuple[str, int]] = {}
    for number, row in enumerate(rows, 1):
        if row.is_blank:
            continue
        if not row.group:
            raise Refused(f"row {number} names no group", str(number))
        earlier = seen.setdefault((row.template, row.name.key), number)
        if earlier != number:
            raise Refused(f"row {number} binds {row.group} to {row.template} as row {earlier} does", str(number))
        chosen, first = sets.setdefault(row.template, (row.exclusive, number))
        if chosen != row.exclusive:
            raise Refused(
                f"row {number} puts {row.template} into another exclusive set than row {first}; all bindings of a"
                " template are in the same set, or in none",
                str(number),
            )
        wanted.append(BindingSpec(row.name, row.template, row.exclusive or None, number))
    return FileSpec(bindings=tuple(wanted))
