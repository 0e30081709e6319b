"""What a form that was sent comes to: what is changed, what is refused, what became something else meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.cards.holding.form import form_of
from app.cards.holding.items import fingerprint, standings
from app.cards.holding.submission import Submission, judge, with_typed
from app.cards.layout import Item, Layout
from app.cards.rendering import render
from app.cards.view import ADMIN, PERSON, CardSource, OwnValue
from app.directory.settings import OrganizationSettings

NOW = datetime(2026, 11, 25, 9, 5, tzinfo=UTC)
SETTINGS = OrganizationSettings(phone_region="CH")
LAYOUT = Layout(
    general=(
        Item("name", "name", "text", "always"),
        Item("title", "title", "text", "unless_edited", source="title", editable=True),
        Item("company", "company", "text", "never", value="Nordwind AG"),
        Item("headline", "headline", "text", "never", editable=True, placeholder="What do you do?"),
    ),
    fields=(
        Item(
            "mobile", "Mobile", "phone", "unless_edited", source='phoneNumbers[type eq "mobile"].value', editable=True
        ),
        Item("office", "Office", "address", "unless_edited", source='addresses[type eq "work"]', editable=True),
        Item("since", "Since", "date", "once", source="nickName", editable=True),
        Item("site", "Site", "url", "never", value="https://nordwind.example", editable=True),
        Item("desk", "Desk", "text", "unless_edited", source="locale"),
    ),
    photo=Item("photo", "photo", "photo", "unless_edited", editable=True),
)
DOCUMENT: dict[str, Any] = {
    "displayName": "Ines Jones",
    "title": "CFO",
    "phoneNumbers": [{"type": "mobile", "value": "+41 79 555 01 00"}],
    "addresses": [{"type": "work", "streetAddress": "Quaistrasse 4", "postalCode": "8001", "locality": "Zürich"}],
    "nickName": "1.4.2019",
}


def card(own: dict[str, str | None] | None = None, by: str = PERSON, **document: Any) -> CardSource:
    """Ines' card; `own` are values set on it."""
    return CardSource(
        public_id="0" * 26, organization="Nordwind AG", phone_region="CH", clear_marker="[[clear]]", template="Sales",
        layout=LAYOUT, document={**DOCUMENT, **document}, once={}, versions=(1, 1, 1), revised=NOW,
        own={key: OwnValue(value, by, NOW) for key, value in (own or {}).items()},
    )  # fmt: skip


def as_browsers_send(source: CardSource, **typed: str) -> Submission:
    """The form of a card with some of its fields typed over, as a browser sends it: all of them, in their own line breaks."""
    form = form_of(source, standings(source, render(source, "")))
    held = {one.key: one.text if one.control.type == "textarea" else one.text.replace("\n", "") for one in form.entries}
    values = {key: text.replace("\n", "\r\n") for key, text in {**held, **typed}.items()}
    return Submission(values, {entry.key: entry.was for entry in form.entries}, frozenset())


def judged(source: CardSource, sent: Submission) -> Any:
    return judge(sent, standings(source, render(source, "")), SETTINGS)


def test_a_form_that_nobody_touched_changes_nothing() -> None:
    source = card({"headline": "Numbers, mostly", "title": None}, title="C\nFO ")

    judgement = judged(source, as_browsers_send(source))

    assert (judgement.stands, judgement.values, judgement.reverted) == (True, {}, ())


def test_what_the_directory_changed_meanwhile_is_no_matter_to_fields_that_nobody_touched() -> None:
    sent = as_browsers_send(card(), headline="Numbers, mostly")

    judgement = judged(card(title="CEO"), sent)

    assert (judgement.stands, judgement.values) == (True, {"headline": "Numbers, mostly"})


@pytest.mark.parametrize(
    ("own", "key", "typed", "values"),
    [
        pytest.param({}, "title", "Chair", {"title": "Chair"}, id="typed over the directory's"),
        pytest.param({}, "title", "", {"title": ""}, id="emptied"),
        pytest.param({}, "title", " CFO ", {}, id="blanks around it are no change"),
        pytest.param({}, "headline", "Numbers", {"headline": "Numbers"}, id="filled for the first time"),
        pytest.param({}, "office", "Quaistrasse 4\n8001 Zürich", {}, id="an address as it stands in lines"),
        pytest.param(
            {}, "office", "Quaistrasse 5\n8001 Zürich", {"office": "Quaistrasse 5\r\n8001 Zürich"}, id="lines"
        ),
        pytest.param({"site": None}, "site", "", {}, id="still emptied"),
        pytest.param({"title": "Chair"}, "title", "CFO", {"title": "CFO"}, id="back to the directory's words by hand"),
    ],
)
def test_what_is_typed_is_set(own: dict[str, str | None], key: str, typed: str, values: dict[str, str]) -> None:
    source = card(own)

    judgement = judged(source, as_browsers_send(source, **{key: typed}))

    assert (judgement.stands, judgement.values) == (True, values)


