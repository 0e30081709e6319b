"""Who may have left and come back as somebody else: `new-identity` in `lanyard quality`."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine

from app.cards import by_hand
from app.cards.quality import returning
from app.cards.quality.subject import Finding
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.cards.conftest import SALES_ONLY, Company
from tests.log.conftest import Log

OLD_ID, NEW_ID = (f"{digit * 8}-6f0e-4b7e-8a51-2b8d0f1c9e77" for digit in "89")
SALES = "Cards - Sales"


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    company = Company(database, organization.id)
    company.apply(SALES_ONLY)
    company.group(SALES)
    return company


@pytest.fixture
def lanyard(database_url: URL, organization: Organization) -> Log:
    return Log(database_url, organization.slug)


def found(company: Company) -> list[Finding]:
    with company.database.read(company.organization_id) as reader:
        return list(returning.new_identity(reader, "[[clear]]"))


def leave(company: Company, name: str = "max", external_id: str = OLD_ID) -> None:
    """Somebody with a card comes and leaves."""
    company.hire(name, externalId=external_id)
    company.join(SALES, name)
    company.dismiss(name)


def test_the_finding_names_the_command_that_gives_the_cards_back(nordwind: Company, lanyard: Log) -> None:
    leave(nordwind)
    nordwind.hire("max", externalId=NEW_ID)

    [finding] = [one for one in lanyard.json("quality") if one["kind"] == "new-identity"]
    command = finding["remedy"].split("`")[1]
    result = lanyard.run(*[part for part in shlex.split(command)[1:] if part not in {"--org", "nordwind"}])

    assert command == f"lanyard people merge --org nordwind {OLD_ID} max@nordwind.example"
    assert (finding["person"], finding["value"]) == ("max@nordwind.example", "max@nordwind.example")
    assert result.exit_code == 0
    assert found(nordwind) == []


def with_cards_deleted(company: Company) -> None:
    leave(company)
    company.write(lambda tx: by_hand.delete(tx, list(company.card_ids().values())))
    company.hire("max")


def with_the_same_id(company: Company) -> None:
    leave(company)
    company.hire("max", externalId=OLD_ID)


def without_cards(company: Company) -> None:
    company.hire("max", externalId=OLD_ID)
    company.dismiss("max")
    company.hire("max")


def under_an_earlier_name(company: Company) -> None:
    company.hire("max", externalId=OLD_ID)
    company.join(SALES, "max")
    company.change("max", userName="max.berg@nordwind.example")
    company.dismiss("max")
    company.hire("max")


def under_a_name_of_somebody_there(company: Company) -> None:
    company.hire("max")
    company.join(SALES, "max")
    company.change("max", userName="max.berg@nordwind.example")
    company.hire("other", userName="max@nordwind.example")


@pytest.mark.parametrize(
    "happening",
    [
        pytest.param(leave, id="nobody has the name"),
        pytest.param(with_the_same_id, id="the same person came back"),
        pytest.param(without_cards, id="who left has no cards"),
        pytest.param(with_cards_deleted, id="an admin deleted the cards"),
        pytest.param(under_an_earlier_name, id="not the last name of who left"),
        pytest.param(under_a_name_of_somebody_there, id="who had the name is there"),
    ],
)
def test_nothing_is_found_where(nordwind: Company, happening: Callable[[Company], None]) -> None:
    happening(nordwind)

    assert found(nordwind) == []


@pytest.mark.parametrize("name", ["MAX", "max"])
def test_a_name_is_the_same_in_any_letters_and_through_the_recycle_bin(nordwind: Company, name: str) -> None:
    nordwind.hire("max", externalId=OLD_ID)
    nordwind.join(SALES, "max")
    nordwind.change("max", userName=f"{'5f1e9c0b7a6d4e3f' * 2}max@nordwind.example", active=False)
    nordwind.dismiss("max")
    nordwind.hire(name)

    assert [finding.person for finding in found(nordwind)] == [f"{name}@nordwind.example"]


def test_everybody_who_left_with_the_name_is_found(nordwind: Company) -> None:
    leave(nordwind)
    leave(nordwind, external_id=NEW_ID)
    nordwind.hire("max")

    assert [OLD_ID in finding.remedy for finding in found(nordwind)] == [True, False]


def test_a_remedy_is_safe_to_paste(nordwind: Company) -> None:
    nordwind.apply("organization: {external_id_is_permanent: true}")
    leave(nordwind, "x; echo $HOME", external_id="$(reboot)")
    nordwind.hire("x; echo $HOME", externalId="--yes")

    [finding] = found(nordwind)

    command = finding.remedy.split("`")[1]
    assert shlex.join(shlex.split(command)) == command
    assert not any(word in command for word in ("reboot", "HOME"))


def test_it_is_one_query_however_many_are_found(nordwind: Company) -> None:
    for number in range(5):
        leave(nordwind, f"max{number}", external_id=f"{number}" + OLD_ID[1:])
        nordwind.hire(f"max{number}")
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert len(found(nordwind)) == 5
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert len([statement for statement in sent if "past_user_names" in statement]) == 1
