"""That every statement of the hot path is answered from an index, on both databases: cost does not grow with size.

A plan is judged by how it finds rows. Of a table that grows with an organization, `organization_id` alone finds all of
them: another column must be looked up as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Set
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.engine import Engine

from app.auth.sign_in import sessions
from app.auth.sign_in.sessions import Limits, Visitor
from app.cards import dossier
from app.cards.holding import own_cards
from app.core.db import create_engine
from app.core.unit_of_work import Database, Reader
from app.directory import organizations
from tests.cards.conftest import Company
from tests.scim.test_statements import statements
from tests.support.client import Client

GROWING = {"people", "scim_users", "scim_groups", "memberships", "cards", "sessions", "photo_uses", "photos"} | {
    "provisioning_log",
    "audit_log",
    "past_user_names",
    "pictures",
    "card_aliases",
}
"""Tables with rows for people or pushes. All others have some for an organization."""

MOMENTS = {"down_at", "expires_at"}
"""Columns of which only the last or the first few rows are asked for."""

EVERYTHING = "templates: [{name: Sales}]\nbindings: [{group: Cards - Sales, template: Sales}]"

HERE = "https://cards.example"


class Directory:
    """Some people and groups, and what is pushed about them."""

    def __init__(self, client: Client, app: Flask, company: Company, *, seats: int | None = 3) -> None:
        self.client = client
        self.visitor = app.test_client()
        self.company = company
        self.users = [
            client.create_user(f"p{number}@nordwind.example", externalId=f"id-{number}", displayName=f"P {number}")[
                "id"
            ]
            for number in range(4)
        ]
        for name in ("once", "p0"):  # somebody had another user name
            self.patch("userName", f"{name}@nordwind.example")
        self.group = client.create_group("Cards - Sales", *self.users[:2])["id"]
        if seats is not None:
            company.write(lambda tx: organizations.change(tx, {"seat_limit": seats}))
        self._cards = company.card_rows()
        self._sign_in()

    def patch(self, path: str, value: Any, op: str = "replace") -> Any:
        return self.client.patch(f"/Users/{self.users[0]}", {"op": op, "path": path, "value": value})

    def members(self, op: str, *which: int) -> Any:
        listed = [{"value": self.users[one]} for one in which]
        return self.client.patch(f"/Groups/{self.group}", {"op": op, "path": "members", "value": listed})

    def card(self, rest: str = "") -> Any:
        return self.visitor.get(f"/c/{self._cards[0].public_id}{rest}")

    def reading(self, look: Callable[[Reader, str], Any]) -> Any:
        with self.company.database.read(self.company.organization_id) as reader:
            return look(reader, self._cards[0].person_id)

    def _sign_in(self) -> None:
        visitor = Visitor("p0", person_id=self._cards[0].person_id)
        limits = Limits(timedelta(hours=1), timedelta(hours=1))
        self.company.write(lambda tx: sessions.begin(tx, visitor, limits))


ACTS: dict[str, Callable[[Directory], Any]] = {
    "create": lambda one: one.client.post("/Users", {"userName": "new@nordwind.example", "externalId": "new"}),
    "create who was there": lambda one: (
        one.client.delete(f"/Users/{one.users[3]}"),
        one.client.post("/Users", {"userName": "p3@nordwind.example", "externalId": "id-3"}),
    ),
    "change": lambda one: one.patch("title", "CEO"),
    "rename": lambda one: one.patch("userName", "other@nordwind.example"),
    "deactivate": lambda one: one.patch("active", value=False),
    "come back": lambda one: (one.patch("active", value=False), one.patch("active", value=True)),
    "delete": lambda one: one.client.delete(f"/Users/{one.users[0]}"),
    "join": lambda one: one.members("add", 2),
    "join for want of a seat": lambda one: one.members("add", 2, 3),
    "leave": lambda one: one.members("remove", 0),
    "look up by user name": lambda one: one.client.get("/Users", filter='userName eq "p1@nordwind.example"'),
    "look up by external id": lambda one: one.client.get("/Users", filter='externalId eq "id-1"'),
    "look up a group": lambda one: one.client.get("/Groups", filter='displayName eq "x"', excludedAttributes="members"),
    "read": lambda one: one.client.get(f"/Users/{one.users[0]}"),
    "read a group": lambda one: one.client.get(f"/Groups/{one.group}", excludedAttributes="members"),
    "card": lambda one: one.card(),
    "contact": lambda one: one.card(".vcf"),
    "somebody's own cards": lambda one: one.reading(lambda reader, person: own_cards.of_person(reader, person, HERE)),
}


@pytest.fixture
def nordwind(database: Database, client: Client) -> Company:
    """The organization behind the client, whose group gives cards."""
    [found] = database.write(organizations.every, organization_id=None, actor="cli")
    company = Company(database, found.id)
    company.apply(EVERYTHING.replace("Cards - Sales", '"Cards - Sales"'))
    return company


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_the_hot_path_looks_things_up(
    client: Client, app: Flask, nordwind: Company, act: Callable[[Directory], Any]
) -> None:
    directory = Directory(client, app, nordwind)

    with statements() as sent:
        act(directory)

    assert sent != []
    assert walks_of(nordwind, sent) == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_statistics_the_page_of_a_person_is_looked_up_too(
    client: Client, app: Flask, nordwind: Company
) -> None:
    directory = Directory(client, app, nordwind)

    with statements() as sent:
        directory.reading(lambda reader, person: dossier.of_person(reader, person, HERE))

    assert sent != []
    assert walks_of(nordwind, sent) == {}


def test_what_walks_through_everybody_is_told(client: Client, app: Flask, nordwind: Company) -> None:
    directory = Directory(client, app, nordwind)

    with statements() as sent:
        directory.client.get("/Users", filter='title eq "CEO"', attributes="id")

    [walks] = walks_of(nordwind, sent).values()
    assert any("scim_users" in one for one in walks)


def walks_of(
    company: Company, sent: list[tuple[str, Any]], *, tables: Set[str] = GROWING, pretend: bool = True
) -> dict[str, list[str]]:
    """The statements that would walk through one of the tables, with the steps of their plans that do.

    With `pretend` PostgreSQL is told of a million rows in each, and otherwise believes what it has counted.
    """
    with plans(company, tables, pretend=pretend) as explain:
        told = {statement: list(explain(statement, parameters)) for statement, parameters in sent}
    return {statement: found for statement, found in told.items() if found}


_PRETEND = text(
    "UPDATE pg_class SET reltuples = 1000000, relpages = 1 WHERE relkind = 'r' AND relname = ANY(:tables)"
    " OR oid IN (SELECT indexrelid FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE relname = ANY(:tables))"
)


class plans:  # noqa: N801 (used like a function)
    """Says of a statement by what steps of its plan it would walk through one of the tables."""

    def __init__(self, company: Company, tables: Set[str], *, pretend: bool) -> None:
        self._engine: Engine = create_engine(company.database._writing.url, reading=False)
        self._tables = tables
        self._pretend = pretend

    def __enter__(self) -> Callable[[str, Any], Iterator[str]]:
        self._connection: Connection = self._engine.connect()
        if self._engine.dialect.name == "sqlite":
            return self._sqlite
        # With a handful of rows it would rightly walk through them: it is told of a million.
        if self._pretend:
            self._connection.execute(_PRETEND, {"tables": sorted(self._tables)})
        return self._postgresql

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._engine.dispose()

    def _sqlite(self, statement: str, parameters: Any) -> Iterator[str]:
        if statement.startswith(("BEGIN", "PRAGMA")):
            return
        asked = parameters[0] if isinstance(parameters, list) else parameters
        aliases = {new: old for old, new in re.findall(r"(\w+) AS (\w+)", statement)}
        for row in self._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", asked):
            step = re.match(r"(SCAN|SEARCH) (\w+)(.*)", row.detail)
            if step is None or aliases.get(step[2], step[2]) not in self._tables:
                continue
            looked_up = {name for name, op in re.findall(r"(\w+)([=<>]+)\?", step[3]) if op == "=" or name in MOMENTS}
            if step[1] == "SCAN" or looked_up <= {"organization_id"}:
                yield row.detail

    def _postgresql(self, statement: str, parameters: Any) -> Iterator[str]:
        asked = parameters[0] if isinstance(parameters, list) else parameters
        [[knowing]] = self._connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", asked)
        yield from self._walks(knowing)
        if asked:
            yield from self._walks(self._without_values(statement, list(asked)))

    def _without_values(self, statement: str, names: list[str]) -> Any:
        """The plan that is kept for a statement that comes again, whatever its values are."""
        numbered = re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", statement).replace("%%", "%")
        say = self._connection.exec_driver_sql
        say("SET LOCAL plan_cache_mode = force_generic_plan")
        say(f"PREPARE probe AS {numbered}")
        [[plan]] = say(f"EXPLAIN (FORMAT JSON) EXECUTE probe ({', '.join('NULL' for _ in names)})")
        say("DEALLOCATE probe")
        say("SET LOCAL plan_cache_mode = auto")
        return plan

    def _walks(self, plan: Any) -> Iterator[str]:
        found = plan if isinstance(plan, list) else json.loads(plan)
        nodes = [found[0]["Plan"]]
        while nodes:
            node = nodes.pop()
            nodes += node.get("Plans", ())
            if node["Node Type"] == "Bitmap Heap Scan" or node.get("Relation Name") not in self._tables:
                continue
            if not node["Node Type"].endswith("Scan"):
                continue  # what is written
            compared = re.findall(r"\(?\b(\w+)\)?(?:::text)? ([=<>]+)", node.get("Index Cond", ""))
            columns = {name for name, op in compared if op == "=" or name in MOMENTS}
            if columns <= {"organization_id"}:
                yield f"{node['Node Type']} on {node['Relation Name']}: {node.get('Index Cond')}"
