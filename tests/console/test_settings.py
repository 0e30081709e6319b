"""The organization's settings: the rules of the command line, errors at their fields, a plan before seats move cards."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from app.core.unit_of_work import Database
from app.directory import organizations
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of

PAGE, CHANGE = "/console/settings", "/console/settings/change"


def fields(admin: Admin, **over: str) -> dict[str, Any]:
    """The form as the page offers it, with `over` typed in; a name with `__` has a dot there."""
    page = admin.get(PAGE).text
    said = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', page)}
    said |= dict(re.findall(r'<select[^>]*name="([^"]+)".*?<option value="([^"]*)" selected>', page, re.DOTALL))
    ticked = set(re.findall(r'name="([^"]+)" value="yes" checked', page))
    said = {name: value for name, value in said.items() if value != "yes" or name in ticked}
    return {**said, **{name.replace("__", "."): value for name, value in over.items()}}


def now(database: Database, organization: Organization) -> dict[str, Any]:
    with database.read(organization.id) as reader:
        return organizations.described(organizations.current(reader))


def test_what_the_page_offers_is_what_there_is(
    owner: Admin, database: Database, organization: Organization, audited: Callable[[str], list[Any]]
) -> None:
    before = now(database, organization)

    said = owner.follow(owner.post(CHANGE, **fields(owner)))

    assert "Everything is as it was" in text_of(said)
    assert now(database, organization) == before
    assert audited("organization.changed") == []


def test_a_change_is_saved_and_audited_with_before_and_after_and_nothing_else(
    owner: Admin, database: Database, organization: Organization, audited: Callable[[str], list[Any]]
) -> None:
    asked = owner.post(
        CHANGE, 200, **fields(owner, name="Nordwind SE", brake__people="20", publish="on_claim", phone_region="")
    )
    owner.post(CHANGE, **confirmed(asked.text))

    found = now(database, organization)
    assert (found["name"], found["brake"]["people"], found["publish"]) == ("Nordwind SE", 20, "on_claim")
    assert found["phone_region"] is None
    [line] = audited("organization.changed")
    assert line.detail == {
        "before": {
            "name": "Nordwind AG", "brake": {"people": 50, "percent": 10}, "publish": "on_issue", "phone_region": "CH",
        },
        "after": {
            "name": "Nordwind SE", "brake": {"people": 20, "percent": 10}, "publish": "on_claim", "phone_region": None,
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        pytest.param({"name": ""}, "name is a text of 1 to 128", id="no name"),
        pytest.param({"phone_region": "XX"}, "two-letter country code", id="no country"),
        pytest.param({"clear_marker": ""}, "It must be a text of 1 to 64", id="no marker"),
        pytest.param({"publish": "never"}, "on_issue or on_claim", id="no such choice"),
        pytest.param({"brake__percent": "101"}, "from 0 to 100", id="too many percent"),
        pytest.param({"brake__people": "many"}, "number of people must be a whole number", id="no number"),
        pytest.param({"log_days": ""}, "It must be a whole number from 1 to 3650.", id="no days"),
        pytest.param({"leaver__show": "successor"}, "must name one", id="no successor"),
        pytest.param({"leaver__email": "hello"}, "must be an e-mail address", id="no address"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(
    owner: Admin, database: Database, organization: Organization, typed: dict[str, str], reason: str
) -> None:
    before = now(database, organization)

    page = owner.post(CHANGE, 422, **fields(owner, **{"announce": "yes", **typed}))

    assert reason in text_of(page)
    assert page.text.count('aria-invalid="true"') == 1
    assert now(database, organization) == before


def test_a_seat_limit_shows_what_becomes_of_waiting_cards_and_then_does_exactly_that(
    owner: Admin, nordwind: Company, database: Database, organization: Organization
) -> None:
    owner.post(CHANGE, **confirmed(owner.post(CHANGE, 200, **fields(owner, seat_limit="2")).text))
    nordwind.join("Cards - Sales", "nora")
    waiting = [row.state for row in nordwind.card_rows()].count("waiting")

    asked = owner.post(CHANGE, 200, **fields(owner, seat_limit="3"))
    owner.post(CHANGE, **confirmed(asked.text))

    assert waiting == 1
    assert "The seat limit becomes 3 (it is 2)" in text_of(asked)
    assert "nora@nordwind.example" in text_of(asked)
    assert [row.state for row in nordwind.card_rows()].count("waiting") == 0
    assert now(database, organization)["seat_limit"] == 3


def test_a_lower_limit_takes_no_card_away_and_says_so(owner: Admin, nordwind: Company) -> None:
    asked = owner.post(CHANGE, 200, **fields(owner, seat_limit="1"))
    owner.post(CHANGE, **confirmed(asked.text))

    assert "takes no card away" in text_of(asked)
    assert {row.state for row in nordwind.card_rows()} == {"live"}


def test_a_plan_that_a_push_has_changed_is_shown_and_asked_again(
    owner: Admin, nordwind: Company, database: Database, organization: Organization
) -> None:
    owner.post(CHANGE, **confirmed(owner.post(CHANGE, 200, **fields(owner, seat_limit="2")).text))
    asked = owner.post(CHANGE, 200, **fields(owner, seat_limit="9"))
    nordwind.join("Cards - Sales", "nora")

    again = owner.post(CHANGE, 200, **confirmed(asked.text))
    still = now(database, organization)["seat_limit"]
    owner.post(CHANGE, **confirmed(again.text))

    assert "changed something meanwhile" in text_of(again)
    assert "nora@nordwind.example" in text_of(again)
    assert (still, now(database, organization)["seat_limit"]) == (2, 9)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"publish": "on_claim"}, "stop answering at once, printed codes too: 3 cards now", id="closing"),
        pytest.param({"log_days": "7"}, "Provisioning log: what is older than 7 days is deleted", id="a shorter log"),
        pytest.param({"audit_days": "7"}, "Audit log: what is older than 7 days is deleted", id="a shorter audit log"),
    ],
)
def test_what_closes_pages_or_forgets_is_asked_first(
    owner: Admin, nordwind: Company, database: Database, organization: Organization, typed: dict[str, str], said: str
) -> None:
    before = now(database, organization)
    asked = owner.post(CHANGE, 200, **fields(owner, **typed))
    unsaved = now(database, organization)
    owner.post(CHANGE, **confirmed(asked.text))

    assert said in text_of(asked)
    assert "stay unchanged" not in text_of(asked)
    assert unsaved == before
    assert {key: str(now(database, organization)[key]) for key in typed} == typed


def test_a_longer_log_is_not_asked(owner: Admin, database: Database, organization: Organization) -> None:
    owner.post(CHANGE, **fields(owner, log_days="365"))

    assert now(database, organization)["log_days"] == 365


def test_a_form_that_is_older_than_what_another_saved_does_not_undo_it(
    owner: Admin, database: Database, organization: Organization
) -> None:
    old = fields(owner, name="Mine")
    owner.post(CHANGE, **fields(owner, log_days="365"))

    refused = owner.post(CHANGE, 409, **old)
    still = now(database, organization)
    owner.post(CHANGE, **{**old, "seen": re.findall('name="seen" value="([^"]*)"', refused.text)[0], "log_days": "365"})

    assert "Somebody else has saved settings" in text_of(refused)
    assert 'value="Mine"' in refused.text
    assert (still["name"], still["log_days"]) == ("Nordwind AG", 365)
    assert now(database, organization)["name"] == "Mine"


def confirmed(page: str) -> dict[str, Any]:
    """The hidden fields of a page that asks."""
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in hidden if name != "csrf_token"}


@pytest.mark.parametrize("role", ["directory-admin", "auditor"])
def test_who_may_only_look_sees_the_settings_and_no_form(
    as_role: Callable[..., Admin], database: Database, organization: Organization, role: str
) -> None:
    admin = as_role(role)

    page = admin.get(PAGE)
    admin.post(CHANGE, 403, name="Mine")

    assert "Clear marker [[clear]]" in text_of(page)
    assert "<form" not in page.text
    assert now(database, organization)["name"] == "Nordwind AG"


@pytest.mark.parametrize("role", ["template-admin", "card-admin"])
def test_other_roles_do_not_see_them(as_role: Callable[..., Admin], role: str) -> None:
    as_role(role).get(PAGE, 403)
