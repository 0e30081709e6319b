"""People whom no directory knows sign in by a link that comes by e-mail, each time anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.cards import blocking, claiming, merging
from app.cards.invitations import Invited
from app.core import clock
from app.core.mail import outbox
from app.core.unit_of_work import Database
from app.directory import outsiders
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.invitations.conftest import PAT, invite, nordwind, open_house

__all__ = ["invite", "nordwind", "open_house"]


@pytest.fixture
def pat(open_house: Company, invite: Callable[..., Invited]) -> str:
    """Pat, who was invited and has claimed the card; their address."""
    invited = invite()
    open_house.write(lambda tx: claiming.claim(tx, invited.id))
    return PAT


class Post:
    """What was sent, and asking for more."""

    def __init__(self, app: Flask, database: Database, organization: Organization) -> None:
        self.app, self._database, self._organization = app, database, organization

    def ask(self, address: str, browser: FlaskClient | None = None) -> TestResponse:
        return (browser or self.app.test_client()).post("/login/link", data={"email": address})

    def links(self) -> list[str]:
        """The paths of the links in the letters that wait, the oldest first."""
        with self._database.read(self._organization.id) as reader:
            letters = [mail.opened(self.app.extensions["lanyard.sealer"]) for mail in outbox.every(reader)]
        addresses = [letter.link for letter in letters if letter is not None]
        return [re.sub(r"^https://cards\.example", "", address) for address in addresses]


@pytest.fixture
def post(app: Flask, database: Database, organization: Organization) -> Post:
    return Post(app, database, organization)


def test_the_link_signs_its_owner_in_once(post: Post, pat: str) -> None:
    browser = post.app.test_client()
    post.ask(pat.upper())
    [link] = post.links()

    looked = browser.get(link)
    came = browser.post(link)
    again = post.app.test_client().post(link)

    assert (looked.status_code, came.status_code, came.headers["Location"], again.status_code) == (200, 303, "/me", 410)
    assert PAT in browser.get("/me/sessions").text
    assert browser.get("/me").status_code in {200, 303}


@pytest.mark.parametrize("address", ["nobody@partner.example", "x" * 300 + "@partner.example", "not an address"])
def test_the_answer_does_not_tell_who_is_known(post: Post, pat: str, address: str) -> None:
    known, unknown = post.ask(pat), post.ask(address)

    assert known.status_code == unknown.status_code == 200
    assert known.text.replace(pat, "…") == unknown.text.replace(address, "…")
    assert len(post.links()) == 1


def test_a_link_a_minute_is_enough(post: Post, pat: str) -> None:
    post.ask(pat)
    with time_machine.travel(clock.now() + timedelta(seconds=30)):
        post.ask(pat)
    few = len(post.links())

    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        post.ask(pat)

    assert (few, len(post.links())) == (1, 2)


def test_the_link_ends_after_15_minutes(post: Post, pat: str) -> None:
    post.ask(pat)
    [link] = post.links()

    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        late = post.app.test_client().post(link)

    assert late.status_code == 410
    assert "Set-Cookie" not in late.headers


def test_who_is_in_the_directory_by_now_signs_in_there(post: Post, pat: str, open_house: Company) -> None:
    post.ask(pat)
    [link] = post.links()
    open_house.hire("pat")
    open_house.write(lambda tx: merging.merge(tx, PAT, "pat@nordwind.example"))

    late = post.app.test_client().post(link)
    post.ask(pat)

    assert late.status_code == 410
    assert len(post.links()) == 1


def test_who_is_blocked_gets_no_link_and_the_one_they_have_is_over(post: Post, pat: str, open_house: Company) -> None:
    post.ask(pat)
    [link] = post.links()
    with open_house.database.read(open_house.organization_id) as reader:
        person_id = outsiders.find(reader, pat)
    assert person_id is not None
    open_house.write(lambda tx: blocking.block(tx, person_id))

    late = post.app.test_client().post(link)
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        post.ask(pat)

    assert (late.status_code, "blocked this sign-in" in late.text) == (410, True)
    assert len(post.links()) == 1


def test_the_directorys_people_get_no_link(post: Post, open_house: Company) -> None:
    open_house.hire("ines", emails=[{"value": "ines@nordwind.example"}])

    post.ask("ines@nordwind.example")

    assert post.links() == []


def test_another_sites_form_sends_nothing(post: Post, pat: str) -> None:
    forged = post.app.test_client().post(
        "/login/link", data={"email": pat}, headers={"Origin": "https://elsewhere.example"}
    )

    assert forged.status_code == 403
    assert post.links() == []
