"""What a browser never sends: forms, addresses and places in lists that were made to do harm are answered, not obeyed."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Callable, Iterator

import orjson
import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.auth.sign_in.roles import OWNER
from tests.console.conftest import HERE, Admin
from tests.console.test_elsewhere import named
from tests.console.test_permissions import routes

pytestmark = pytest.mark.usefixtures("nordwind")

HOSTILE = {
    "a character that no database keeps": "a\0b",
    "a formula, markup, quotes and line breaks": "=cmd|'/c'!A1<script>\"'`${{7*7}}\r\nSet-Cookie: b=c\r\n\r\n",
    "a number that no database has": "9" * 400,
}
FIELDS = (
    "name", "search", "person", "role", "template", "email", "days", "act", "do", "id", "every", "plan", "group", "by",
    "exclusive", "value", "issuer", "client_id", "client_secret", "tenant_id", "role_claim", "role_values", "to", "into",
    "whose", "session", "kind", "filter.search", "filter.state", "seen", "sealed_secret", "many", "seat_limit",
    "phone_region", "clear_marker", "leaver.email", "leaver.days", "log_days", "new.kind", "find", "accent", "since",
    "until", "outcome", "state", "cards", "standing", "finding", "sort", "place", "told",
)  # fmt: skip

ASKED = ("search", "place", "sort", "person", "find", "since", "group", "name", "accent")
"""What addresses of pages carry, each once alone: all together one of them hides the others."""


@pytest.fixture
def ids(as_role: Callable[..., Admin]) -> dict[str, str]:
    """One of each thing that addresses name."""
    return named(as_role(OWNER))


def paths(rule: Rule, ids: dict[str, str], hostile: str) -> Iterator[str]:
    """The address with what there is, and with what there cannot be."""
    plain = re.sub(r"<any\((\w+)[^>]*>", r"\1", re.sub(r"<int:\w+>", "1", rule.rule))
    yield re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda part: ids.get(part[1], "none"), plain)
    if "<" in plain and "/" not in hostile and "%" not in hostile:
        yield re.sub(r"<[^>]+>", lambda _: hostile[:200], plain)


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_that_is_sent_makes_an_error_of_the_server_s(
    app: Flask, as_role: Callable[..., Admin], ids: dict[str, str], hostile: str
) -> None:
    admin, broken = as_role(OWNER), []
    for rule, method in routes(app):
        for path in paths(rule, ids, hostile):
            sent = dict.fromkeys(FIELDS, hostile)
            if method == "GET":
                answers = [
                    admin.http.get(path, query_string=query, base_url=HERE)
                    for query in (sent, *({name: hostile} for name in ASKED if "<" not in rule.rule))
                ]
            else:
                answers = [admin.http.post(path, data={**sent, "csrf_token": admin.csrf}, base_url=HERE)]
            broken += [f"{method} {path} {answer.status_code}" for answer in answers if answer.status_code >= 500]

    assert broken == []


def place(*values: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([False, values])).decode()


WHEN = {"at": "2026-11-26T00:00:00"}
PLACES = {
    "texts where times are": (place("a"), place("a", "b"), place("a", "b", "c")),
    "times where texts are": (place(WHEN), place(WHEN, WHEN), place(WHEN, WHEN, WHEN)),
    "numbers where texts are": (place(1), place(1, 2), place(1.5, 2, 3)),
    "truths where numbers are": (place(True), place(True, False), place(True, True, True)),
    "a character that no database keeps": (place("a\0"), place(WHEN, "a\0"), place("a\0", "b", "c")),
    "a time that is none": (place({"at": "x"}), place({"at": 1}, "b"), place({"in": "x"}, "b", "c")),
}


@pytest.mark.parametrize("places", PLACES.values(), ids=PLACES.keys())
def test_a_place_that_no_page_named_is_refused(
    app: Flask, as_role: Callable[..., Admin], places: tuple[str, ...]
) -> None:
    admin, broken = as_role(OWNER), []
    lists = [rule.rule for rule, method in routes(app) if method == "GET" and not re.search(r"[<.]|/new$", rule.rule)]
    for path, asked in itertools.product(lists, places):
        for query in ({"place": asked}, {"place": asked, "sort": "changed"}):
            answer = admin.http.get(path, query_string=query, base_url=HERE)
            if answer.status_code >= 500:
                broken.append(f"{path} {query} {answer.status_code}")

    assert broken == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/login/a%00b", 404),
        ("/auth/callback/a%00b?code=a&state=b", 404),
        ("/auth/front-channel-logout/a%00b", 404),
        ("/c/a%00b", 404),
        ("/login?email=ines%40a%00b", 404),
    ],
)
def test_nor_does_what_strangers_send(app: Flask, path: str, status: int) -> None:
    assert app.test_client().get(path, base_url=HERE).status_code == status
