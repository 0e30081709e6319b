"""Who the merged person is: found by every id and name of before, with nothing left behind; what is refused."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest
from sqlalchemy import Table, select

from app.cards import issuing, merging
from app.cards.merging import Merged
from app.core.db import ORGANIZATION, metadata
from app.core.errors import NotFound, Refused
from app.core.unit_of_work import Transaction
from app.directory import finding, past_names
from tests.cards.conftest import Company
from tests.people.conftest import (
    BOARD,
    NEW_ID,
    OLD_ID,
    OTHER_ID,
    SALES,
    aliases,
    audited,
    comer,
    everything,
    leaver,
    merge,
)


def test_the_old_id_finds_the_merged_person_when_it_comes_back(nordwind: Company) -> None:
    old = leaver(nordwind, SALES)["Sales"]
    comer(nordwind, SALES)
    merge(nordwind)

    nordwind.hire("meanwhile", externalId=OLD_ID)
    nordwind.join(SALES, "meanwhile")
    beside = nordwind.card_ids()["meanwhile", "Sales"]
    nordwind.dismiss("meanwhile")
    nordwind.dismiss("max.new")
    nordwind.hire("again", externalId=OLD_ID)
    nordwind.join(SALES, "again")

    assert beside != old
    assert nordwind.card_ids()["again", "Sales"] == old


def test_addresses_and_ids_of_a_merged_person_go_over_once_more(nordwind: Company) -> None:
    first = leaver(nordwind, SALES)["Sales"]
    second = comer(nordwind, SALES, name="max.second", external_id=OTHER_ID)["Sales"]
    merge(nordwind, OLD_ID, OTHER_ID)
    nordwind.dismiss("max.second")
    third = comer(nordwind, SALES)["Sales"]

    merge(nordwind, OTHER_ID, NEW_ID)
    nordwind.dismiss("max.new")
    nordwind.hire("again", externalId=OLD_ID)
    nordwind.join(SALES, "again")

    assert nordwind.card_ids()["again", "Sales"] == first
    assert aliases(nordwind) == {second: first, third: first}


def test_an_alias_follows_when_its_card_is_the_younger(nordwind: Company) -> None:
    eldest = comer(nordwind, SALES, name="eldest", external_id=OTHER_ID)["Sales"]
    first = leaver(nordwind, SALES)["Sales"]
    second = comer(nordwind, SALES)["Sales"]
    merge(nordwind)
    nordwind.dismiss("max.new")

    merge(nordwind, NEW_ID, OTHER_ID)

    assert aliases(nordwind) == {second: eldest, first: eldest}


def test_a_record_with_the_old_id_that_comes_meanwhile_waits_for_the_merge(nordwind: Company) -> None:
    leaver(nordwind, SALES)
    comer(nordwind, SALES)

    def merge_while_somebody_comes(tx: Transaction) -> tuple[Merged, Future[None]]:
        merged = merging.merge(tx, OLD_ID, NEW_ID)
        coming = pool.submit(nordwind.hire, "again", externalId=OLD_ID)
        wait([coming], timeout=0.5)
        return merged, coming

    with ThreadPoolExecutor(1) as pool:
        merged, coming = nordwind.write(merge_while_somebody_comes)
        coming.result()

    with nordwind.database.read(nordwind.organization_id) as reader:
        persons = {called: finding.one(reader, f"{called}@nordwind.example").id for called in ("max.new", "again")}
    assert persons["max.new"] == merged.into.id
    assert persons["again"] not in {merged.into.id, merged.gone.id}


def test_past_names_and_the_log_go_over(nordwind: Company) -> None:
    leaver(nordwind)
    comer(nordwind)

    merged = merge(nordwind)

    with nordwind.database.read(nordwind.organization_id) as reader:
        names = past_names.of_person(reader, merged.into.id, "max.new@nordwind.example")
        found = {finding.one(reader, called).id for called in ("max@nordwind.example", OLD_ID, NEW_ID, merged.gone.id)}
    assert [name.user_name for name in names] == ["max@nordwind.example"]
    assert found == {merged.into.id}


GOES_OVER = {"cards", "invitations", "past_user_names", "provisioning_log", "scim_users"}
STAYS_BEHIND = {"graph_tokens", "identities", "mails", "quality_findings", "roles", "sessions", "sign_in_links"}
"""Rights are granted, not inherited; a mail is to whom it was written, and a token of whoever signed in."""


def test_of_every_table_about_persons_it_is_known_whether_it_goes_over() -> None:
    about = {table.name for table in metadata.sorted_tables if "person_id" in table.c}

    assert about == GOES_OVER | STAYS_BEHIND


def test_it_is_audited_with_both_ids_and_what_was_before(nordwind: Company) -> None:
    leaver(nordwind, SALES, BOARD)
    comer(nordwind, SALES)

    merged = merge(nordwind)

    [line], [joined], [passed] = (
        audited(nordwind, f"{one}") for one in ("person.merged", "card.joined", "card.passed_on")
    )
    assert (line.subject, line.detail) == (
        merged.into.id,
        {"person": merged.gone.id, "directory_key": OLD_ID, "into": merged.into.id},
    )
    assert (joined.detail["person"], joined.detail["from"]) == (merged.into.id, merged.gone.id)
    assert sorted(one["state"] for one in joined.detail["before"].values()) == ["live", "paused"]
    assert (passed.detail["person"], passed.detail["from"]) == (merged.into.id, merged.gone.id)


def stays(company: Company) -> None:
    company.hire("max", externalId=OLD_ID)
    company.join(SALES, "max")


@pytest.mark.parametrize(
    ("prepare", "called", "into", "error", "reason"),
    [
        pytest.param(stays, "max@nordwind.example", NEW_ID, Refused, "both are in the directory: 'max@nordwind.example' and 'max.new@nordwind.example'", id="both there"),
        pytest.param(stays, OLD_ID, NEW_ID, Refused, "both are in the directory", id="both there, by id"),
        pytest.param(leaver, NEW_ID, "max.new@nordwind.example", Refused, "are the same person already", id="the same person"),
        pytest.param(leaver, "eva@nordwind.example", NEW_ID, NotFound, "nobody is called 'eva@nordwind.example', and nobody was", id="nobody left"),
        pytest.param(leaver, OLD_ID, "eva@nordwind.example", NotFound, "nobody is called 'eva@nordwind.example', and nobody was", id="nobody there"),
        pytest.param(leaver, NEW_ID, OLD_ID, Refused, "is not in the directory: name who is there second, and who has left first", id="the wrong way round"),
        pytest.param(lambda one: (leaver(one), leaver(one, external_id=OTHER_ID)), "max@nordwind.example", NEW_ID, Refused, f"2 people are or were called 'max@nordwind.example': {OLD_ID} \\(deleted by the directory\\), {OTHER_ID}", id="two have left"),
        pytest.param(lambda one: (leaver(one), comer(one, name="max", external_id=OTHER_ID)), "max@nordwind.example", NEW_ID, Refused, "2 people are or were called 'max@nordwind.example'", id="one has left, another has the name now"),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing(
    nordwind: Company, prepare: Callable[[Company], Any], called: str, into: str, error: type[Exception], reason: str
) -> None:
    prepare(nordwind)
    comer(nordwind, SALES)
    before = everything(nordwind)

    with pytest.raises(error, match=reason):
        merge(nordwind, called, into)

    assert everything(nordwind) == before


def test_whoever_has_the_name_now_may_be_who_came_back(nordwind: Company) -> None:
    old = leaver(nordwind, SALES)["Sales"]
    comer(nordwind, name="max")

    merge(nordwind, "max@nordwind.example", "max@nordwind.example")

    assert nordwind.card_ids() == {("max", "Sales"): old}


def test_merging_leaves_nothing_for_reconcile_to_do(nordwind: Company) -> None:
    leaver(nordwind, SALES, BOARD)
    comer(nordwind, SALES)
    merge(nordwind)

    decision = nordwind.write(issuing.reconcile_everybody)

    assert decision.changes == ()


def test_nothing_is_left_with_who_is_gone(nordwind: Company) -> None:
    leaver(nordwind, SALES, BOARD)
    comer(nordwind, SALES)
    merged = merge(nordwind)

    def rows(table: Table) -> list[Any]:
        statement = select(table).where(table.c.organization_id == ORGANIZATION, table.c.person_id == merged.gone.id)
        with nordwind.database.read(nordwind.organization_id) as reader:
            return list(reader.execute(statement))

    assert [rows(table) for table in metadata.sorted_tables if table.name in GOES_OVER] == [[]] * 5
