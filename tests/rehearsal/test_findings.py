from __future__ import annotations

from typing import Any

import pytest

from app.rehearsal.mapping import ENTERPRISE_USER
from app.rehearsal.report import Drift
from tests.rehearsal.outside import Answer, Outside, error
from tests.rehearsal.pushing import BOTH, INES, id_of, push, stages


def test_a_value_that_the_target_changes_is_drift(outside: Outside) -> None:
    def shout(resource: dict[str, Any]) -> None:
        if "title" in resource:
            resource["title"] = resource["title"].upper()

    outside.bend = shout

    report = push(outside, stages("name: nothing"))

    assert report.drift == (Drift("mira@nordwind.example", "title", "Head of Sales", "HEAD OF SALES"),)
    assert not report.unexpected


def test_members_and_managers_that_the_target_loses_are_drift(outside: Outside) -> None:
    def forget(resource: dict[str, Any]) -> None:
        resource.pop(ENTERPRISE_USER, None)
        if "members" in resource:
            resource["members"] = []

    outside.bend = forget

    report = push(outside, BOTH)

    ines, mira = (id_of(outside, f"{name}@nordwind.example") for name in ("ines", "mira"))
    assert {(drift.user, drift.attribute, drift.sent, drift.returned) for drift in report.drift} == {
        ("mira@nordwind.example", f"{ENTERPRISE_USER}:manager.value", ines, None),
        ("Sales", f'members[value eq "{ines}"]', ines, None),
        ("Sales", f'members[value eq "{mira}"]', mira, None),
    }


def test_an_object_that_is_refused_does_not_stop_the_others(outside: Outside) -> None:
    def refuse_ines(sent: Any) -> Answer | None:
        if sent.method == "POST" and sent.body.get("userName") == "ines@nordwind.example":
            return error(409, "userName is already in use.")
        return None

    outside.odd = refuse_ines

    report = push(outside, BOTH)

    [finding] = report.unexpected
    assert (finding.method, finding.path, finding.status) == ("POST", "/Users", 409)
    assert (finding.detail, finding.expected) == ("userName is already in use.", "201 with the resource and its id")
    assert outside.groups["Sales"]["members"] == [{"value": id_of(outside, "mira@nordwind.example")}]


@pytest.mark.parametrize(
    ("method", "answer", "expected", "detail"),
    [
        pytest.param("POST", Answer(200, {"id": "1"}), "201 with", "", id="a create answered with 200"),
        pytest.param("POST", Answer(201, {"userName": "a"}), "201 with", "a resource without an id", id="no id"),
        pytest.param("POST", Answer(201), "Content-Type", "no Content-Type", id="an empty create"),
        pytest.param("POST", Answer(201, {"id": "1"}, "application/json"), "scim", "application/json", id="media type"),
        pytest.param(
            "PATCH", Answer(200, b"", "application/scim+json"), "200 with", "no JSON", id="200 without a body"
        ),
        pytest.param("PATCH", error(400, "Unknown path."), "204 without", "Unknown path.", id="a patch refused"),
        pytest.param("PATCH", Answer(500, b"<html>", "text/html"), "204 without", "an HTML page", id="HTML"),
        pytest.param(
            "GET", Answer(200, {"Resources": [{"id": "1"}] * 2}), "none or one", "2 resources", id="two matches"
        ),
        pytest.param(
            "GET",
            Answer(200, {"Resources": [{"id": "1", "userName": "x"}]}),
            "none or one",
            "another userName",
            id="other",
        ),
        pytest.param("GET", Answer(200, {"schemas": []}), "none or one", "no Resources", id="no Resources"),
    ],
)
def test_an_answer_that_entra_cannot_use_is_unexpected(
    outside: Outside, method: str, answer: Answer, expected: str, detail: str
) -> None:
    outside.odd = lambda sent: answer if sent.method == method and len(outside.sent) > 3 else None

    finding = push(outside, BOTH).unexpected[0]

    assert finding.method == method
    assert (expected in finding.expected, detail in finding.detail) == (True, True)


def test_members_that_were_to_be_left_out_are_unexpected(outside: Outside) -> None:
    push(outside, BOTH)
    group = outside.groups["Sales"]
    outside.odd = lambda sent: Answer(200, {"Resources": [group]}) if "displayName+eq+%22Sales" in sent.target else None

    [finding] = push(outside, BOTH).unexpected

    assert (finding.detail, finding.expected) == ("members sent", "no members, which were excluded")


def test_a_delete_that_leaves_the_resource_is_unexpected(outside: Outside) -> None:
    outside.odd = lambda sent: Answer(204) if sent.method == "DELETE" else None

    [finding] = push(outside, stages(f"users: [{{objectId: {INES}, deleted: hard}}]")).unexpected

    assert (finding.method, finding.status, finding.expected) == (
        "GET",
        200,
        "404 with a SCIM error, as it was deleted",
    )
