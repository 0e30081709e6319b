"""The SCIM paths that records of this directory really have, to choose sources from, each with an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from app.attributes.definitions import ENTERPRISE_USER, LANYARD_USER, USER
from app.attributes.parsing import parse_path
from app.attributes.paths import InvalidPath
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader
from app.directory import organizations
from app.directory.tables import scim_users

SAMPLE = 300
"""Records that are looked at: those that came last."""
EXAMPLE_LENGTH = 60
MOST = 200
"""Paths that are offered at most."""
USUAL = (
    "title",
    "displayName",
    "nickName",
    'emails[type eq "work"].value',
    'phoneNumbers[type eq "mobile"].value',
    'phoneNumbers[type eq "work"].value',
    'phoneNumbers[type eq "fax"].value',
    'addresses[type eq "work"]',
    'addresses[type eq "work"].formatted',
    f"{ENTERPRISE_USER}:department",
    f"{ENTERPRISE_USER}:organization",
    f"{ENTERPRISE_USER}:division",
    f"{ENTERPRISE_USER}:costCenter",
    f"{ENTERPRISE_USER}:employeeNumber",
    f"{ENTERPRISE_USER}:manager.displayName",
    f"{LANYARD_USER}:accreditations",
    f"{LANYARD_USER}:headline",
    f"{LANYARD_USER}:linkedin",
    f"{LANYARD_USER}:pronouns",
    "profileUrl",
)
"""Offered even where no record has them: what Entra can be told to send."""

_NEVER = frozenset({"schemas", "meta", "id", "externalId", "active", "photos"})
"""Nothing that a field could show."""
_WHOLE = "addresses"
_DOCUMENTS = (
    select(scim_users.c.document)
    .where(scim_users.c.organization_id == ORGANIZATION)
    .order_by(scim_users.c.created_at.desc(), scim_users.c.id.desc())
    .limit(bindparam("sample"))
)


@dataclass(frozen=True, slots=True)
class Source:
    """A path, how many of the sample have a value there, and one of the values."""

    path: str
    people: int
    example: str


@dataclass(frozen=True, slots=True)
class Sources:
    """What may be chosen, the most common first; `sample` is how many records were looked at."""

    sample: int
    found: tuple[Source, ...]


def sources(reader: Reader) -> Sources:
    """The paths in the last SAMPLE records, and the usual ones. One query for the records, one for the settings."""
    marker = organizations.settings(reader).clear_marker
    documents = reader.execute(_DOCUMENTS, {"sample": SAMPLE}).scalars().all()
    people: dict[str, int] = {}
    examples: dict[str, str] = {}
    for document in documents:
        seen = {path: text for path, text in _values(document) if text and text != marker}
        for path, text in seen.items():
            people[path] = people.get(path, 0) + 1
            examples.setdefault(path, text)
    common = sorted(people, key=lambda path: (-people[path], path))
    names = dict.fromkeys((*(path for path in common if _is_path(path)), *USUAL))
    found = tuple(Source(name, people.get(name, 0), _short(examples.get(name, ""))) for name in names)
    return Sources(len(documents), found[:MOST])


def _values(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The paths at which the record has something to show, with it as text."""
    for name, value in document.items():
        if name.startswith("urn:") and isinstance(value, Mapping):
            for inner, one in value.items():
                yield from _attribute(f"{name}:{inner}", one)
        elif name not in _NEVER:
            yield from _attribute(name, value)


def _attribute(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        yield from ((f"{path}.{part}", text) for part, text in value.items() if isinstance(text, str))
    elif isinstance(value, list):
        for entry in value:
            yield from _entry(path, entry)


def _entry(path: str, entry: Any) -> Iterator[tuple[str, str]]:
    if isinstance(entry, str):
        yield path, entry
    elif isinstance(entry, Mapping) and isinstance(entry.get("type"), str) and '"' not in entry["type"]:
        chosen = f'{path}[type eq "{entry["type"]}"]'
        texts = {part: text for part, text in entry.items() if part != "type" and isinstance(text, str)}
        if path == _WHOLE:
            yield chosen, ", ".join(texts.values())
        yield from ((f"{chosen}.{part}", text) for part, text in texts.items() if part != "display")


def _is_path(path: str) -> bool:
    """Whether a source may be this path as it stands; what records hold need not be spelled so that it can be named."""
    try:
        return parse_path(path, USER).text == path
    except InvalidPath:
        return False


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXAMPLE_LENGTH else f"{line[: EXAMPLE_LENGTH - 1]}…"
