"""What every screen of the console stands in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app.auth.sign_in.roles import ROLES
from app.console import navigation
from app.console.files import STATIC, address
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of
from tests.support.client import PAGES, Client

VENDOR = STATIC / "vendor"


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_offers_what_a_role_may_see_and_nothing_else(as_role: Callable[..., Admin], role: str) -> None:
    page = as_role(role).get("/console").text

    navigation_of = page[page.index('<nav class="wide"') : page.index("</nav>", page.index('<nav class="wide"'))]
    offered = set(re.findall(r'href="(/console(?:/[a-z-]+)?)"', navigation_of))

    assert offered == {one.path for _, sections in navigation.visible({role}) for one in sections}


def test_somebody_without_a_role_is_told_that_it_takes_one(as_role: Callable[..., Admin]) -> None:
    page = as_role().get("/console", 403)

    assert "people with a role" in text_of(page)


def test_nobody_is_led_to_sign_in_and_back(app: Flask) -> None:
    answer = app.test_client().get("/console/people?search=ines", headers={"Accept": PAGES})

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=/console/people%3Fsearch%3Dines"


def test_what_is_not_there_is_said_within_the_frame(owner: Admin) -> None:
    page = owner.get("/console/nowhere/at/all", 404)

    assert "no such page" in text_of(page)


def test_the_overview_counts_people_and_cards(owner: Admin, nordwind: Company) -> None:
    seen = text_of(owner.get("/console"))

    assert "3 people in the directory" in seen
    assert "3 cards live" in seen


def test_files_are_kept_for_a_year_and_packed_for_who_can_unpack_them(app: Flask) -> None:
    with app.test_request_context():
        sheet = address("vendor/tabler-1.6.1/tabler.min.css")

    plain, packed = app.test_client().get(sheet), app.test_client().get(sheet, headers={"Accept-Encoding": "gzip"})

    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 5


@pytest.mark.parametrize("path", ["x/console.css", "x/vendor/VENDOR.md", "x/../../../../etc/passwd"])
def test_nothing_but_the_files_of_the_console_is_served(app: Flask, path: str) -> None:
    assert app.test_client().get(f"/console/files/{path}").status_code == 404


def test_vendored_files_are_as_their_authors_published_them() -> None:
    listed = dict(
        re.findall(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", (VENDOR / "VENDOR.md").read_text(), re.MULTILINE)
    )
    there = {str(path.relative_to(VENDOR)): hashed(path) for path in VENDOR.rglob("*") if path.is_file()}

    assert {name: digest for name, digest in there.items() if name != "VENDOR.md"} == listed


def hashed(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_requests_that_were_refused_need_somebody_and_reading_what_is_gone_does_not(
    owner: Admin, client: Client
) -> None:
    client.get("/Users/2d12929b-6524-46c0-956c-2aa274038470")
    before = text_of(owner.get("/console"))
    client.create_user("ines@nordwind.example")
    client.post("/Users", {"userName": "ines@nordwind.example"})

    assert "refused in the last day" not in before
    assert "1 request was refused in the last day" in text_of(owner.get("/console"))


def test_what_was_done_is_said_in_a_cookie_that_browsers_keep(owner: Admin, nordwind: Company) -> None:
    nordwind.hire("emma", displayName="漢" * 1_000)
    who = re.search(r'href="(/console/people/[0-9a-f-]{36})"', owner.get("/console/people", search="emma").text)
    assert who is not None

    done = owner.post(f"{who[1]}/block")
    [cookie] = [one for one in done.headers.getlist("Set-Cookie") if "notice" in one]

    assert len(cookie.partition(";")[0]) < 4_096
    assert 'role="status"' in owner.follow(done).text
