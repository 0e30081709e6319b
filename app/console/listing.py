"""What every list of the console has: a search, filters, an order and a place, all of them in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import request

from app.core.errors import Refused
from app.core.paging import Page
from app.web import pages

SEARCH_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter: the parameter's name, its label, and what may be chosen, value → label. "" stands for any."""

    name: str
    label: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of a list."""

    path: str
    search: str
    sort: str
    """The key of a column; with "-" before it the other way round."""
    place: str | None
    filters: dict[str, str] = field(default_factory=dict)
    """Of each filter that is set its value."""

    @property
    def is_narrowed(self) -> bool:
        """Whether something is searched or filtered."""
        return bool(self.search or self.filters)

    @property
    def column(self) -> str:
        """The key of the column that is sorted by."""
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether it is sorted the other way round."""
        return self.sort.startswith("-")

    def at(self, **changes: str | None) -> str:
        """The address of the same list with some of it changed (`search`, `sort`, `place`, a filter; None: without)."""
        wanted = {"search": self.search, "sort": self.sort, "place": self.place, **self.filters, **changes}
        query = urlencode({key: value for key, value in wanted.items() if value})
        return pages.path(self.path) + (f"?{query}" if query else "")

    def sorted_by(self, key: str) -> str:
        """The address of the list sorted by this column, the other way round if it is already; from its beginning."""
        return self.at(sort=f"-{key}" if self.sort == key else key, place=None)


def asked(path: str, *, sorts: Sequence[str], choices: Sequence[Choice] = (), names: Sequence[str] = ()) -> Asked:
    """What this request asks of the list at `path`.

    `sorts` are the columns that it can be sorted by, the usual one first (with "-" for descending); `names` are filters
    whose values are free. Raises Refused for a column or choice that there is not.
    """
    sort = request.args.get("sort") or sorts[0]
    if sort.removeprefix("-") not in {one.removeprefix("-") for one in sorts}:
        raise Refused(f"this list cannot be sorted by {sort.removeprefix('-')!r}", "sort")
    filters = {}
    for choice in choices:
        value = request.args.get(choice.name, "")
        if value and value not in choice.options:
            raise Refused(f"{value!r} is none of the choices for {choice.label!r}", choice.name)
        if value:
            filters[choice.name] = value
    for name in names:
        if value := request.args.get(name, "").strip()[:SEARCH_LENGTH]:
            filters[name] = value
    search = " ".join(request.args.get("search", "").split())[:SEARCH_LENGTH]
    return Asked(path, search, sort, request.args.get("place") or None, filters)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and the key by which it can be sorted, if it can."""

    label: str
    sort: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as a template shows it (console/lists.html)."""

    asked: Asked
    columns: Sequence[Column]
    rows: Sequence[object]
    page: Page
    searched: str | None = None
    """What the search looks at, for its label; None where there is no search."""
    choices: Sequence[Choice] = ()
    days: Mapping[str, str] = field(default_factory=dict)
    """Filters that are days: the parameter's name → its label."""
    export: str | None = None
    """The path of its CSV; it gets the same search and filters."""
    nothing: str = "There is nothing here yet."

    def direction(self, column: Column) -> str | None:
        """How the table is sorted by this column, as ARIA says it."""
        if column.sort is None or column.sort != self.asked.column:
            return None
        return "descending" if self.asked.descending else "ascending"

    @property
    def kept(self) -> dict[str, str]:
        """The filters that the form does not offer, and must keep."""
        offered = {*(choice.name for choice in self.choices), *self.days}
        return {name: value for name, value in self.asked.filters.items() if name not in offered}

    @property
    def export_address(self) -> str | None:
        """The address of the CSV of what is searched and filtered."""
        if self.export is None:
            return None
        query = urlencode(
            {key: value for key, value in {"search": self.asked.search, **self.asked.filters}.items() if value}
        )
        return pages.path(self.export) + (f"?{query}" if query else "")
