"""Whoever must sign in first is led there and back when a browser goes to a page; everything else is told 401."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from app.core import clock
from app.directory.organizations import Organization
from tests.sign_in.conftest import SignIn
from tests.support.client import PAGES

PAGE = "/me/sessions"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 303, id="a browser goes there"),
        pytest.param({"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "*/*"}, 303, id="whatever it accepts"),
        pytest.param({"Sec-Fetch-Mode": "navigate"}, 303, id="without a word of where it is shown"),
        pytest.param({"Accept": PAGES}, 303, id="an older browser"),
        pytest.param({"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe", "Accept": PAGES}, 401, id="a frame"),
        pytest.param({"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": PAGES}, 401, id="a script"),
        pytest.param({"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Accept": "image/*"}, 401, id="a picture"),
        pytest.param({"Accept": "image/*,*/*;q=0.8"}, 401, id="a picture in an older browser"),
        pytest.param({"Accept": "*/*"}, 401, id="a program"),
        pytest.param({}, 401, id="a program that does not say what it accepts"),
    ],
)  # fmt: skip
def test_only_who_goes_to_a_page_is_led_to_signing_in(signing_in: SignIn, headers: dict[str, str], status: int) -> None:
    answer = signing_in.app.test_client().get(PAGE, headers=headers)

    assert answer.status_code == status
    assert answer.headers.get("Location") == (f"/login?next={PAGE}" if status == 303 else None)


def test_a_form_is_not_repeated_by_itself(signing_in: SignIn) -> None:
    answer = signing_in.browser().post(f"{PAGE}/x/end", headers={"Sec-Fetch-Mode": "navigate"})

    assert answer.status_code == 401
    assert "nothing was changed" in answer.text


@pytest.mark.parametrize(
    ("asked", "comes_to"),
    [
        pytest.param(PAGE, PAGE, id="a page"),
        pytest.param(f"{PAGE}?a=1&b=x%20y", f"{PAGE}?a=1&b=x%20y", id="with a query"),
        pytest.param(f"{PAGE}?next=https://evil.example", f"{PAGE}?next=https://evil.example", id="with an address in it"),
        pytest.param(f"{PAGE}?q={'x' * 600}", "/me", id="an endless one"),
    ],
)  # fmt: skip
def test_they_come_back_to_where_they_wanted_to_go(signing_in: SignIn, ines: str, asked: str, comes_to: str) -> None:
    browser = signing_in.browser()
    choose = browser.get(browser.get(asked).headers["Location"])

    begun = signing_in.begin(browser, query=choose.headers["Location"].removeprefix("/login/nordwind"))

    assert signing_in.finish(browser, begun).headers["Location"] == comes_to


def test_whose_session_has_run_out_need_not_say_where_they_belong(
    signing_in: SignIn, ines: str, new_organization: Callable[..., Organization]
) -> None:
    signing_in.configure(new_organization("other"))
    browser = signing_in.browser()
    signing_in.sign_in(browser)

    with time_machine.travel(clock.now() + timedelta(hours=9)):
        again = browser.get(PAGE)

    assert again.headers["Location"] == f"/login/nordwind?next={PAGE}"


def test_who_has_no_session_is_asked_where_they_belong(
    signing_in: SignIn, new_organization: Callable[..., Organization]
) -> None:
    signing_in.configure(new_organization("other"))
    browser = signing_in.browser()

    asked = browser.get(browser.get(PAGE).headers["Location"])

    assert asked.status_code == 200
    assert 'name="email"' in asked.text
    assert f'value="{PAGE}"' in asked.text
