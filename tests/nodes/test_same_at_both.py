"""What one node did, the other knows at the next request: nothing that matters is kept in a node."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from app.core.jobs.runs import job_runs
from app.core.unit_of_work import Database
from tests.jobs.conftest import wait_until
from tests.nodes.conftest import Site
from tests.nodes.visitors import Directory, Visitor
from tests.sign_in.openid import OBJECT
from tests.support.nodes import Node

FILE = """
templates: [{{name: Everybody, general: {{name: {{sync: always}}, title: {{sync: always}}, headline: {{sync: never, value: "{headline}"}}}}}}]
bindings: [{{group: Everybody, template: Everybody}}]
"""
_numbers = count(1)


@dataclass
class Sides:
    """One node that is told things, another that is looked at."""

    here: str
    there: str
    pushing: Directory


@pytest.fixture(params=[0, 1], ids=["from the first", "from the second"])
def sides(request: pytest.FixtureRequest, site: Site) -> Sides:
    here, there = site.nodes[request.param].base_url, site.nodes[1 - request.param].base_url
    return Sides(here, there, Directory(here, site.token))


@pytest.fixture(scope="module")
def group(site: Site) -> str:
    """The id of a group that gives cards."""
    apply(site, "at first")
    return Directory(site.front, site.token).create("/Groups", displayName="Everybody")


@pytest.fixture
def visitor(site: Site) -> Iterator[Visitor]:
    made = Visitor(site)
    yield made
    made.close()


@dataclass
class Person:
    user_id: str
    user_name: str
    card: str
    """The path of the card's page."""


@pytest.fixture
def ines(site: Site, sides: Sides, group: str) -> Iterator[Person]:
    """Somebody with a card, who can sign in; gone afterwards."""
    name = f"ines.{next(_numbers)}@nordwind.example"
    user_id = sides.pushing.create("/Users", userName=name, externalId=OBJECT, displayName="Ines Jones", title="CFO")
    sides.pushing.patch(f"/Groups/{group}", "add", "members", [{"value": user_id}])
    listed: list[dict[str, Any]] = json.loads(site.lanyard("cards", "list", "--org", "nordwind", "--json"))
    [card] = [one for one in listed if one["person"]["user_name"] == name]
    yield Person(user_id, name, card["url"].removeprefix(site.front))
    sides.pushing.send("DELETE", f"/Users/{user_id}")


def apply(site: Site, headline: str) -> None:
    (site.folder / "cards.yaml").write_text(FILE.format(headline=headline))
    site.lanyard("apply", str(site.folder / "cards.yaml"), "--org", "nordwind")


def test_a_push_shows_on_page_and_contact_and_an_old_tag_is_old(sides: Sides, ines: Person, visitor: Visitor) -> None:
    contact = ines.card + ".vcf"
    tags = {path: visitor.open(path, sides.there).headers["ETag"] for path in (ines.card, contact)}
    unchanged = [
        visitor.open(path, at, If_None_Match=tags[path]).status_code
        for path in tags
        for at in (sides.here, sides.there)
    ]

    sides.pushing.patch(f"/Users/{ines.user_id}", "replace", "title", "Chair of the board")
    changed = [visitor.open(path, sides.there, If_None_Match=tags[path]) for path in tags]

    assert unchanged == [304] * 4
    assert [answer.status_code for answer in changed] == [200, 200]
    assert all("Chair of the board" in answer.text for answer in changed)


def test_an_edit_of_the_template_shows(site: Site, sides: Sides, ines: Person, visitor: Visitor) -> None:
    tags = [visitor.open(ines.card, at).headers["ETag"] for at in (sides.here, sides.there)]
    headline = f"Headline {next(_numbers)}"

    apply(site, headline)
    pages = [visitor.open(ines.card, at, If_None_Match=tags[0]) for at in (sides.here, sides.there)]

    assert tags[0] == tags[1]
    assert [headline in page.text for page in pages] == [True, True]


def test_a_leavers_card_and_session_are_gone(sides: Sides, ines: Person, visitor: Visitor) -> None:
    tag = visitor.open(ines.card, sides.there).headers["ETag"]
    visitor.sign_in()
    before = [visitor.is_in(sides.there), visitor.is_in(sides.here)]

    sides.pushing.patch(f"/Users/{ines.user_id}", "replace", "active", False)
    card = visitor.open(ines.card, sides.there, If_None_Match=tag)

    assert before == [True, True]
    assert (card.status_code, "Ines" in card.text) == (410, False)
    assert [visitor.is_in(sides.there), visitor.is_in(sides.here)] == [False, False]


def test_a_session_that_is_ended_is_ended(sides: Sides, ines: Person, visitor: Visitor) -> None:
    visitor.sign_in()
    before = visitor.is_in(sides.there)
    form = visitor.open("/logout", sides.here).text
    secret = form.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]

    visitor.send_form("/logout", sides.here, csrf_token=secret)

    assert before
    assert not visitor.is_in(sides.there)


def test_a_role_that_is_granted_or_taken_counts(site: Site, sides: Sides, ines: Person, visitor: Visitor) -> None:
    site.lanyard("role", "grant", "--org", "nordwind", ines.user_name, "auditor")
    visitor.sign_in()
    granted = [visitor.open("/console/settings", at).status_code for at in (sides.here, sides.there)]

    site.lanyard("role", "revoke", "--org", "nordwind", ines.user_name, "auditor")
    taken = [visitor.is_in(at) for at in (sides.here, sides.there)]  # the session ends with the role
    visitor.sign_in()

    assert granted == [200, 200]
    assert taken == [False, False]
    assert 200 not in [visitor.open("/console/settings", at).status_code for at in (sides.here, sides.there)]


def test_a_token_that_is_revoked_is_dead(site: Site, sides: Sides) -> None:
    name = f"token-{next(_numbers)}"
    token = site.lanyard("token", "create", "--org", "nordwind", "--name", name).strip()
    asking = [Directory(at, token) for at in (sides.here, sides.there)]
    before = [one.send("GET", "/Users").status_code for one in asking]

    site.lanyard("token", "revoke", "--org", "nordwind", "--name", name)

    assert before == [200, 200]
    assert [one.send("GET", "/Users").status_code for one in asking] == [401, 401]


def test_people_sign_in_wherever_each_step_leads(site: Site, ines: Person) -> None:
    for _ in range(4):
        visitor = Visitor(site)

        back = visitor.sign_in()

        assert back.status_code == 303, back.text
        assert [visitor.is_in() for _ in range(4)] == [True] * 4
        visitor.close()


def is_working(node: Node) -> bool:
    return "consumer started" in node.log.read_text()


def test_each_slot_of_the_hour_is_done_once(site: Site, database: Database) -> None:
    def hourly() -> list[Any]:
        with database.read(None) as reader:
            return list(reader.execute_across(select(job_runs).where(job_runs.c.slot.is_not(None))))

    for node in site.nodes:
        wait_until(partial(is_working, node), "both do background work")
    wait_until(lambda: {run.name for run in hourly()} >= {"repair", "retention"}, "both have looked")
    found = hourly()

    assert len({(run.name, run.slot) for run in found}) == len(found)
