"""The whole report: everybody is read once, a page at a time, and every check looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, tuple_

from app.cards import colleagues, template_store
from app.cards.decision import HELD, LIVE, WAITING
from app.cards.layout import Item
from app.cards.quality import contacts, items, names, records, returning, wholes
from app.cards.quality.entra import named
from app.cards.quality.subject import Check, Finding, HeldCard, Subject
from app.cards.tables import cards
from app.cards.template_store import Template
from app.cards.values import directory_value, first_values_of, manager_of, own_values_of, with_manager
from app.cards.view import CardSource, Manager
from app.core.db import ORGANIZATION, Id, Timestamp, unindexed
from app.core.unit_of_work import Reader
from app.directory import organizations, pictures
from app.directory.organizations import Organization
from app.directory.pictures import names_in
from app.directory.settings import OrganizationSettings
from app.directory.tables import scim_users
from app.photos import keeping

PAGE = 250
"""People read at a time."""

CHECKS: Mapping[str, Check] = {
    "phone": contacts.phone,
    "missing-mail": contacts.missing_mail,
    "mail": contacts.mail,
    "website": contacts.website,
    "capitals": names.capitals,
    "guest": names.guest,
    "tombstone": names.tombstone,
    "manager": records.manager,
    "long": records.long,
    "clear-marker": records.marker,
    "missing-photo": items.missing_photo,
    "photo": items.photo,
    "incomplete-directory": items.incomplete(items.DIRECTORY),
    "incomplete-holder": items.incomplete(items.HOLDER),
    "incomplete-admin": items.incomplete(items.ADMIN),
}
"""What is looked for in each person, by the kind of its findings."""

OF_DISABLED = frozenset({"tombstone"})
"""The checks that look at people whom the directory has disabled as well: their cards are down, whatever they say."""

OF_ALL: Mapping[str, Callable[[Reader, str], Iterator[Finding]]] = {
    "empty-group": wholes.empty_group,
    "duplicate-mail": wholes.duplicate_mail,
    "duplicate-person": wholes.duplicate_person,
    "new-identity": returning.new_identity,
}
"""What is looked for in the directory as a whole; they are given the clear marker."""

NEVER_FILLED = "never-filled"
KINDS = (*CHECKS, NEVER_FILLED, *OF_ALL)
"""All kinds of findings."""

_COLUMNS = select(
    scim_users.c.id,
    scim_users.c.person_id,
    scim_users.c.user_name,
    scim_users.c.active,
    scim_users.c.document,
    scim_users.c.found_photo,
    scim_users.c.created_at,
).where(scim_users.c.organization_id == ORGANIZATION)
_PEOPLE = (
    _COLUMNS.where(
        tuple_(scim_users.c.created_at, scim_users.c.id)
        > tuple_(bindparam("created", type_=Timestamp), bindparam("id", type_=Id)),
    )
    .order_by(scim_users.c.created_at, scim_users.c.id)
    .limit(bindparam("page"))
)
_PERSON = _COLUMNS.where(scim_users.c.person_id == bindparam("person"))
_CARDS = select(
    cards.c.person_id,
    cards.c.public_id,
    cards.c.template_id,
    cards.c.state,
    cards.c.own,
    cards.c.once,
    cards.c.created_at,
    cards.c.modified_at,
).where(
    cards.c.organization_id == ORGANIZATION,
    cards.c.person_id.in_(bindparam("people", expanding=True)),
    unindexed(cards.c.template_id).is_not(None),
)
# Neither asked by state nor in order: SQLite would walk the index of that through all of the organization's cards.
_LOOKED_AT = frozenset({LIVE, HELD, WAITING})
_KNOWN = select(scim_users.c.id).where(
    scim_users.c.organization_id == ORGANIZATION, scim_users.c.id.in_(bindparam("wanted", expanding=True))
)


def every(reader: Reader, page: int = PAGE) -> Iterator[Finding]:
    """Everything doubtful: person by person in the order they were pushed first, then templates, groups, duplicates."""
    return (finding for _, finding in of_persons(reader, page))


def of_persons(reader: Reader, page: int = PAGE) -> Iterator[tuple[str | None, Finding]]:
    """As `every`, each with the id of the person whose record it is in; None where it is about more than one record.

    At most four queries for `page` people, however many findings; nothing is kept of a page that was read.
    """
    organization = organizations.current(reader)
    templates = {template.id: template for template in template_store.every(reader)}
    wanting = _Wanting(templates.values(), organization.settings.clear_marker)
    shown = any(template.layout.shows_manager for template in templates.values())
    place: dict[str, Any] = {"created": datetime(1970, 1, 1, tzinfo=UTC), "id": "", "page": page}
    while rows := reader.execute(_PEOPLE, place).all():
        for row, theirs, subject in _subjects(reader, rows, organization, templates, shown=shown):
            document = pictures.with_found(row.document, row.found_photo)
            wanting.look(with_manager(document, theirs) if shown else document)
            yield from ((row.person_id, finding) for finding in _of_person(row.user_name, row.active, subject))
        if len(rows) < page:
            break
        place |= {"created": rows[-1].created_at, "id": rows[-1].id}
    yield from ((None, finding) for finding in wanting.findings())
    for check in OF_ALL.values():
        yield from ((None, finding) for finding in check(reader, organization.settings.clear_marker))


def of_person(reader: Reader, person_id: str) -> list[Finding]:
    """What is doubtful about one person, looked at alone: duplicates are found in the whole report only."""
    organization = organizations.current(reader)
    templates = {template.id: template for template in template_store.every(reader)}
    shown = any(template.layout.shows_manager for template in templates.values())
    rows = reader.execute(_PERSON, {"person": person_id}).all()
    return [
        finding
        for row, _, subject in _subjects(reader, rows, organization, templates, shown=shown)
        for finding in _of_person(row.user_name, row.active, subject)
    ]


def _subjects(
    reader: Reader,
    rows: Sequence[Row[Any]],
    organization: Organization,
    templates: Mapping[str, Template],
    *,
    shown: bool,
) -> Iterator[tuple[Row[Any], Manager, Subject]]:
    """These people as checks look at them, each with their manager."""
    held = _cards(reader, rows)
    known = _managers(reader, rows, organization.settings, shown=shown)
    unshown = keeping.complaints(reader, set().union(*(names_in(row.document) for row in rows)))
    for row in rows:
        manager = manager_of(row.document)
        theirs = known.get(manager or "") or Manager()
        document = pictures.with_found(row.document, row.found_photo)
        mine = tuple(
            _held(card, templates[card.template_id], organization, document, theirs) for card in held[row.person_id]
        )
        yield (
            row,
            theirs,
            Subject(row.document, organization.settings, mine, manager is None or manager in known, unshown),
        )


def _of_person(user_name: str, active: bool, subject: Subject) -> Iterator[Finding]:
    for kind, check in CHECKS.items():
        if active or kind in OF_DISABLED:
            for doubt in check(subject):
                yield Finding(
                    kind, user_name, None, doubt.template, doubt.field, doubt.value, doubt.problem, doubt.remedy
                )


class _Wanting:
    """Required items of templates for which nobody in the directory has had a value so far."""

    def __init__(self, templates: Any, marker: str) -> None:
        self._marker = marker
        self._seen = False
        self._items: list[tuple[str, Item]] = [
            (template.name, item)
            for template in templates
            for item in template.layout.items()
            if item.required and item.sync != "never" and not item.value
        ]

    def look(self, document: Mapping[str, Any]) -> None:
        """Take out what this document fills."""
        self._seen = True
        if self._items:
            self._items = [
                (name, item) for name, item in self._items if directory_value(item, document, self._marker) is None
            ]

    def findings(self) -> Iterator[Finding]:
        """What is left when everybody was looked at; nothing in a directory without people."""
        for name, item in self._items if self._seen else ():
            path = items.path_of(item)
            yield Finding(
                NEVER_FILLED, None, None, name, path, None,
                f"Cards of {name} require {item.label}, and nobody in the directory has a value for it.",
                f"Map an attribute to {path} in Entra, and set {named(path)}; or give the template another source"
                " or a value.",
            )  # fmt: skip


def _cards(reader: Reader, rows: Sequence[Row[Any]]) -> dict[str, list[Row[Any]]]:
    held: dict[str, list[Row[Any]]] = {row.person_id: [] for row in rows}
    found = reader.execute(_CARDS, {"people": list(held)}).all()
    for card in sorted(found, key=lambda card: (card.created_at, card.public_id)):
        if card.state in _LOOKED_AT:
            held[card.person_id].append(card)
    return held


def _managers(
    reader: Reader, rows: Sequence[Row[Any]], settings: OrganizationSettings, *, shown: bool
) -> Mapping[str, Manager]:
    """The managers of these people whose record is here; what cards show of them where cards show anything."""
    wanted = {found for row in rows if (found := manager_of(row.document)) is not None}
    if shown:
        return {key: found.shown for key, found in colleagues.managers(reader, wanted, settings).items()}
    known = reader.execute(_KNOWN, {"wanted": sorted(wanted)}) if wanted else ()
    return {row.id: Manager() for row in known}


def _held(
    card: Row[Any], template: Template, organization: Organization, document: Mapping[str, Any], manager: Manager
) -> HeldCard:
    source = CardSource(
        public_id=card.public_id,
        organization=organization.name,
        phone_region=organization.settings.phone_region,
        clear_marker=organization.settings.clear_marker,
        template=template.name,
        layout=template.layout,
        document=document,
        own=own_values_of(card.own),
        once=first_values_of(card.once, card.template_id),
        versions=(),
        revised=card.modified_at,
        manager=manager,
    )
    return HeldCard(template.name, source)
