"""A small company whose directory can be pushed in plain words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from sqlalchemy import select

from app.cards.applying.carrying import apply
from app.cards.applying.planning import Plan, make_plan
from app.cards.applying.reading import read_text
from app.cards.tables import cards, templates
from app.core import clock
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database, Transaction
from app.directory import groups, users
from app.directory.organizations import Organization
from app.directory.tables import scim_users

NO_PICTURES = Path("/nonexistent")

SALES_ONLY = """
    templates: [{name: Sales}]
    bindings: [{group: "Cards - Sales", template: Sales}]
    """


class Company:
    """An organization, its directory by names, and its cards."""

    def __init__(self, database: Database, organization_id: str) -> None:
        self.database = database
        self.organization_id = organization_id
        self._people: dict[str, str] = {}
        self._groups: dict[str, str] = {}

    def write(self, work: Callable[[Transaction], Any], request_id: str | None = None) -> Any:
        return self.database.write(
            work, organization_id=self.organization_id, actor="token:Entra", request_id=request_id
        )

    def apply(self, text: str) -> Plan:
        spec = read_text(dedent(text).encode(), NO_PICTURES)
        plan = self.write(lambda tx: apply(tx, spec))
        assert isinstance(plan, Plan)
        return plan

    def dry_run(self, text: str) -> Plan:
        spec = read_text(dedent(text).encode(), NO_PICTURES)
        with self.database.read(self.organization_id) as reader:
            return make_plan(reader, spec, clock.now())

    def hire(self, *names: str, **document: Any) -> None:
        for name in names:
            self._people[name] = self.write(partial(users.create, document=self._document(name, document))).id

    @staticmethod
    def _document(name: str, document: dict[str, Any]) -> dict[str, Any]:
        return {"userName": f"{name}@nordwind.example", "displayName": name.title(), **document}

    def user_id(self, name: str) -> str:
        return self._people[name]

    def group_id(self, name: str) -> str:
        return self._groups[name]

    def change(self, name: str, request_id: str | None = None, **document: Any) -> None:
        def work(tx: Transaction) -> None:
            user = users.lock(tx, self._people[name])
            changed = {key: value for key, value in {**user.document, **document}.items() if value is not None}
            users.replace_document(tx, user, changed)

        self.write(work, request_id)

    def dismiss(self, name: str) -> None:
        self.write(lambda tx: users.remove(tx, users.lock(tx, self._people[name])))

    def group(self, name: str, *members: str, external_id: str | None = None) -> None:
        document = {"displayName": name, **({"externalId": external_id} if external_id else {})}
        ids = [self._people[member] for member in members]
        self._groups[name] = self.write(lambda tx: groups.create(tx, document, ids)).id

    def rename(self, name: str, new_name: str) -> None:
        self._groups[new_name] = group_id = self._groups.pop(name)
        self.write(lambda tx: groups.change(tx, groups.lock(tx, group_id), {"displayName": new_name}))

    def disband(self, name: str) -> None:
        self.write(lambda tx: self.disband_in(tx, name))

    def disband_in(self, tx: Transaction, name: str) -> None:
        groups.remove(tx, groups.lock(tx, self._groups[name]))

    def join(self, group: str, *names: str) -> None:
        self._members(group, add=[self._people[name] for name in names])

    def leave(self, group: str, *names: str) -> None:
        self._members(group, remove=[self._people[name] for name in names])

    def _members(self, name: str, *, add: list[str] | None = None, remove: list[str] | None = None) -> None:
        def work(tx: Transaction) -> None:
            group = groups.lock(tx, self._groups[name])
            groups.change(tx, group, group.document, add=add or (), remove=remove or ())

        self.write(work)

    def card_rows(self) -> list[Any]:
        """Every card with its template's name and its person's short name, deleted directory records included."""
        statement = (
            select(cards, templates.c.name.label("template"), scim_users.c.id.label("user"))
            .join(
                templates,
                (templates.c.organization_id == cards.c.organization_id) & (templates.c.id == cards.c.template_id),
            )
            .outerjoin(
                scim_users,
                (scim_users.c.organization_id == cards.c.organization_id)
                & (scim_users.c.person_id == cards.c.person_id),
            )
            .where(cards.c.organization_id == ORGANIZATION)
        )
        with self.database.read(self.organization_id) as reader:
            return list(reader.execute(statement))

    def states(self) -> dict[tuple[str, str], str]:
        """The state of each card by (short name of the person, template); `?` for a deleted record."""
        names = {user: name for name, user in self._people.items()}
        return {(names.get(row.user, "?"), row.template): row.state for row in self.card_rows()}

    def card_ids(self) -> dict[tuple[str, str], str]:
        names = {user: name for name, user in self._people.items()}
        return {(names.get(row.user, "?"), row.template): row.public_id for row in self.card_rows()}

    def audited(self) -> list[str]:
        statement = select(audit_log.c.action).where(audit_log.c.organization_id == ORGANIZATION)
        with self.database.read(self.organization_id) as reader:
            return [row.action for row in reader.execute(statement.order_by(audit_log.c.at))]


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    return Company(database, organization.id)
