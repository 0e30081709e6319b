"""The photo of whoever signs in, with their own token: asked for where it is wanted, used by a job, and forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.auth.sign_in import provider as providers
from app.core import clock
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.photos.graph.signing_in import JOB
from tests.auth_oauth.issuer import signed
from tests.graph.conftest import TOKEN, Nordwind, object_id, picture
from tests.sign_in.conftest import SignIn
from tests.sign_in.openid import CLIENT, SECRET, Provider
from tests.support.graph import busy, error

INES = object_id(1)


@pytest.fixture
def signing_in(
    nordwind: Nordwind, app: Flask, database: Database, organization: Organization, openid: Provider
) -> SignIn:
    """Ines, who can sign in, at a company that has photos fetched then; Graph has one of her."""
    nordwind.template()
    nordwind.hire("ines")
    nordwind.fetch("sign_in")
    nordwind.graph.tokens[TOKEN] = INES
    nordwind.graph.set(INES, picture("red"))
    openid.id_token = lambda _nonce: signed(openid.says(oid=INES))
    return SignIn(app, database, organization, openid)


def test_after_sign_in_the_photo_is_on_the_card_and_the_token_is_gone(nordwind: Nordwind, signing_in: SignIn) -> None:
    asked = signing_in.begin(browser := signing_in.browser())
    answer = signing_in.finish(browser, asked)
    [waiting] = nordwind.tokens()
    untouched = list(nordwind.graph.requests)

    said = nordwind.run(JOB)

    assert answer.status_code == 303
    assert asked["scope"] == "openid profile email User.Read"
    assert untouched == [], "nothing is asked of Graph while somebody waits for a page"
    assert TOKEN not in waiting.token
    assert said == "Asked Microsoft Graph about people who signed in: 1 has."
    assert nordwind.shows("ines") == "red"
    assert nordwind.tokens() == []
    assert [path for _, path, _ in nordwind.graph.requests] == ["/me/photo", "/me/photo/$value"]


def test_signing_in_again_with_the_same_photo_costs_one_small_request(nordwind: Nordwind, signing_in: SignIn) -> None:
    signing_in.sign_in()
    nordwind.run(JOB)
    nordwind.graph.forget()

    signing_in.sign_in()
    nordwind.run(JOB)

    assert [path for _, path, _ in nordwind.graph.requests] == ["/me/photo"]
    assert nordwind.shows("ines") == "red"


def off(nordwind: Nordwind, _signing_in: SignIn) -> None:
    nordwind.fetch("off")


def no_tenant(nordwind: Nordwind, signing_in: SignIn) -> None:
    nordwind.company.write(
        lambda tx: providers.set_(
            tx,
            nordwind.app.extensions["lanyard.sealer"],
            issuer=signing_in.openid.issuer,
            client_id=CLIENT,
            client_secret=SECRET,
        )
    )


@pytest.mark.parametrize("change", [off, no_tenant])
def test_no_scope_is_asked_for_and_no_token_kept_where_photos_are_not_wanted(
    nordwind: Nordwind, signing_in: SignIn, change: Any
) -> None:
    change(nordwind, signing_in)

    asked = signing_in.begin(browser := signing_in.browser())
    answer = signing_in.finish(browser, asked)

    assert answer.status_code == 303
    assert asked["scope"] == "openid profile email"
    assert nordwind.tokens() == []


def test_no_token_is_kept_of_somebody_whose_card_would_not_show_the_photo(
    nordwind: Nordwind, signing_in: SignIn
) -> None:
    nordwind.template("never")

    assert signing_in.sign_in().status_code == 303

    assert nordwind.tokens() == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"access_token": None}, id="none"),
        pytest.param({"access_token": ""}, id="an empty one"),
        pytest.param({"access_token": "a" * 20_000}, id="one without measure"),
    ],
)
def test_an_answer_without_a_token_of_use_signs_in_all_the_same(
    nordwind: Nordwind, signing_in: SignIn, answer: dict[str, Any]
) -> None:
    signing_in.openid.token_answer = answer

    assert signing_in.sign_in().status_code == 303

    assert nordwind.tokens() == []


def test_a_token_is_forgotten_when_it_ends_though_graph_could_not_be_asked(
    nordwind: Nordwind, signing_in: SignIn
) -> None:
    nordwind.graph.instead = lambda _who, _kind: error(503, "ServiceUnavailable")
    signing_in.sign_in()
    said = [nordwind.run(JOB)]
    kept = len(nordwind.tokens())
    nordwind.fetch("off")

    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=5)):
        said.append(nordwind.run(JOB) if nordwind.is_due(JOB) else "not due")

    assert said == [
        "Asked Microsoft Graph about people who signed in: 1 put off.",
        "Asked Microsoft Graph about people who signed in: 1 too late.",
    ]
    assert (kept, nordwind.tokens()) == (1, [])


def test_a_busy_graph_is_asked_later(nordwind: Nordwind, signing_in: SignIn) -> None:
    nordwind.graph.instead = lambda _who, _kind: busy(90)
    signing_in.sign_in()
    nordwind.run(JOB)
    nordwind.graph.instead = lambda _who, _kind: None
    due = [nordwind.is_due(JOB)]

    with time_machine.travel(clock.now() + timedelta(seconds=95)):
        due.append(nordwind.is_due(JOB))
        nordwind.run(JOB)

    assert due == [False, True]
    assert nordwind.shows("ines") == "red"


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        pytest.param(
            403,
            "Authorization_RequestDenied",
            "Microsoft Graph refuses to be asked about them: 403 Authorization_RequestDenied. In Entra, give the app"
            " registration the delegated permission User.Read of Microsoft Graph and grant admin consent.",
            id="not consented",
        ),
        pytest.param(
            401,
            "InvalidAuthenticationToken",
            "Microsoft Graph does not take the token: 401 InvalidAuthenticationToken.",
            id="not taken",
        ),
    ],
)
def test_a_refusal_is_told_until_somebodys_token_is_of_use(
    nordwind: Nordwind, signing_in: SignIn, status: int, code: str, sentence: str
) -> None:
    nordwind.graph.instead = lambda _who, _kind: error(status, code)
    signing_in.sign_in()
    nordwind.run(JOB)
    problem, kept = nordwind.round().sign_in_problem, nordwind.tokens()
    nordwind.graph.instead = lambda _who, _kind: None

    signing_in.sign_in()
    nordwind.run(JOB)

    assert (problem, kept) == (sentence, [])
    assert (nordwind.round().sign_in_problem, nordwind.shows("ines")) == (None, "red")


def test_a_token_that_was_sealed_with_another_key_is_forgotten(nordwind: Nordwind, signing_in: SignIn) -> None:
    signing_in.sign_in()
    (nordwind.settings.data_dir / "secret-key").write_text("another key of more than thirty-two characters")

    said = nordwind.run(JOB)

    assert said == "Asked Microsoft Graph about people who signed in: 1 refused."
    assert (nordwind.tokens(), nordwind.graph.requests) == ([], [])


def test_a_leavers_token_asks_about_nobody(nordwind: Nordwind, signing_in: SignIn) -> None:
    signing_in.sign_in()
    nordwind.company.dismiss("ines")

    nordwind.run(JOB)

    assert (nordwind.tokens(), nordwind.graph.requests) == ([], [])


def test_no_token_is_in_the_audit_log_or_in_what_the_job_says(
    nordwind: Nordwind, signing_in: SignIn, capfd: Any
) -> None:
    secret = "a-token-that-nobody-may-read"
    signing_in.openid.token_answer = {"access_token": secret}
    nordwind.graph.tokens[secret] = INES
    signing_in.sign_in()
    nordwind.run(JOB)

    with nordwind.database.read(nordwind.organization.id) as reader:
        rows = reader.execute(select(audit_log).where(audit_log.c.organization_id == ORGANIZATION)).all()

    assert nordwind.shows("ines") == "red"
    assert secret not in str(rows)
    assert secret not in "".join(capfd.readouterr())
