"""How people stand in lists: written with them, again when it changes, and not by what lists do not show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory import listed, outsiders
from app.directory.organizations import Organization
from app.directory.tables import people
from tests.cards.conftest import Company

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BOARD: dict[str, Any] = {ENTERPRISE: {"department": "Board"}}
INES: dict[str, Any] = {
    "displayName": "Ines JONES",
    "emails": [{"type": "work", "value": "Ines.Jones@nordwind.example"}],
    ENTERPRISE: {"department": "Finance"},
}


@pytest.fixture
def company(database: Database, organization: Organization) -> Company:
    """Ines has been pushed."""
    company = Company(database, organization.id)
    company.hire("ines", externalId="8a52b1b2-6f0e-4b7e-8a51-2b8d0f1c9e77", **INES)
    return company


def rows(company: Company) -> list[tuple[str | None, str | None, str | None, str | None]]:
    wanted = select(people.c.name, people.c.called, people.c.listed, people.c.standing)
    with company.database.read(company.organization_id) as reader:
        found = reader.execute(wanted.where(people.c.organization_id == ORGANIZATION).order_by(people.c.created_at))
        return [tuple(row) for row in found]


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


TEXT = "ines jones\nines@nordwind.example\nines.jones@nordwind.example\nfinance"


def test_a_person_is_listed_by_name_user_name_address_and_department(company: Company) -> None:
    assert rows(company) == [("Ines JONES", "ines@nordwind.example", TEXT, "active")]


def test_a_change_of_one_of_them_is_followed_and_another_title_writes_nothing(company: Company) -> None:
    with statements() as of_title:
        company.change("ines", title="CFO", phoneNumbers=[{"type": "mobile", "value": "+41 79 555 01 00"}])
    with statements() as of_department:
        company.change("ines", None, **BOARD)

    assert [one for one in of_title if one.startswith("UPDATE people")] == []
    assert len([one for one in of_department if one.startswith("UPDATE people")]) == 1
    assert rows(company)[0][2] == TEXT.replace("finance", "board")


def test_who_is_disabled_leaves_and_comes_back_is_said_to(company: Company) -> None:
    steps: list[Callable[[], None]] = [
        lambda: company.change("ines", active=False),
        lambda: company.dismiss("ines"),
        lambda: company.hire("ines", externalId="8a52b1b2-6f0e-4b7e-8a51-2b8d0f1c9e77", **INES),
    ]

    said = []
    for step in steps:
        step()
        said.append([(row[0], row[3]) for row in rows(company)])

    assert said == [[("Ines JONES", "inactive")], [("Ines JONES", "left")], [("Ines JONES", "active")]]


def test_who_was_invited_is_listed_by_address(company: Company) -> None:
    company.write(lambda tx: outsiders.person_with(tx, "Pat@partner.example"))

    assert rows(company)[1:] == [(None, "pat@partner.example", "pat@partner.example", "invited")]


@pytest.mark.parametrize(
    ("document", "text"),
    [
        pytest.param({"displayName": "  Äda\n Straße "}, "äda strasse\na@b.example", id="folded, on one line"),
        pytest.param({}, "a@b.example\na@b.example", id="without a name"),
        pytest.param({"name": {"givenName": "Ada", "familyName": "Lo"}}, "ada lo\na@b.example", id="of parts"),
        pytest.param(
            {"displayName": "x" * 400}, f"{'x' * listed.PART}\na@b.example", id="no longer than an index takes"
        ),
        pytest.param({"displayName": "A\0B"}, "a b\na@b.example", id="without what no database keeps"),
    ],
)
def test_the_text_that_is_searched(document: dict[str, Any], text: str) -> None:
    assert listed.of_document({"userName": "A@b.example", "active": True, **document}).listed == text


def test_a_search_has_at_most_eight_words_in_the_same_form() -> None:
    assert listed.words("  ÄDA  lo ") == ["äda", "lo"]
    assert len(listed.words("a b c d e f g h i j")) == 8
