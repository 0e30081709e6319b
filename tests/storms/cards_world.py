"""A small organization under test: what directory and admins can do to it, and what everybody sees of its cards."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from flask import Flask
from werkzeug.test import TestResponse

from app.cards import by_hand, editing, listing, releasing, template_store
from app.cards.applying import report
from app.cards.applying.carrying import apply
from app.cards.applying.planning import make_plan
from app.cards.applying.reading import read_text
from app.core import clock
from app.core.unit_of_work import Database, Transaction
from app.directory import users
from app.directory.organizations import Organization
from tests.storms.cards_model import Item, Record, Seen
from tests.support.client import Client

PUBLIC_URL = "https://cards.example"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
FIELDS = {
    "nick": "nickName",
    "kind": "userType",
    "number": f"{ENTERPRISE}:employeeNumber",
    "cost": f"{ENTERPRISE}:costCenter",
}
"""The fields of every template, each with its source."""

WORDS = re.compile(r"(?:nick|kind|number|cost|Name|own)-\d+-\d+x")
"""Texts that a person or an admin of theirs chose: each is made once, so that it can be found wherever it is."""


@dataclass
class World:
    """An organization with a directory that pushes to it, and admins."""

    app: Flask
    database: Database
    organization: Organization
    client: Client

    def post_user(self, external_id: str, record: Record) -> str:
        """A record is created; its SCIM id."""
        return str(done(self.client.post("/Users", _document(external_id, record)))["id"])

    def put_user(self, user_id: str, external_id: str, record: Record) -> None:
        done(self.client.put(f"/Users/{user_id}", _document(external_id, record)))

    def patch_user(self, user_id: str, path: str, value: object, *, removed: bool = False) -> None:
        operation = {"op": "Remove", "path": path} if removed else {"op": "Replace", "path": path, "value": value}
        done(self.client.patch(f"/Users/{user_id}", operation))

    def delete(self, path: str) -> None:
        assert self.client.delete(path).status_code == 204

    def post_group(self, name: str, member_ids: list[str]) -> str:
        """A group is created; its SCIM id."""
        body = {"displayName": name, "members": [{"value": one} for one in member_ids]}
        return str(done(self.client.post("/Groups", body))["id"])

    def put_group(self, group_id: str, name: str, member_ids: list[str]) -> None:
        body = {"displayName": name, "members": [{"value": one} for one in member_ids]}
        done(self.client.put(f"/Groups/{group_id}", body))

    def patch_group(self, group_id: str, *operations: dict[str, Any]) -> None:
        answer = self.client.patch(f"/Groups/{group_id}", *operations)
        assert answer.status_code in {200, 204}, answer.text

    def dry_run(self, text: str) -> dict[str, Any]:
        """The plan of a file, as JSON."""
        with self.database.read(self.organization.id) as reader:
            plan = make_plan(reader, read_text(text.encode(), Path()), clock.now())
            return report.as_json(plan, dry_run=True)

    def apply(self, text: str) -> dict[str, Any]:
        """The plan that was carried out, as JSON."""
        spec = read_text(text.encode(), Path())
        return report.as_json(self.write(lambda tx: apply(tx, spec)), dry_run=False)

    def write(self, work: Callable[[Transaction], Any]) -> Any:
        return self.database.write(work, organization_id=self.organization.id, actor="cli")

    def issue(self, template: str, user_name: str) -> str:
        """The public id of a card that an admin issues to somebody."""

        def work(tx: Transaction) -> by_hand.Handled:
            return by_hand.issue(tx, template_store.find(tx, template).id, users.person_named(tx, user_name))

        return str(self.write(work).public_id)

    def move(self, card_id: str, template: str) -> None:
        self.write(lambda tx: by_hand.move(tx, [card_id], template_store.find(tx, template).id))

    def set_paused(self, card_ids: list[str], *, paused: bool) -> None:
        self.write(lambda tx: (by_hand.pause if paused else by_hand.resume)(tx, card_ids))

    def delete_card(self, card_id: str) -> None:
        self.write(lambda tx: by_hand.delete(tx, [card_id]))

    def set_value(self, card_id: str, key: str, value: str, by: str) -> None:
        self.write(lambda tx: editing.set_value(tx, card_id, key, value, by))

    def revert(self, card_id: str, key: str, by: str) -> None:
        self.write(lambda tx: editing.revert(tx, card_id, key, by))

    def release(self, *, approved: bool) -> None:
        self.write(releasing.approve if approved else releasing.reject)

    def cards(self) -> list[Seen]:
        """All cards, as they are listed."""
        with self.database.read(self.organization.id) as reader:
            return [
                Seen(one.id, one.external_id or "", one.template, one.state, one.paused_by, one.values)
                for one in listing.every(reader, PUBLIC_URL)
            ]

    def visit(self, address: str) -> tuple[int, str]:
        """Status and text of a public address."""
        answer = self.app.test_client(use_cookies=False).get(f"/c/{address}")
        return answer.status_code, answer.data.decode("utf-8", "replace")


def done(answer: TestResponse) -> dict[str, Any]:
    """The resource that the server answers."""
    assert answer.status_code in {200, 201}, answer.text
    resource: dict[str, Any] = answer.get_json(force=True)
    return resource


def _document(external_id: str, record: Record) -> dict[str, Any]:
    values = {path: value for path, value in record.values.items() if not path.startswith(ENTERPRISE)}
    enterprise = {
        path.rpartition(":")[2]: value for path, value in record.values.items() if path.startswith(ENTERPRISE)
    }
    return {
        "userName": record.user_name,
        "externalId": external_id,
        "active": record.active,
        **values,
        **({ENTERPRISE: enterprise} if enterprise else {}),
    }


def templates_text(templates: Mapping[str, Mapping[str, Item]]) -> str:
    """Templates as a file says them; JSON is YAML."""
    return _section(
        "templates",
        [
            {
                "name": name,
                "fields": [
                    {
                        "key": key,
                        "kind": "text",
                        "label": f"{key.title()} field",
                        "source": FIELDS[key],
                        "sync": item.sync,
                        "editable": item.sync != "always",
                        **({"value": item.value} if item.value else {}),
                    }
                    for key, item in items.items()
                ],
            }
            for name, items in templates.items()
        ],
    )


def bindings_text(bindings: list[tuple[str, str]], sets: Mapping[str, str | None]) -> str:
    """Bindings as a file says them: group and template, in order of precedence."""
    return _section(
        "bindings",
        [
            {"group": group, "template": template, **({"exclusive": sets[template]} if sets[template] else {})}
            for group, template in bindings
        ],
    )


def organization_text(**settings: Any) -> str:
    """Settings as a file says them."""
    return _section("organization", settings)


def _section(name: str, content: Any) -> str:
    return f"{name}: {orjson.dumps(content).decode()}\n"
