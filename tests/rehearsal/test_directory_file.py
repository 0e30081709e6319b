from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.rehearsal import DirectoryFileError, read_directory
from app.rehearsal.directory import Directory
from app.rehearsal.directory_file import read_yaml

INES = "{objectId: 8A52, userPrincipalName: ines@nordwind.example}"
MIRA = "{objectId: 77e1, userPrincipalName: mira@nordwind.example}"


def read(text: str) -> Directory:
    return read_yaml("nordwind.yaml", text)


def users(*entries: str) -> str:
    return "users:\n" + "".join(f"  - {entry}\n" for entry in entries)


def test_a_file_with_everything_is_read() -> None:
    directory = read(
        """
tenant: {id: 6f0c, dialect: new}
users:
  - {objectId: 8a52, userPrincipalName: ines@nordwind.example, surname: JONES, extension: {pronouns: she/her}}
  - {objectId: 77e1, userPrincipalName: mira@nordwind.example, manager: 8A52}
groups:
  - {objectId: 0d5c, displayName: "Cards - Board", members: [8a52, mira@nordwind.example]}
stages:
  - name: a leaver
    users: [{objectId: 77e1, accountEnabled: false}]
"""
    )

    beginning, leaver = directory.states
    assert directory.dialect == "new"
    assert beginning.people["8a52"].values["extension.pronouns"] == "she/her"
    assert beginning.people["77e1"].manager == "8a52"
    assert beginning.groups["0d5c"].members == ("8a52", "77e1")
    assert (leaver.name, leaver.changed_people, leaver.people["77e1"].active) == ("a leaver", ("77e1",), False)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        pytest.param("8001", "8001", id="a number"),
        pytest.param("00443", "00443", id="zeros in front"),
        pytest.param("NO", "NO", id="Norway"),
        pytest.param("+41445550102", "+41445550102", id="a phone number without quotes"),
        pytest.param("2026-01-05", "2026-01-05", id="a date"),
        pytest.param('" "', " ", id="a space"),
        pytest.param("null", None, id="null"),
        pytest.param('""', None, id="an empty text"),
        pytest.param("", None, id="nothing at all"),
    ],
)
def test_a_value_is_taken_as_it_is_written(written: str, value: str | None) -> None:
    directory = read(users(f"{{userPrincipalName: a@nordwind.example, country: {written}}}"))

    assert directory.states[0].people["a@nordwind.example"].values.get("country") == value


def test_a_stage_changes_only_the_keys_that_it_gives() -> None:
    first = "{objectId: 8a52, userPrincipalName: ines@nordwind.example, jobTitle: CFO, mobile: '1', city: Bern}"
    text = users(first) + "stages: [{users: [{objectId: 8a52, jobTitle: CEO, mobile: null}]}]"

    values = read(text).states[1].people["8a52"].values

    assert (values["jobTitle"], values["city"], "mobile" in values) == ("CEO", "Bern", False)


def test_the_members_that_a_stage_names_are_the_whole_list() -> None:
    text = (
        users(INES, MIRA)
        + "groups: [{objectId: g, displayName: Sales, members: [8a52, 77e1]}]\n"
        + "stages: [{groups: [{objectId: g, members: [77e1]}]}, {groups: [{objectId: g, displayName: Selling}]}]"
    )

    states = read(text).states

    assert [state.groups["g"].members for state in states] == [("8a52", "77e1"), ("77e1",), ("77e1",)]
    assert states[2].groups["g"].name == "Selling"


def test_whom_the_file_does_not_have_is_told_and_not_sent() -> None:
    text = (
        users("{objectId: 8a52, userPrincipalName: ines@nordwind.example, manager: ffff}")
        + "groups: [{displayName: Sales, members: [8a52, eeee]}]"
    )

    [state] = read(text).states

    assert state.out_of_scope == (
        "ffff, the manager of ines@nordwind.example, is not in the file",
        "eeee, a member of Sales, is not in the file",
    )
    assert (state.people["8a52"].manager, state.groups["sales"].members) == (None, ("8a52",))


