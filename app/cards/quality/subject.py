"""What checks look at, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.attributes.definitions import USER
from app.attributes.documents import read
from app.attributes.parsing import parse_path
from app.cards.layout import Item
from app.cards.missing import missing_items
from app.cards.rendering import render
from app.cards.view import CardSource
from app.directory.settings import OrganizationSettings


@dataclass(frozen=True, slots=True)
class Finding:
    """Something doubtful. Its names are those of the report's JSON and CSV, in their order."""

    kind: str
    person: str | None
    """The user name."""
    group: str | None
    template: str | None
    field: str | None
    """A SCIM path, or the label of a card's item that no path fills."""
    value: str | None
    """As it stands."""
    problem: str
    """A sentence that says what is wrong."""
    remedy: str
    """What to do, in Entra where it can be done there; with the mapping expression to paste, if there is one."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a check says about one person; the report adds who it is and the kind."""

    field: str
    value: str | None
    problem: str
    remedy: str
    template: str | None = None


@dataclass(frozen=True)
class HeldCard:
    """A card that is up or waits for a seat."""

    template: str
    source: CardSource

    @cached_property
    def missing(self) -> tuple[Item, ...]:
        """The required items that show nothing."""
        if not any(item.required for item in self.source.layout.items()):
            return ()
        return missing_items(self.source, render(self.source, ""))


@dataclass(frozen=True)
class Subject:
    """A person whose record is in the directory."""

    document: Mapping[str, Any]
    settings: OrganizationSettings
    cards: tuple[HeldCard, ...] = ()
    manager_known: bool = True
    """False when the record names a manager who is nobody here."""
    unshown: Mapping[str, str] = field(default_factory=dict)
    """Why photos that the record names are not shown, or not as they are by now, by id (app.photos)."""

    def texts(self, path: str) -> list[str]:
        """The texts at a SCIM path that say something: neither empty nor cleared."""
        found = read(self.document, parse_path(path, USER))
        return [one for one in found if isinstance(one, str) and one.strip() and one != self.settings.clear_marker]


Check = Callable[[Subject], Iterator[Doubt]]
