from __future__ import annotations

from urllib.parse import unquote_plus

import pytest

from app.rehearsal import SAMPLE, read_directory, rehearse
from app.rehearsal.cycle import MEMBERS_PER_PATCH
from app.rehearsal.directory_file import read_yaml
from app.rehearsal.mapping import ENTERPRISE_USER
from tests.rehearsal.outside import TOKEN, Outside
from tests.rehearsal.pushing import BOTH, INES, MIRA, SALES, id_of, operations, push, stages


def test_a_first_cycle_in_entras_order(outside: Outside) -> None:
    push(outside, BOTH)

    ines, mira, sales = (id_of(outside, name) for name in ("ines@nordwind.example", "mira@nordwind.example", "Sales"))
    lines = [unquote_plus(sent.line.replace("/scim/v2", "")) for sent in outside.sent]
    assert lines[3:] == [
        'GET /Users?filter=userName eq "ines@nordwind.example"',
        f'GET /Users?filter=externalId eq "{INES}"',
        "POST /Users",
        'GET /Users?filter=userName eq "mira@nordwind.example"',
        f'GET /Users?filter=externalId eq "{MIRA}"',
        "POST /Users",
        'GET /Groups?excludedAttributes=members&filter=displayName eq "Sales"',
        f'GET /Groups?excludedAttributes=members&filter=externalId eq "{SALES}"',
        "POST /Groups",
        f"PATCH /Users/{mira}",
        f"PATCH /Groups/{sales}",
        f"GET /Users/{ines}",
        f"GET /Users/{mira}",
        f"GET /Groups/{sales}",
    ]


@pytest.mark.parametrize("dialect", ["old", "new", "both"])
def test_the_sample_goes_through_and_a_second_run_writes_nothing(outside: Outside, dialect: str) -> None:
    sample = read_directory(SAMPLE)

    first = rehearse(sample, outside.url, TOKEN, dialect=dialect)
    second = rehearse(sample, outside.url, TOKEN, dialect=dialect)

    assert (first.unexpected, first.drift) == ((), ())
    assert first.writes == sum(stage.writes for stage in first.stages) > 100
    assert (second.good, second.writes) == (True, 0)
    assert all(stage.already_held for stage in second.stages)


def test_only_what_differs_is_patched(outside: Outside) -> None:
    push(outside, BOTH)
    written = len(outside.writes)

    push(
        outside,
        BOTH.replace("Head of Sales", "CSO").replace("surname: JONES", "surname: JONES, mail: i@nordwind.example"),
    )

    assert operations(outside, written) == [
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "i@nordwind.example"},
        {"op": "Replace", "path": "title", "value": "CSO"},
    ]


def test_a_value_that_is_gone_from_entra_stays_at_the_target(outside: Outside) -> None:
    report = push(outside, stages(f"users: [{{objectId: {MIRA}, jobTitle: null}}]"))

    assert (report.good, report.stages[1].writes) == (True, 0)
    assert outside.users["mira@nordwind.example"]["title"] == "Head of Sales"


def test_both_dialects_take_turns_from_object_to_object(outside: Outside) -> None:
    later = f"users: [{{objectId: {INES}, jobTitle: CFO}}, {{objectId: {MIRA}, jobTitle: CSO}}]"

    push(outside, stages(later), "both")

    creates = [sent.target for sent in outside.writes if sent.method == "POST"]
    assert ["aadOptscim062020" in target for target in creates] == [False, True, False]
    assert [operation["op"] for operation in operations(outside)[-2:]] == ["Add", "replace"]


@pytest.mark.parametrize(
    ("url_flag", "file", "asked", "op"),
    [
        pytest.param("", "", None, "Add", id="old when nothing is said"),
        pytest.param("", "tenant: {dialect: new}", None, "add", id="what the file says"),
        pytest.param(
            "?aadOptscim062020", "tenant: {dialect: old}", None, "add", id="the flag in the URL before the file"
        ),
        pytest.param("?aadOptscim062020", "", "old", "Add", id="the option before the flag"),
    ],
)
def test_which_dialect_is_spoken(outside: Outside, url_flag: str, file: str, asked: str | None, op: str) -> None:
    rehearse(read_yaml("a.yaml", file + BOTH), outside.url + url_flag, TOKEN, dialect=asked)

    assert {operation["op"] for operation in operations(outside)} == {op}


def test_a_leaver_is_disabled_and_comes_back_under_the_same_id(outside: Outside) -> None:
    leave = f"users: [{{objectId: {MIRA}, accountEnabled: false}}]"
    back = f"users: [{{objectId: {MIRA}, accountEnabled: true}}]"

    report = push(outside, stages(leave, back))

    assert operations(outside)[-2:] == [
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Replace", "path": "active", "value": "True"},
    ]
    assert (report.good, len(outside.users), len(outside.groups["Sales"]["members"])) == (True, 2, 2)


