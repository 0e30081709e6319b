from __future__ import annotations

import json

import pytest

from app.rehearsal.client import Answer
from app.rehearsal.report import LISTED, Drift, Recorder, Report, sentences

SCIM = "application/scim+json"


def answer(method: str = "GET", status: int = 200) -> Answer:
    return Answer(method, "/Users", status, SCIM, {"detail": "No such user."}, "{}")


def recorded(*answers: Answer, drifts: int = 0, unexpected: bool = False) -> Report:
    recorder = Recorder()
    recorder.begin("initial cycle", ("ffff, a member of Sales, is not in the file",))
    for one in answers:
        recorder.answer(one)
    for number in range(drifts):
        recorder.drift(Drift("ines@nordwind.example", f"custom{number}", "sent", None))
    if unexpected:
        recorder.unexpected(answers[-1], "200 with the resource")
    return recorder.report()


def test_the_json_form_has_what_was_promised() -> None:
    report = recorded(answer("POST", 201), answer("GET", 404), drifts=1, unexpected=True)

    assert json.loads(json.dumps(report.to_json())) == {
        "requests": 2,
        "by_status": {"201": 1, "404": 1},
        "unexpected": [
            {
                "method": "GET",
                "path": "/Users",
                "status": 404,
                "detail": "No such user.",
                "expected": "200 with the resource",
            }
        ],
        "drift": [{"user": "ines@nordwind.example", "attribute": "custom0", "sent": "sent", "returned": None}],
        "writes": 1,
        "stages": [
            {
                "name": "initial cycle",
                "requests": 2,
                "writes": 1,
                "created": 1,
                "changed": 0,
                "deleted": 0,
                "already_held": False,
                "out_of_scope": ["ffff, a member of Sales, is not in the file"],
            }
        ],
    }


def test_a_good_report_in_sentences() -> None:
    report = recorded(answer(), answer("POST", 201), answer("PATCH", 204))

    assert list(sentences(report)) == [
        "3 requests, 2 writes among them. Answers: 1 × 200, 1 × 201, 1 × 204.",
        "  initial cycle: 3 requests: 1 created, 1 changed.",
        "    Ffff, a member of Sales, is not in the file; not sent.",
        "Every answer was one that Entra expects.",
        "Every attribute came back as sent.",
    ]


def test_a_bad_report_names_what_is_wrong() -> None:
    report = recorded(answer("GET", 404), drifts=1, unexpected=True)

    assert list(sentences(report))[3:] == [
        "1 answer not as Entra expects:",
        "    GET /Users answered 404 (No such user.); expected 200 with the resource.",
        "1 attribute not as sent; Entra would send them again in every cycle:",
        "    ines@nordwind.example: custom0 was sent as 'sent' and came back as None.",
    ]


def test_a_long_list_is_cut_in_sentences_alone() -> None:
    report = recorded(answer(), drifts=LISTED + 5)

    assert list(sentences(report))[-1] == "    and 5 more; --json lists them all."
    assert len(report.to_json()["drift"]) == LISTED + 5


@pytest.mark.parametrize(
    ("report", "good"),
    [
        pytest.param(recorded(answer()), True, id="nothing found"),
        pytest.param(recorded(answer(), drifts=1), False, id="drift"),
        pytest.param(recorded(answer(), unexpected=True), False, id="an unexpected answer"),
    ],
)
def test_a_report_is_good_when_nothing_was_found(report: Report, good: bool) -> None:
    assert report.good is good


def test_the_same_drift_counts_once_however_many_stages_see_it() -> None:
    recorder = Recorder()

    for _ in range(3):
        recorder.drift(Drift("ines@nordwind.example", "title", "CFO", ["C"]))

    assert len(recorder.report().drift) == 1


@pytest.mark.parametrize(
    ("body", "media_type", "text", "detail"),
    [
        pytest.param({"detail": "Out of order."}, SCIM, "{}", "Out of order.", id="what a SCIM error says"),
        pytest.param(None, "text/html", "<html>", "an HTML page", id="a page is not quoted"),
        pytest.param(None, "text/plain", "a\n b", "a b", id="text in one line"),
        pytest.param(None, "text/plain", "x" * 500, "x" * 200, id="a long text is cut"),
        pytest.param(None, "", "", "no body", id="nothing"),
    ],
)
def test_what_a_server_said_is_told_in_one_line(body: object, media_type: str, text: str, detail: str) -> None:
    assert Answer("GET", "/Users", 500, media_type, body, text).detail == detail
