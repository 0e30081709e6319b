"""How large a form is read: what the view declares beside its guard, and no more."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.auth.sign_in import asking
from tests.sign_in.conftest import SignIn

MEGABYTE = 1024 * 1024


@asking.reads(3 * MEGABYTE)
@asking.signed_in
def larger() -> str:
    return f"{len(request.files['photo'].read())} bytes"


@asking.signed_in
def ordinary() -> str:
    return f"{len(request.files['photo'].read())} bytes"


@pytest.fixture
def app(app: Flask) -> Flask:
    """The application with two forms more, which take a file."""
    app.add_url_rule("/test/larger", view_func=larger, methods=["POST"])
    app.add_url_rule("/test/ordinary", view_func=ordinary, methods=["POST"])
    return app


@pytest.fixture
def browser(signing_in: SignIn, ines: str) -> FlaskClient:
    """Ines's."""
    made = signing_in.browser()
    signing_in.sign_in(made)
    return made


def token_of(browser: FlaskClient) -> str:
    return browser.get("/logout").text.split('name="csrf_token" value="')[1].split('"')[0]


def send(browser: FlaskClient, path: str, size: int, token: str | None = None) -> TestResponse:
    """Send a form with a file of this size, as browsers do (RFC 7578)."""
    parts = (
        (b'name="csrf_token"', (token_of(browser) if token is None else token).encode()),
        (b'name="photo"; filename="photo.png"', bytes(size)),
    )
    body = b"".join(
        b"--x\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n" for head, content in parts
    )
    return browser.post(path, data=body + b"--x--\r\n", content_type="multipart/form-data; boundary=x")


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        pytest.param("/test/larger", 3 * MEGABYTE - 1000, 200, id="what was declared"),
        pytest.param("/test/larger", 3 * MEGABYTE, 413, id="a file that leaves no room for the rest"),
        pytest.param("/test/ordinary", 255 * 1024, 200, id="what all read"),
        pytest.param("/test/ordinary", 256 * 1024, 413, id="more than all read"),
    ],
)
def test_a_view_reads_what_it_declares_and_no_more(browser: FlaskClient, path: str, size: int, status: int) -> None:
    answer = send(browser, path, size)

    assert answer.status_code == status
    assert status == 413 or answer.text == f"{size} bytes"


@pytest.mark.parametrize(
    ("path", "shown"), [("/test/larger", "3 MB"), ("/test/ordinary", "256 kB")], ids=["declared", "not declared"]
)
def test_the_answer_says_how_much_is_read(browser: FlaskClient, path: str, shown: str) -> None:
    answer = send(browser, path, 4 * MEGABYTE)

    assert answer.status_code == 413
    assert f"more than the {shown} that this page reads; nothing was changed" in answer.text


def test_what_does_not_say_its_length_is_not_read(browser: FlaskClient) -> None:
    body = f"csrf_token={token_of(browser)}".encode()

    answer = browser.post(
        "/logout",
        input_stream=BytesIO(body),
        content_type="application/x-www-form-urlencoded",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert answer.status_code == 411
    assert browser.get("/me/sessions").status_code == 200


def test_a_large_form_needs_its_token_like_any_other(browser: FlaskClient) -> None:
    answer = send(browser, "/test/larger", 2 * MEGABYTE, token="a guess")

    assert answer.status_code == 403


def test_of_whoever_is_not_signed_in_nothing_is_read(app: Flask, browser: FlaskClient) -> None:
    answer = send(app.test_client(), "/test/larger", 4 * MEGABYTE, token="a guess")

    assert answer.status_code == 401


def test_the_house_has_a_page_for_it(browser: FlaskClient) -> None:
    answer = browser.post("/logout", data={"csrf_token": token_of(browser), "more": "x" * 300_000})

    assert answer.status_code == 413
    assert "That is too much" in answer.text
    assert browser.get("/me/sessions").status_code == 200
