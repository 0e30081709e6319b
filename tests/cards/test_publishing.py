"""Drafts, publishing and restoring: one template is written, cards follow, and nobody's work is lost unseen."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest

from app.cards.applying.problems import BadFileError
from app.cards.fingerprints import PlanChangedError
from app.cards.listing import every
from app.core.errors import LanyardError, NotFound, Refused
from tests.cards.conftest import Company
from tests.cards.test_issuing import counted_statements
from tests.cards.versions import (
    BOUND,
    NEXT,
    draft,
    draft_of,
    proposal,
    publish,
    restore,
    template,
    version_numbers,
)


@pytest.fixture
def sales(nordwind: Company) -> Company:
    """Ines in sales, with a card that shows her title."""
    nordwind.hire("ines", title="CFO")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(BOUND)
    return nordwind


def shown(company: Company) -> dict[str, dict[str, str]]:
    """What each live card shows, by user name."""
    with company.database.read(company.organization_id) as reader:
        listed = every(reader, "https://cards.nordwind.example")
        return {(card.user_name or card.id).partition("@")[0]: card.values for card in listed}


def test_a_draft_shows_nowhere_until_it_is_published(sales: Company) -> None:
    draft(sales, NEXT)
    before = shown(sales)

    publish(sales)

    assert before == {"ines": {"name": "Ines", "title": "CFO"}}
    assert shown(sales) == {"ines": {"name": "Ines", "Website": "https://nordwind.example"}}
    assert draft_of(sales) is None
    assert version_numbers(sales) == [1, 2]
    assert sales.audited()[-2:] == ["template.drafted", "template.changed"]


@pytest.mark.parametrize("number", [3, 300])
def test_publishing_writes_one_template_however_many_cards(nordwind: Company, number: int) -> None:
    names = [f"person{one}" for one in range(number)]
    nordwind.hire(*names)
    nordwind.group("Cards - Sales", *names)
    nordwind.apply(BOUND)
    draft(nordwind, NEXT)

    with counted_statements(nordwind.database) as statements:
        publish(nordwind)

    told = [" ".join(one.split()[:3]).partition("(")[0].lower() for one in statements]
    assert [one for one in told if not one.startswith(("select", "begin"))] == [
        "update templates set",
        "update organizations set",
        "insert into template_versions",
        "delete from template_drafts",
        "insert into audit_log",
    ]
    assert len([one for one in told if one.startswith("select")]) == 4


def test_the_same_file_makes_the_same_draft_once(sales: Company) -> None:
    first = draft(sales, NEXT)
    again = draft(sales, NEXT)

    assert [(len(plan.save), len(plan.unchanged)) for plan in (first, again)] == [(1, 0), (0, 1)]
    assert sales.audited().count("template.drafted") == 1


def test_another_file_makes_another_draft_in_its_place(sales: Company) -> None:
    draft(sales, NEXT)
    draft(sales, "templates: [{name: Sales, general: {department: {}}}]")

    publish(sales)

    assert [item.key for item in template(sales).layout.items()] == ["name", "department"]


def test_a_file_that_says_what_is_published_gives_the_draft_up(sales: Company) -> None:
    draft(sales, NEXT)

    plan = draft(sales, "templates: [{name: Sales, general: {title: {}}}]")

    assert [one.name for one in plan.drop] == ["Sales"]
    assert draft_of(sales) is None
    assert sales.audited()[-1] == "template.draft_dropped"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        pytest.param(
            "organization: {name: Other}\n", 1, "the organization's settings would take effect", id="settings"
        ),
        pytest.param(
            "templates: [{name: Sales}]\nbindings:\n  - {group: G, template: Sales}\n",
            3,
            "bindings would",
            id="bindings",
        ),
        pytest.param("templates: [{name: Sales}]\nbindings: []\n", 1, "bindings would take effect", id="no bindings"),
        pytest.param("templates:\n  - name: Service\n", 2, "there is no template 'Service'", id="a new template"),
        pytest.param("templates: []\n", 1, "there is no template in the file", id="no template"),
    ],
)
def test_what_no_draft_is_made_of(sales: Company, text: str, line: int, reason: str) -> None:
    with pytest.raises(BadFileError, match=reason) as refused:
        draft(sales, text)

    assert line in {problem.line for problem in refused.value.problems}
    assert draft_of(sales) is None


def test_a_draft_of_an_old_version_is_refused_and_may_be_made_again(sales: Company) -> None:
    draft(sales, NEXT)
    sales.apply("templates: [{name: Sales, general: {title: {}, department: {}}}]")

    with pytest.raises(Refused, match="made from version 1, and version 2 has been published since"):
        publish(sales)
    draft(sales, NEXT)
    publish(sales)

    assert template(sales).version == 3


@pytest.mark.parametrize(
    ("name", "error", "reason"),
    [
        pytest.param("Sales", NotFound, "Sales has no draft; `lanyard apply FILE --draft` makes one", id="no draft"),
        pytest.param("Nothing", NotFound, "there is no template 'Nothing'", id="no template"),
    ],
)
def test_what_cannot_be_published(sales: Company, name: str, error: type[LanyardError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        publish(sales, name)


def test_a_bound_template_goes_on_syncing_something(sales: Company) -> None:
    draft(sales, "templates: [{name: Sales, general: {name: {sync: never, value: Sales desk}}}]")

    with pytest.raises(Refused, match="Sales is bound to Cards - Sales, and would sync nothing"):
        publish(sales)
    sales.apply("bindings: []")
    publish(sales)

    assert template(sales).version == 2


def test_what_was_looked_at_is_what_is_published(sales: Company) -> None:
    draft(sales, NEXT)
    looked_at = proposal(sales).fingerprint
    sales.change("ines", title="CEO")
    draft(sales, "templates: [{name: Sales}]")

    with pytest.raises(PlanChangedError, match="what this does is no longer plan"):
        publish(sales, plan=looked_at)
    draft(sales, NEXT)
    publish(sales, plan=looked_at)

    assert template(sales).version == 2


def test_of_two_who_publish_at_once_one_wins_and_the_other_is_told(sales: Company) -> None:
    draft(sales, NEXT)
    barrier = Barrier(2)

    def attempt() -> str:
        barrier.wait()
        try:
            publish(sales)
        except LanyardError as error:
            return str(error)
        return "published"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(future.result() for future in [pool.submit(attempt) for _ in range(2)])

    assert outcomes == ["Sales has no draft; `lanyard apply FILE --draft` makes one", "published"]
    assert version_numbers(sales) == [1, 2]


def test_publishing_and_restoring_at_once_come_one_after_the_other(sales: Company) -> None:
    draft(sales, NEXT)
    publish(sales)
    draft(sales, "templates: [{name: Sales, general: {department: {}}}]")
    barrier = Barrier(2)

    def attempt(step: Callable[[], object]) -> bool:
        barrier.wait()
        try:
            step()
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        steps: list[Callable[[], object]] = [partial(publish, sales), partial(restore, sales, 1)]
        outcomes = [future.result() for future in [pool.submit(attempt, step) for step in steps]]

    # A restoring that came first makes the draft one of an old version; one that came second is a version of its own.
    assert outcomes[1]
    assert template(sales).version == 3 + outcomes[0]


def test_restoring_publishes_an_old_version_anew(sales: Company) -> None:
    draft(sales, NEXT)
    publish(sales)

    restore(sales, 1)

    assert shown(sales) == {"ines": {"name": "Ines", "title": "CFO"}}
    assert (template(sales).version, version_numbers(sales)) == (3, [1, 2, 3])
    assert sales.audited()[-1] == "template.restored"


def test_what_is_once_again_counts_from_the_restored_version(sales: Company) -> None:
    sales.apply("templates: [{name: Sales, general: {title: {sync: once}}}]")
    sales.change("ines", title="CEO")
    sales.apply("templates: [{name: Sales, general: {title: {}}}]")

    restore(sales, 2)

    assert [item.once_since for item in template(sales).layout.once_items] == [4]
    assert shown(sales)["ines"]["title"] == "CEO"


def test_a_draft_stays_when_a_version_is_restored_and_is_of_an_old_version_then(sales: Company) -> None:
    sales.apply("templates: [{name: Sales}]")
    draft(sales, NEXT)

    restore(sales, 1)

    left = draft_of(sales)
    assert left is not None
    assert not left.is_of(template(sales))
    with pytest.raises(Refused, match="made from version 2, and version 3 has been published since"):
        publish(sales)


@pytest.mark.parametrize(
    ("number", "plan", "error", "reason"),
    [
        pytest.param(7, None, NotFound, "Sales has no version 7; `lanyard template versions`", id="no version"),
        pytest.param(3, None, Refused, "version 3 of Sales is the present one", id="the present one"),
        pytest.param(1, None, Refused, "Sales says what it said in version 1 already", id="the same"),
        pytest.param(2, "0123456789abcdef", PlanChangedError, "is no longer plan", id="another plan"),
    ],
)
def test_what_cannot_be_restored(
    sales: Company, number: int, plan: str | None, error: type[LanyardError], reason: str
) -> None:
    sales.apply("templates: [{name: Sales}]")
    sales.apply("templates: [{name: Sales, general: {title: {}}}]")

    with pytest.raises(error, match=reason):
        restore(sales, number, plan=plan)

    assert template(sales).version == 3
