"""Requests that meet inside the server end as if one had come after the other, on two workers and both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any

import pytest
import requests

from tests.storms.crowd import Speaker, at_once
from tests.support.effort import effort
from tests.support.server import Server

ROUNDS = effort(5, 100)
_numbers = count(1)


@pytest.fixture(scope="module")
def speaker(server: Server) -> Iterator[Speaker]:
    """A client of the module's server, whose log must be free of errors when all is done."""
    yield Speaker(server)
    log = server.log.read_text()
    assert "database is locked" not in log
    assert "Traceback" not in log


def new_name() -> str:
    return f"ines.{next(_numbers)}@nordwind.example"


def new_user(speaker: Speaker, **attributes: Any) -> dict[str, Any]:
    return speaker.create("/Users", userName=new_name(), **attributes)


def new_group(speaker: Speaker, **attributes: Any) -> dict[str, Any]:
    return speaker.create("/Groups", displayName=f"Group {next(_numbers)}", **attributes)


def statuses(answers: list[requests.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def set_to(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


def member(op: str, user_id: str) -> dict[str, Any]:
    return {"op": op, "path": "members", "value": [{"value": user_id}]}


def test_of_many_who_create_one_user_name_one_succeeds(speaker: Speaker) -> None:
    for _ in range(ROUNDS):
        name = new_name()
        spellings = [name.upper() if number % 2 else name for number in range(16)]

        answers = at_once([partial(speaker.send, "POST", "/Users", {"userName": one}) for one in spellings])

        assert statuses(answers) == Counter({409: 15, 201: 1})
        assert {answer.json()["scimType"] for answer in answers if answer.status_code == 409} == {"uniqueness"}


def test_of_many_who_create_one_group_one_succeeds(speaker: Speaker) -> None:
    for _ in range(ROUNDS):
        name = f"Group {next(_numbers)}"

        answers = at_once([partial(speaker.send, "POST", "/Groups", {"displayName": name}) for _ in range(8)])

        assert statuses(answers) == Counter({409: 7, 201: 1})


def test_everybody_who_is_added_to_a_group_at_once_is_in_it(speaker: Speaker) -> None:
    group = new_group(speaker)
    users = [new_user(speaker)["id"] for _ in range(400)]

    def add(listed: list[str]) -> requests.Response:
        answers = [speaker.patch(f"/Groups/{group['id']}", member("add", user_id)) for user_id in listed]
        assert statuses(answers) == Counter({204: len(listed)})
        return answers[-1]

    at_once([partial(add, users[start::8]) for start in range(8)])

    read = speaker.send("GET", f"/Groups/{group['id']}").json()
    assert {one["value"] for one in read["members"]} == set(users)
    assert len(read["members"]) == 400


def test_some_join_while_others_leave_and_all_of_it_takes_effect(speaker: Speaker) -> None:
    leaving = [new_user(speaker)["id"] for _ in range(20)]
    joining = [new_user(speaker)["id"] for _ in range(20)]
    group = new_group(speaker, members=[{"value": user_id} for user_id in leaving])

    answers = at_once(
        [partial(speaker.patch, f"/Groups/{group['id']}", member("remove", one)) for one in leaving]
        + [partial(speaker.patch, f"/Groups/{group['id']}", member("add", one)) for one in joining]
    )

    read = speaker.send("GET", f"/Groups/{group['id']}").json()
    assert statuses(answers) == Counter({204: 40})
    assert {one["value"] for one in read["members"]} == set(joining)


def test_the_same_member_added_by_many_is_there_once(speaker: Speaker) -> None:
    user, group = new_user(speaker), new_group(speaker)

    answers = at_once([partial(speaker.patch, f"/Groups/{group['id']}", member("add", user["id"]))] * 12)

    read = speaker.send("GET", f"/Groups/{group['id']}").json()
    assert statuses(answers) == Counter({204: 12})
    assert [one["value"] for one in read["members"]] == [user["id"]]


def test_changes_of_different_attributes_of_one_user_all_last(speaker: Speaker) -> None:
    user = new_user(speaker)
    wanted = {"title": "CFO", "nickName": "Ina", "locale": "de-CH", "timezone": "Europe/Zurich", "userType": "Staff"}

    answers = at_once([partial(speaker.patch, f"/Users/{user['id']}", set_to(key, wanted[key])) for key in wanted])

    read = speaker.send("GET", f"/Users/{user['id']}").json()
    assert statuses(answers) == Counter({200: len(wanted)})
    assert {key: read[key] for key in wanted} == wanted
    assert read["meta"]["version"] == f'W/"{1 + len(wanted)}"'


def test_of_many_who_insist_on_the_version_they_read_one_succeeds(speaker: Speaker) -> None:
    for _ in range(ROUNDS):
        user = new_user(speaker)
        version = user["meta"]["version"]

        answers = at_once(
            [
                partial(speaker.patch, f"/Users/{user['id']}", set_to("title", f"Title {number}"), If_Match=version)
                for number in range(8)
            ]
        )

        assert statuses(answers) == Counter({412: 7, 200: 1})


def test_a_change_that_meets_a_deletion_comes_before_or_after_it(speaker: Speaker) -> None:
    for _ in range(ROUNDS):
        user = new_user(speaker)
        address = f"/Users/{user['id']}"

        answers = at_once(
            [
                partial(speaker.patch, address, set_to("title", "CFO")),
                partial(speaker.send, "DELETE", address),
                partial(speaker.send, "PUT", address, {"userName": user["userName"], "title": "CEO"}),
                partial(speaker.send, "DELETE", address),
            ]
        )

        changed, deleted, replaced, again = (answer.status_code for answer in answers)
        assert {changed, replaced} <= {200, 404}
        assert sorted((deleted, again)) == [204, 404]
        assert speaker.send("GET", address).status_code == 404


def test_somebody_who_is_deleted_while_they_join_leaves_no_trace_but_their_id(speaker: Speaker) -> None:
    for _ in range(ROUNDS):
        user, other, group = new_user(speaker), new_user(speaker), new_group(speaker)
        address = f"/Groups/{group['id']}"

        answers = at_once(
            [
                partial(speaker.send, "DELETE", f"/Users/{user['id']}"),
                partial(speaker.patch, address, member("add", user["id"])),
                partial(speaker.patch, address, member("add", other["id"])),
                partial(speaker.patch, address, member("remove", user["id"])),
            ]
        )

        members = speaker.send("GET", address).json()["members"]
        assert statuses(answers) == Counter({204: 4})
        assert other["id"] in {one["value"] for one in members}
        assert [one for one in members if one["value"] == user["id"] and "$ref" in one] == []


def test_a_group_that_is_deleted_while_people_join_takes_nobody_with_it(speaker: Speaker) -> None:
    for _ in range(ROUNDS):
        users, group = [new_user(speaker) for _ in range(4)], new_group(speaker)

        answers = at_once(
            [partial(speaker.send, "DELETE", f"/Groups/{group['id']}")]
            + [partial(speaker.patch, f"/Groups/{group['id']}", member("add", user["id"])) for user in users]
        )

        assert answers[0].status_code == 204
        assert {answer.status_code for answer in answers[1:]} <= {204, 404}
        assert [speaker.send("GET", f"/Users/{user['id']}").json().get("groups") for user in users] == [None] * 4


def test_of_two_who_are_renamed_to_one_name_one_gets_it(speaker: Speaker) -> None:
    for _ in range(ROUNDS):
        users, name = [new_user(speaker) for _ in range(4)], new_name()

        answers = at_once([partial(speaker.patch, f"/Users/{user['id']}", set_to("userName", name)) for user in users])

        assert statuses(answers) == Counter({409: 3, 200: 1})
        assert speaker.send("GET", f'/Users?filter=userName eq "{name}"').json()["totalResults"] == 1


@pytest.mark.parametrize("known", [pytest.param(False, id="of nobody yet"), pytest.param(True, id="of a leaver")])
def test_records_of_one_external_id_that_are_created_at_once_are_all_kept(speaker: Speaker, known: bool) -> None:
    for _ in range(ROUNDS):
        key = f"8a52f1c0-0000-4000-8000-{next(_numbers):012}"
        if known:
            speaker.send("DELETE", f"/Users/{new_user(speaker, externalId=key)['id']}")

        answers = at_once(
            [partial(speaker.send, "POST", "/Users", {"userName": new_name(), "externalId": key}) for _ in range(4)]
        )

        found = speaker.send("GET", f'/Users?filter=externalId eq "{key}"').json()
        assert statuses(answers) == Counter({201: 4})
        assert {one["id"] for one in found["Resources"]} == {answer.json()["id"] for answer in answers}