def test_a_name_is_free_again_when_its_holder_is_deleted() -> None:
    text = (
        users(INES)
        + "stages: [{users: [{objectId: 8a52, deleted: hard},"
        + " {objectId: 9b63, userPrincipalName: ines@nordwind.example}]}]"
    )

    assert set(read(text).states[1].people) == {"8a52", "9b63"}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        pytest.param("users: ]", 1, "not YAML", id="not YAML"),
        pytest.param("- a\n- b", 1, "the file must be keys with values", id="a list instead of keys"),
        pytest.param("user: []", 1, "the file has no key 'user'; did you mean users?", id="an unknown part"),
        pytest.param(users(INES, "{jobtitle: CFO}"), 3, "no key 'jobtitle'; did you mean jobTitle?", id="another case"),
        pytest.param(users("{mobilePhone: '1'}"), 2, "did you mean mobile?", id="Graph's name of it"),
        pytest.param(users("{officeLocation: B7}"), 2, "did you mean physicalDeliveryOfficeName?", id="Graph's office"),
        pytest.param(users("{qqqqqq: 1}"), 2, "it can have objectId, ", id="nothing near"),
        pytest.param(users("{mail: a, mail: b}"), 2, "'mail' stands twice", id="a key twice"),
        pytest.param(users("{mail: [a]}"), 2, "mail must be one value", id="a list for a value"),
        pytest.param("users: {a: b}", 1, "users must be a list", id="keys for a list"),
        pytest.param(users("{mail: a@b}"), 2, "needs an objectId or a userPrincipalName", id="nobody"),
        pytest.param(users("{objectId: 8a52}"), 2, "a person needs a userPrincipalName", id="a person without a name"),
        pytest.param(users(INES, "{objectId: 8a52}"), 3, "stands already in nordwind.yaml, line 2", id="an id twice"),
        pytest.param(
            users(INES, "{objectId: 1, userPrincipalName: INES@nordwind.example}"),
            3,
            "'ines@nordwind.example' belongs to another person",
            id="a name twice, in another case",
        ),
        pytest.param(
            users("{accountEnabled: perhaps}"), 2, "'perhaps'; it can be true, false", id="a word for a boolean"
        ),
        pytest.param(users("{deleted: gone}"), 2, "it can be soft, hard, false", id="an unknown deletion"),
        pytest.param(
            users("{userPrincipalName: a@b, deleted: soft}"), 2, "with an objectId", id="a recycle bin without an id"
        ),
        pytest.param("groups:\n  - {displayName: A, deleted: soft}", 2, "`hard`", id="a group in the recycle bin"),
        pytest.param("groups:\n  - {displayName: A}\n  - {displayName: a}", 3, "stands already", id="a group twice"),
        pytest.param("tenant:\n  dialect: newer", 2, "it can be old, new, both", id="an unknown dialect"),
        pytest.param(users("{extension: {not a name: 1}}"), 2, "cannot be the name", id="an impossible extension"),
        pytest.param(users('{mail: "\\ud800"}'), 2, "not YAML", id="half a character"),
        pytest.param(
            users(INES) + "stages:\n  - name: later\n    users:\n      - {objectId: 1}", 6, "needs a", id="in a stage"
        ),
    ],
)
def test_a_bad_file_is_refused_with_the_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(DirectoryFileError, match=re.escape(reason)) as refusal:
        read(text)

    assert str(refusal.value).startswith(f"nordwind.yaml, line {line}: ")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param("users: [{surname: Zürcher}]".encode("latin-1"), "not UTF-8", id="another encoding"),
        pytest.param(b"users: []\x00", "not YAML", id="a control character"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "nordwind.yaml"
    file.write_bytes(content)

    with pytest.raises(DirectoryFileError, match=f"^nordwind.yaml.*{reason}"):
        read_directory(file)