def test_a_field_that_changed_meanwhile_is_asked_about_once() -> None:
    sent = as_browsers_send(card(), title="Chair")

    first = judged(card(title="CEO"), sent)
    again = judged(card(title="CEO"), replace(sent, was={**sent.was, "title": fingerprint(LAYOUT.general[1], "CEO")}))

    assert (first.stands, first.conflicts) == (False, frozenset({"title"}))
    assert (again.stands, again.values) == (True, {"title": "Chair"})


def test_two_who_write_the_same_do_not_disagree() -> None:
    sent = as_browsers_send(card(), title="Chair")

    judgement = judged(card({"title": "Chair"}, by=ADMIN), sent)

    assert (judgement.stands, judgement.values) == (True, {})


def test_an_own_value_is_given_back_and_what_was_never_own_is_not() -> None:
    source = card({"title": "Chair"})

    judgement = judged(source, replace(as_browsers_send(source), reverted=frozenset({"title", "mobile"})))

    assert (judgement.stands, judgement.values, judgement.reverted) == (True, {}, ("title",))


@pytest.mark.parametrize(
    ("key", "typed", "reason"),
    [
        pytest.param("mobile", "later", "Mobile must be a telephone number", id="phone"),
        pytest.param("site", "javascript:alert(1)", "Site must be a web address", id="url"),
        pytest.param("since", "2019-02-30", "Since must be a date", id="date"),
        pytest.param("title", "C\nO", "title must not contain a line break", id="lines in a slot"),
        pytest.param("title", "x" * 256, "title must have at most 255 characters", id="too long"),
        pytest.param("headline", "[[clear]]", "headline cannot be", id="the clear marker"),
    ],
)
def test_what_a_kind_does_not_take_is_refused_and_everything_that_was_typed_stays(
    key: str, typed: str, reason: str
) -> None:
    source = card()
    sent = as_browsers_send(source, **{key: typed}, office="Elsewhere 1")

    judgement = judged(source, sent)
    form = form_of(source, standings(source, render(source, "")), sent, judgement)

    assert (judgement.stands, list(judgement.problems)) == (False, [key])
    assert judgement.problems[key].startswith(reason)
    assert {entry.key: entry.text for entry in form.entries}["office"] == "Elsewhere 1"
    assert [entry.key for entry in form.wrong] == [key]


@pytest.mark.parametrize("key", ["name", "company", "desk", "photo", "shoes"])
@pytest.mark.parametrize("way", ["value", "revert"])
def test_what_is_not_the_holders_is_refused_however_it_is_asked_for(key: str, way: str) -> None:
    source = card()
    sent = as_browsers_send(source, title="Chair")
    if way == "value":
        sent = replace(sent, values={**sent.values, key: "x"})
    else:
        sent = replace(sent, reverted=frozenset({key}))

    judgement = judged(source, sent)

    assert (judgement.stands, judgement.locked) == (False, (key,))


def test_the_form_says_who_looks_after_what_and_where_each_value_came_from() -> None:
    source = card({"title": "Chair", "headline": None})

    form = form_of(source, standings(source, render(source, "")))

    assert [(locked.label, locked.text, locked.owner) for locked in form.locked] == [
        ("Name", "Ines Jones", "directory"),
        ("Company", "Nordwind AG", "company"),
        ("Desk", "", "directory"),
    ]
    assert [(entry.label, entry.text, entry.origin, entry.underneath) for entry in form.entries] == [
        ("Title", "Chair", "person", "CFO"),
        ("Headline", "", "emptied", ""),
        ("Mobile", "+41 79 555 01 00", "directory", "+41 79 555 01 00"),
        ("Office", "Quaistrasse 4\n8001 Zürich", "directory", "Quaistrasse 4\n8001 Zürich"),
        ("Since", "1.4.2019", "directory", "1.4.2019"),
        ("Site", "https://nordwind.example", "template", "https://nordwind.example"),
    ]


def test_a_date_that_is_none_keeps_an_input_that_can_hold_it() -> None:
    controls = {}
    for text in ("1.4.2019", "2019-04-01", None):
        source = card(nickName=text)
        [entry] = [one for one in form_of(source, standings(source, render(source, ""))).entries if one.key == "since"]
        controls[text] = entry.control.type

    assert controls == {"1.4.2019": "text", "2019-04-01": "date", None: "date"}


def test_a_preview_shows_what_is_typed_be_it_finished_or_not_and_nothing_that_is_not_the_holders() -> None:
    source = card({"site": "https://ines.example"})
    typed = as_browsers_send(source, mobile="+41 7", title="")
    sent = replace(typed, values={**typed.values, "company": "Mine"}, reverted=frozenset({"site"}))

    view = render(with_typed(source, sent, standings(source, render(source, "")), NOW), "")

    assert view.values["Mobile"] == "+41 7"
    assert "title" not in view.values
    assert (view.values["company"], view.values["Site"]) == ("Nordwind AG", "https://nordwind.example")


def test_of_a_name_that_comes_twice_the_first_counts() -> None:
    sent = Submission.read([("value.title", "Chair"), ("value.title", "CEO"), ("revert", "site"), ("other", "x")])

    assert (sent.values, sent.was, sent.reverted) == ({"title": "Chair"}, {}, frozenset({"site"}))
    assert sent.keys == ["title", "site"]