def test_whoever_is_disabled_from_the_beginning_is_never_created(outside: Outside) -> None:
    report = push(outside, BOTH.replace("surname: JONES", "accountEnabled: false"))

    assert report.good
    assert list(outside.users) == ["mira@nordwind.example"]
    assert "manager" not in outside.users["mira@nordwind.example"].get(ENTERPRISE_USER, {})


def test_references_follow_when_somebody_comes_into_scope(outside: Outside) -> None:
    text = BOTH.replace("surname: JONES", "accountEnabled: false")

    push(outside, text + f"stages: [{{users: [{{objectId: {INES}, accountEnabled: true}}]}}]")

    ines = id_of(outside, "ines@nordwind.example")
    assert outside.users["mira@nordwind.example"][ENTERPRISE_USER]["manager"] == {"value": ines}
    assert {"value": ines} in outside.groups["Sales"]["members"]


def test_the_recycle_bin_renames_and_a_restore_renames_back(outside: Outside) -> None:
    bin_, out = (f"users: [{{objectId: {MIRA}, deleted: {state}}}]" for state in ("soft", "false"))

    report = push(outside, stages(bin_, out))

    assert operations(outside)[-4:] == [
        {"op": "Replace", "path": "userName", "value": "11111111000040008000000000000002mira@nordwind.example"},
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Replace", "path": "userName", "value": "mira@nordwind.example"},
        {"op": "Replace", "path": "active", "value": "True"},
    ]
    assert (report.good, len(outside.users)) == (True, 2)


def test_what_is_gone_for_good_is_deleted_and_looked_for_once_more(outside: Outside) -> None:
    gone = f"users: [{{objectId: {INES}, deleted: hard}}], groups: [{{objectId: {SALES}, deleted: hard}}]"

    report = push(outside, stages(gone))

    assert (list(outside.users), list(outside.groups)) == (["mira@nordwind.example"], [])
    assert (report.good, report.stages[1].deleted, report.by_status["404"]) == (True, 2, 2)


def test_a_rename_keeps_the_id(outside: Outside) -> None:
    wedding = f"users: [{{objectId: {MIRA}, userPrincipalName: mira.rossi@nordwind.example, surname: Rossi}}]"

    push(outside, BOTH)
    before = id_of(outside, "mira@nordwind.example")
    push(outside, stages(wedding))

    assert id_of(outside, "mira.rossi@nordwind.example") == before


def test_a_run_is_taken_up_where_the_target_stands(outside: Outside) -> None:
    wedding = f"users: [{{objectId: {MIRA}, userPrincipalName: mira.rossi@nordwind.example}}]"
    later = f"users: [{{objectId: {MIRA}, jobTitle: CSO}}]"
    push(outside, stages(wedding))
    written = len(outside.writes)

    report = push(outside, stages(wedding, later))

    assert [stage.already_held for stage in report.stages] == [True, True, False]
    assert operations(outside, written) == [{"op": "Replace", "path": "title", "value": "CSO"}]


def test_a_run_over_a_directory_that_moved_on_finds_people_under_their_later_names(outside: Outside) -> None:
    wedding = f"users: [{{objectId: {MIRA}, userPrincipalName: mira.rossi@nordwind.example}}]"
    push(outside, stages(wedding))

    report = push(outside, stages(wedding).replace("Head of Sales", "CSO"))

    assert report.good
    assert sorted(outside.users) == ["ines@nordwind.example", "mira.rossi@nordwind.example"]


def test_members_travel_in_batches_and_leave_by_name(outside: Outside) -> None:
    people = [f"p{number:02d}@nordwind.example" for number in range(MEMBERS_PER_PATCH + 1)]
    text = (
        "users:\n"
        + "".join(f"  - {{userPrincipalName: {name}}}\n" for name in people)
        + f"groups: [{{displayName: All, members: [{', '.join(people)}]}}]\n"
        + f"stages: [{{groups: [{{displayName: All, members: [{people[0]}]}}]}}]"
    )

    report = push(outside, text)

    assert [len(operation["value"]) for operation in operations(outside)] == [20, 1, 20]
    assert report.good
    assert outside.groups["All"]["members"] == [{"value": id_of(outside, people[0])}]


def test_members_that_the_file_does_not_have_are_left_alone(outside: Outside) -> None:
    push(outside, BOTH)
    outside.groups["Sales"]["members"].append({"value": "somebody-else"})

    report = push(outside, BOTH.replace("[ines@nordwind.example, mira@nordwind.example]", "[]"))

    assert (report.good, outside.groups["Sales"]["members"]) == (True, [{"value": "somebody-else"}])
