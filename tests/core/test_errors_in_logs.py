"""What a database says of an error goes to the log; what people are called does not."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from app.core.ids import new_id
from app.core.unit_of_work import Database, Transaction, violates
from app.directory.organizations import Organization
from app.directory.tables import people

NAME = "ines.jones"


def test_the_error_of_a_key_that_is_taken_names_the_key_and_no_value(
    database: Database, organization: Organization
) -> None:
    def twice(tx: Transaction) -> None:
        row = {"directory_key": NAME, "created_at": tx.now}
        tx.execute(insert(people), [{"id": new_id(), **row}, {"id": new_id(), **row}])

    with pytest.raises(DBAPIError) as raised:
        database.write(twice, organization_id=organization.id, actor="test")

    assert violates(raised.value, "people", "directory_key")
    assert NAME not in f"{raised.value} {raised.value.orig}"


def test_the_error_of_a_broken_document_shows_nothing_of_it(database: Database, organization: Organization) -> None:
    broken = text("""SELECT json('{"userName": "ines.jones", ')""")
    if "postgresql" in str(database._writing.url):
        broken = text("""SELECT CAST('{"userName": "ines.jones", ' AS jsonb)""")

    with pytest.raises(DBAPIError) as raised, database.read(organization.id) as reader:
        reader.execute_across(broken)

    assert NAME not in f"{raised.value.args} {raised.value.orig}"
