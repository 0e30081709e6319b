"""Random histories of a directory, step by step the same in the server as in a model of a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from werkzeug.test import TestResponse

from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.storms.directory_model import Attributes, Directory, Group, Refused, Resource
from tests.support.client import Client
from tests.support.effort import effort

NOBODY = "5d0c7f1e-2b34-4d0e-9c1a-6f2e3a4b5c6d"
EXTENSION = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

user_names = st.sampled_from(
    ["ines@x.example", "INES@x.example", "jo", "Jo", "straße", "STRASSE", "佐々木", "kim", "lea"]
)
group_names = st.sampled_from(["Sales", "SALES", "Service", "Board", "Öl", "öl"])
texts = st.sampled_from(["CFO", "cfo", " CFO ", "Leiterin \u00abÖl\u00bb", "a" * 300, "0", "False"])
plain = st.fixed_dictionaries(
    {}, optional={"title": texts, "nickName": texts, "displayName": texts, "externalId": texts, "active": st.booleans()}
)
emails = st.lists(
    st.fixed_dictionaries({"type": st.sampled_from(["work", "home"]), "value": st.sampled_from(["a@x", "b@x", "A@x"])}),
    max_size=3,
    unique_by=lambda entry: (entry["type"], entry["value"]),
)


class Histories(RuleBasedStateMachine):
    """Requests at random, each made of the server and of the model."""

    users: Bundle[str] = Bundle("users")
    groups: Bundle[str] = Bundle("groups")

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.client = client
        self.model = Directory()

    # --- users ---------------------------------------------------------------------------------------------------

    @rule(target=users, name=user_names, attributes=plain, emails=emails)
    def create_user(self, name: str, attributes: Attributes, emails: list[Attributes]) -> Any:
        body = {"userName": name, **attributes, **({"emails": emails} if emails else {})}
        response = self._done(self.client.post("/Users", body), lambda: self.model.check_new_user(body))
        if response is None:
            return multiple()
        user_id = response.get_json(force=True)["id"]
        self.model.users[user_id] = Resource({"active": True, **body})
        return user_id

    @rule(user=users | st.just(NOBODY), name=user_names, attributes=plain)
    def replace_user(self, user: str, name: str, attributes: Attributes) -> None:
        body = {"userName": name, **attributes}
        self._done(self.client.put(f"/Users/{user}", body), lambda: self.model.put_user(user, body))

    @rule(user=users, attributes=plain.filter(bool), capital=st.booleans())
    def patch_user(self, user: str, attributes: Attributes, capital: bool) -> None:
        op = "Replace" if capital else "replace"
        values = {key: str(value) if capital and key == "active" else value for key, value in attributes.items()}
        operations = [{"op": op, "path": key, "value": value} for key, value in values.items()]
        response = self.client.patch(f"/Users/{user}", *operations)
        self._done(response, lambda: self.model.patch_user(user, attributes, ()))

    @rule(user=users | st.just(NOBODY), name=user_names)
    def rename_user(self, user: str, name: str) -> None:
        response = self.client.patch(f"/Users/{user}", {"op": "replace", "value": {"userName": name}})
        self._done(response, lambda: self.model.patch_user(user, {"userName": name}, ()))

    @rule(user=users, name=st.sampled_from(["title", "nickName", "displayName", "emails"]), emptied=st.booleans())
    def clear(self, user: str, name: str, emptied: bool) -> None:
        operation = {"op": "replace", "path": name, "value": ""} if emptied else {"op": "remove", "path": name}
        response = self.client.patch(f"/Users/{user}", operation)
        self._done(response, lambda: self.model.patch_user(user, {}, (name,)))

    @rule(user=users, active=st.booleans())
    def disable_or_restore(self, user: str, active: bool) -> None:
        response = self.client.patch(f"/Users/{user}", {"op": "Replace", "path": "active", "value": str(active)})
        self._done(response, lambda: self.model.patch_user(user, {"active": active}, ()))

    @rule(user=users, department=texts)
    def set_department(self, user: str, department: str) -> None:
        response = self.client.patch(
            f"/Users/{user}", {"op": "add", "path": f"{EXTENSION}:department", "value": department}
        )
        self._done(response, lambda: self.model.patch_user(user, {EXTENSION: {"department": department}}, ()))

    @rule(user=consumes(users))
    def delete_user(self, user: str) -> None:
        self._done(self.client.delete(f"/Users/{user}"), lambda: self.model.delete_user(user))
        assert self.client.get(f"/Users/{user}").status_code == 404

    # --- groups --------------------------------------------------------------------------------------------------

    @rule(target=groups, name=group_names, members=st.lists(users, max_size=3))
    def create_group(self, name: str, members: list[str]) -> Any:
        body = {"displayName": name, "members": [{"value": one} for one in members]}
        response = self._done(self.client.post("/Groups", body), lambda: self.model.check_new_group(name))
        if response is None:
            return multiple()
        group_id = response.get_json(force=True)["id"]
        self.model.groups[group_id] = Group({"displayName": name}, members=dict.fromkeys(members))
        return group_id

    @rule(group=groups, members=st.lists(users, min_size=1, max_size=3))
    def add_members(self, group: str, members: list[str]) -> None:
        operation = {"op": "Add", "path": "members", "value": [{"$ref": None, "value": one} for one in members]}
        response = self.client.patch(f"/Groups/{group}", operation)
        self._done(response, lambda: self.model.change_group(group, add=tuple(members)))

    @rule(group=groups, member=users, by_path=st.booleans())
    def remove_member(self, group: str, member: str, by_path: bool) -> None:
        operation = (
            {"op": "remove", "path": f'members[value eq "{member}"]'}
            if by_path
            else {"op": "Remove", "path": "members", "value": [{"value": member}]}
        )
        response = self.client.patch(f"/Groups/{group}", operation)
        self._done(response, lambda: self.model.change_group(group, remove=(member,)))

    @rule(group=groups | st.just(NOBODY), name=group_names, members=st.none() | st.lists(users, max_size=3))
    def replace_group(self, group: str, name: str, members: list[str] | None) -> None:
        body = {"displayName": name, **({} if members is None else {"members": [{"value": one} for one in members]})}
        listed = None if members is None else tuple(members)
        response = self.client.put(f"/Groups/{group}", body)
        self._done(response, lambda: self.model.change_group(group, name=name, all_members=listed))

    @rule(group=consumes(groups))
    def delete_group(self, group: str) -> None:
        self._done(self.client.delete(f"/Groups/{group}"), lambda: self.model.delete_group(group))

    # --- what must hold after every step -------------------------------------------------------------------------

    @invariant()
    def all_users_are_there_as_they_were_left(self) -> None:
        listed = self.client.get("/Users").get_json(force=True)
        assert listed["totalResults"] == len(self.model.users)
        for read in listed["Resources"]:
            kept = self.model.users[read["id"]]
            shown = {name: value for name, value in read.items() if name not in {"id", "schemas", "meta", "groups"}}
            assert shown == kept.attributes
            assert read["meta"]["version"].partition("-")[0].strip('W/"') == str(kept.revision)
            assert {one["value"] for one in read.get("groups", [])} == self.model.groups_of(read["id"])

    @invariant()
    def all_groups_are_there_with_their_members(self) -> None:
        listed = self.client.get("/Groups").get_json(force=True)
        assert listed["totalResults"] == len(self.model.groups)
        for read in listed["Resources"]:
            kept = self.model.groups[read["id"]]
            assert read["displayName"] == kept.attributes["displayName"]
            assert {one["value"] for one in read["members"]} == set(kept.members)
            assert read["meta"]["version"].partition("-")[0].strip('W/"') == str(kept.revision)

    @rule(name=user_names)
    def everybody_is_found_by_name_in_any_case(self, name: str) -> None:
        found = self.client.get("/Users", filter=f'userName eq "{name}"').get_json(force=True)["Resources"]
        wanted = [
            one for one, user in self.model.users.items() if user.attributes["userName"].casefold() == name.casefold()
        ]
        assert [one["id"] for one in found] == wanted

    def _done(self, response: TestResponse, step: Callable[[], None]) -> TestResponse | None:
        """The answer, after the model did the same; None when both refuse."""
        refusal = refused(step)
        if refusal is not None:
            assert response.status_code == refusal, response.text
            return None
        assert response.status_code in {200, 201, 204}, response.text
        return response


def refused(step: Callable[[], None]) -> int | None:
    """The status with which the model refuses a step."""
    try:
        step()
    except Refused as refusal:
        return refusal.status
    return None


def test_the_server_and_the_model_never_differ(
    app: Flask, database: Database, new_organization: Callable[..., Organization], new_token: Callable[..., str]
) -> None:
    numbers = iter(range(1_000_000))

    class Here(Histories):
        def __init__(self) -> None:
            # A new organization for each history: they must not know of each other, either.
            super().__init__(Client(app, new_token(new_organization(f"history-{next(numbers)}"))))

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=effort(12, 200),
            stateful_step_count=effort(30, 50),
            suppress_health_check=list(HealthCheck),
        ),
    )
