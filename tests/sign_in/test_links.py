"""A link signs an owner in once: to set an organization up, or when nobody else can come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.auth.sign_in import links
from app.core import clock
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory.organizations import Organization


@pytest.fixture
def link(database: Database, organization: Organization) -> str:
    return database.write(lambda tx: links.create(tx, links.BREAK_GLASS), organization_id=organization.id, actor="cli")


def audited(database: Database, organization: Organization) -> list[str]:
    statement = select(audit_log.c.action).where(audit_log.c.organization_id == ORGANIZATION).order_by(audit_log.c.at)
    with database.read(organization.id) as reader:
        return list(reader.execute(statement).scalars())


def test_the_link_signs_an_owner_in(app: Flask, link: str, database: Database, organization: Organization) -> None:
    browser = app.test_client()

    looked = browser.get(f"/setup/{link}")
    signed_in = browser.post(f"/setup/{link}")
    page = browser.get(signed_in.headers["Location"])

    assert (looked.status_code, signed_in.status_code, page.status_code) == (200, 303, 200)
    assert "break-glass link" in page.text
    assert "owner" in page.text
    assert {"link.break-glass.made", "link.break-glass.used", "session.begun"} <= set(audited(database, organization))


def test_the_link_works_once_and_looking_at_it_does_not_use_it(app: Flask, link: str) -> None:
    for _ in range(3):
        app.test_client().get(f"/setup/{link}")
    app.test_client().post(f"/setup/{link}")

    again = app.test_client().post(f"/setup/{link}")

    assert again.status_code == 410
    assert "has been used" in again.text
    assert "Set-Cookie" not in again.headers


def test_the_link_ends_after_15_minutes(app: Flask, link: str) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1)):
        late = app.test_client().post(f"/setup/{link}")

    assert (late.status_code, "Set-Cookie" in late.headers) == (410, False)
    assert "older than 15 minutes" in late.text


def test_a_link_that_is_none_says_nothing(app: Flask) -> None:
    answer = app.test_client().post("/setup/" + "x" * 43)

    assert answer.status_code == 404
    assert "nordwind" not in answer.text.lower()


def test_another_sites_form_does_not_use_it(app: Flask, link: str) -> None:
    forged = app.test_client().post(f"/setup/{link}", headers={"Origin": "https://elsewhere.example"})

    assert forged.status_code == 403
    assert app.test_client().post(f"/setup/{link}").status_code == 303


@pytest.mark.parametrize("how", ["form", "no form"])
def test_signing_out_wants_the_pages_own_form(app: Flask, link: str, how: str) -> None:
    browser = app.test_client()
    browser.post(f"/setup/{link}")
    page = browser.get("/logout").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]

    out = browser.post("/logout", data={"csrf_token": token} if how == "form" else {})

    assert out.status_code == (200 if how == "form" else 403)
    assert browser.get("/me/sessions").status_code == (401 if how == "form" else 200)


def test_a_link_of_one_organization_opens_no_other(
    app: Flask, link: str, database: Database, new_organization: Callable[..., Organization]
) -> None:
    other = new_organization("other")
    browser = app.test_client()

    browser.post(f"/setup/{link}")

    assert "session.begun" not in audited(database, other)
