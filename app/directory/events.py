"""What the directory tells the rest of the house, inside the transaction in which it happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.events import Event


@dataclass(frozen=True, slots=True)
class PeopleChanged(Event):
    """These people's groups, activity or existence changed; what follows from groups must be looked at again.

    `group_id` is the group that they joined or left, where that is all and the group is still there.
    """

    person_ids: tuple[str, ...]
    group_id: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentMade(Event):
    """A person has a record now, new or again, with this document, as it is stored."""

    person_id: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DocumentReplaced(Event):
    """A person's document says something else now; `after` is None when the record was deleted.

    Both are as they are stored, with the photo that was found elsewhere (directory.found_photos).
    """

    person_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any] | None
    origins: Mapping[str, Any] | None
    """Which requests had set the values of `before` (directory.origins)."""


@dataclass(frozen=True, slots=True)
class GroupNamed(Event):
    """A group came into being, or was renamed, or got another external id."""

    group_id: str
    display_name: str
    external_id: str | None


@dataclass(frozen=True, slots=True)
class GroupRemoved(Event):
    """A group is gone. Its members are named by a PeopleChanged of their own."""

    group_id: str
