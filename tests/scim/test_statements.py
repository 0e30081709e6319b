"""How little the database is asked for a page, and that what is asked can be looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.scim import searching
from app.scim.kinds import GROUPS, USERS, Kind
from app.scim.protocol.projection import Projection
from app.scim.protocol.queries import ListQuery
from app.scim.resources import Locations
from tests.support.client import Client

HERE = Locations("https://cards.example")


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is sent to any database meanwhile, with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        pytest.param("/Users", {"filter": 'userName eq "user3"', "attributes": "id"}, 1, id="a look-up"),
        pytest.param("/Users", {"filter": 'userName eq "user3"'}, 1, id="with its groups"),
        pytest.param("/Users", {}, 1, id="all on one page"),
        pytest.param("/Users", {"count": "3"}, 2, id="a page of several, with the total"),
        pytest.param("/Users", {"startIndex": "5", "count": "10"}, 1, id="the last page tells the total"),
        pytest.param("/Users", {"count": "0"}, 1, id="the total alone"),
        pytest.param("/Users", {"sortBy": "emails", "cursor": "", "count": "10"}, 1, id="by cursors, on one page"),
        pytest.param("/Groups", {"excludedAttributes": "members"}, 1, id="groups without members"),
        pytest.param("/Groups", {}, 2, id="with members"),
        pytest.param("", {}, 4, id="all kinds: keys, then each kind; the members of groups"),
    ],
)
def test_statements_for_a_page(client: Client, path: str, query: dict[str, str], expected: int) -> None:
    members = [client.create_user(f"user{number}")["id"] for number in range(8)]
    client.create_group("Sales", *members)
    client.get(path, **query)

    with statements() as sent:
        response = client.get(path, **query)

    about_lists = [statement for statement, _ in sent if "FROM scim_" in statement or "FROM memberships" in statement]
    assert response.status_code == 200
    assert len(about_lists) == expected


def test_the_next_page_by_cursors_counts_nothing(client: Client) -> None:
    for number in range(8):
        client.create_user(f"user{number}")
    cursor = client.get("/Users", cursor="", count="3").get_json(force=True)["nextCursor"]

    with statements() as sent:
        client.get("/Users", cursor=cursor, count="3")

    assert [statement for statement, _ in sent if "count(" in statement.lower()] == []


def test_nobodys_cards_are_looked_at_for_a_group_that_gives_none(client: Client) -> None:
    user, group = client.create_user("ines")["id"], client.create_group("Sales")["id"]

    with statements() as sent:
        for op in ("add", "remove"):
            client.patch(f"/Groups/{group}", {"op": op, "path": "members", "value": [{"value": user}]})

    assert [statement for statement, _ in sent if re.search(r"\b(cards|people)\b", statement)] == []


def test_filters_of_one_shape_share_their_statements(database: Database, organization: Organization) -> None:
    def find(value: str) -> None:
        text = f'emails[type eq "{value}"].value sw "{value}" or userName eq "{value}"'
        with database.read(organization.id) as reader:
            searching.find(reader, USERS.source, ListQuery(filter=text), HERE)

    find("a")
    before = searching._statements.cache_info()
    for value in ("b", "", "ß", "longer than before"):
        find(value)

    after = searching._statements.cache_info()
    assert (after.misses, after.hits) == (before.misses, before.hits + 4)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "text", "index"),
    [
        pytest.param(USERS, 'id eq "x"', "(organization_id=? AND id=?)", id="an id"),
        pytest.param(USERS, 'meta.location eq "x"', "(organization_id=? AND id=?)", id="an address"),
        pytest.param(USERS, 'userName eq "x"', "uq_scim_users_organization_id_user_name_key", id="a user name"),
        pytest.param(USERS, 'externalId eq "x"', "ix_scim_users_external_id", id="an external id"),
        pytest.param(USERS, 'title pr and externalId eq "x"', "ix_scim_users_external_id", id="and more"),
        pytest.param(USERS, 'groups eq "x"', "(organization_id=? AND group_id=? AND member_id=?)", id="a group"),
        pytest.param(USERS, 'id eq "x" and groups eq "y"', "(organization_id=? AND id=?)", id="whether in a group"),
        pytest.param(USERS, 'groups.$ref eq "x"', "(organization_id=? AND group_id=? AND member_id=?)", id="its address"),
        pytest.param(USERS, 'groups.display eq "x"', "uq_scim_groups_organization_id_display_name_key", id="its name"),
        pytest.param(GROUPS, 'displayName eq "x"', "uq_scim_groups_organization_id_display_name_key", id="a group's name"),
        pytest.param(GROUPS, 'members eq "x"', "(organization_id=? AND group_id=? AND member_id=?)", id="a member"),
        pytest.param(GROUPS, 'members[value eq "x" and type eq "User"]', "(organization_id=? AND group_id=? AND member_id=?)", id="a member of a type"),
        pytest.param(GROUPS, 'members.$ref eq "x"', "(organization_id=? AND group_id=? AND member_id=?)", id="a member's address"),
        pytest.param(GROUPS, 'id eq "x" and members eq "y"', "(organization_id=? AND id=?)", id="whether a member"),
    ],
)  # fmt: skip
def test_an_index_finds(database: Database, organization: Organization, kind: Kind[Any], text: str, index: str) -> None:
    with database.read(organization.id) as reader, statements() as sent:
        searching.find(reader, kind.source, ListQuery(filter=text), HERE)
        statement, parameters = sent[0]
        rows = reader._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()

    plan = [row.detail for row in rows]
    assert any(index in step for step in plan)
    assert not any(step.startswith("SCAN") for step in plan)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("sort_by", "place"),
    [
        pytest.param(None, "(created_at,id)>(?,?)", id="by creation"),
        pytest.param("userName", "user_name_key>?", id="by user name"),
    ],
)
def test_a_page_by_cursors_is_read_from_an_index(
    database: Database, organization: Organization, client: Client, sort_by: str | None, place: str
) -> None:
    for number in range(4):
        client.create_user(f"user{number}")

    with database.read(organization.id) as reader, statements() as sent:
        query = ListQuery(sort_by=sort_by, count=2, cursor="", projection=Projection(excluded=("groups",)))
        cursor = searching.find(reader, USERS.source, query, HERE).next_cursor
        sent.clear()
        searching.find(reader, USERS.source, replace(query, cursor=cursor), HERE)
        statement, parameters = sent[0]
        [step] = reader._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()

    # One step: the index gives both the place to start and the order, so nothing is sorted.
    assert place in step.detail
