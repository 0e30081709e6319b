"""The form of a template by itself: what stands in it is judged by the rules of the file, place by place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cards.designing.judging import judged
from app.cards.designing.typed import YES, Typed, of_template, read
from app.cards.layout import Design, Layout
from app.cards.pages.contrast import advice
from app.cards.starting import STARTING
from tests.cards import layouts

PICTURES = ("a" * 64, "b" * 64)
FORM = of_template("Sales", STARTING)
MOBILE, OFFICE, MAIL, ADDRESS = FORM.rows


@given(layouts.lines(128), layouts.layouts(PICTURES))
def test_a_form_that_nobody_has_touched_says_what_its_template_says(name: str, layout: Layout) -> None:
    judgement = judged(of_template(name, layout), PICTURES)

    assert judgement.problems == {}
    assert (judgement.name, judgement.layout) == (name, layout)


@given(st.dictionaries(st.sampled_from(sorted(FORM.values)), layouts.texts | st.just("")))
def test_whatever_is_typed_is_a_template_or_wrong_at_a_place_of_the_form(typed: dict[str, str]) -> None:
    judgement = judged(FORM.put(typed), PICTURES)

    assert (judgement.layout is None) == bool(judgement.problems)
    assert set(judgement.problems) <= set(FORM.values) | {f"field.{row}.source" for row in FORM.rows}


WRONG = [
    pytest.param("name", "", "A template needs a name.", id="no name"),
    pytest.param("name", "two\nlines", "Name must not contain control characters or several lines.", id="lines"),
    pytest.param("design.accent", "blue", "Accent must be a colour such as #0b5fff, not 'blue'.", id="a colour's name"),
    pytest.param("design.theme", "dim", "Unknown design.theme 'dim'; known are auto, light, dark.", id="theme"),
    pytest.param(
        "design.logo", "f" * 64, "Logo names a picture that is not kept any more", id="a picture that is gone"
    ),
    pytest.param(
        "general.title.source", "jobTitle", "Source 'jobTitle' is not a path to a SCIM attribute", id="no path"
    ),
    pytest.param("general.title.source", "name", "Source 'name' names a whole entry", id="a whole entry"),
    pytest.param("general.title.editable", YES, "Editable does not go with sync: always", id="always and editable"),
    pytest.param("photo.source", "nothing[", "Source 'nothing[' is not a path", id="the photo's source"),
    pytest.param("general.title.sync", "sometimes", "Unknown sync mode 'sometimes'", id="sync mode"),
    pytest.param(f"field.{MOBILE}.label", "", "A field needs a label.", id="no label"),
    pytest.param(f"field.{MAIL}.label", "mobile", "Label 'mobile' is taken by another field.", id="a label twice"),
    pytest.param(f"field.{MAIL}.label", "title", "Label 'title' is the name of a general slot.", id="a slot's name"),
    pytest.param(f"field.{MAIL}.source", "", "Sync: always needs a source.", id="no source"),
    pytest.param(f"field.{MAIL}.value", "x" * 4001, "Value must not be longer than 4000 characters.", id="too long"),
    pytest.param("video.url", "video.example", "Url must be a web address such as https://", id="no address"),
    pytest.param("video.poster", PICTURES[0], "A video needs a url.", id="a poster alone"),
    pytest.param("leaver.show", "successor", "Show is successor, so leaver.successor must name one.", id="nobody"),
]
BESIDE = {
    f"field.{MAIL}.source": f"field.{MAIL}.sync",
    "video.poster": "video.url",
    "leaver.show": "leaver.show",
}
"""Where something is said that is not said where it was typed."""


@pytest.mark.parametrize(("place", "text", "said"), WRONG)
def test_what_is_wrong_is_said_at_its_place(place: str, text: str, said: str) -> None:
    judgement = judged(FORM.put({place: text}), PICTURES)

    assert judgement.layout is None
    assert list(judgement.problems) == [BESIDE.get(place, place)]
    assert " ".join(judgement.problems[BESIDE.get(place, place)]).startswith(said)


@pytest.mark.parametrize(
    ("labels", "keys"),
    [
        (["Book a meeting"], ["book-a-meeting"]),
        (["Büro Zürich"], ["buro-zurich"]),
        (["Mobile"], ["mobile-2"]),
        (["Title!"], ["title-2"]),
        (["電話", "携帯"], ["field", "field-2"]),
        (["24 hours"], ["field-24-hours"]),
        (["x" * 64], ["x" * 40]),
    ],
    ids=["words", "accents", "taken", "a slot's", "no letters", "a digit first", "long"],
)
def test_new_fields_get_keys_from_their_labels(labels: list[str], keys: list[str]) -> None:
    typed = Typed(FORM.values, FORM.rows[1:]) if labels != ["Mobile"] else FORM
    for label in labels:
        typed, row = typed.added("text")
        typed = typed.put({f"field.{row}.label": f"{label} " if label == "Mobile" else label})

    layout = judged(typed, PICTURES).layout

    assert layout is not None
    assert [item.key for item in layout.fields[-len(keys) :]] == keys


@pytest.mark.parametrize(
    ("row", "by", "order"),
    [
        (OFFICE, -1, [OFFICE, MOBILE, MAIL, ADDRESS]),
        (OFFICE, 1, [MOBILE, MAIL, OFFICE, ADDRESS]),
        (MOBILE, -1, [MOBILE, OFFICE, MAIL, ADDRESS]),
        (ADDRESS, 1, [MOBILE, OFFICE, MAIL, ADDRESS]),
        ("99", 1, [MOBILE, OFFICE, MAIL, ADDRESS]),
    ],
    ids=["up", "down", "up at the top", "down at the bottom", "none"],
)
def test_a_field_moves_within_the_list(row: str, by: int, order: list[str]) -> None:
    assert list(FORM.moved(row, by).rows) == order


@pytest.mark.parametrize("kind", ["text", "phone", "email", "url", "address", "social", "date"])
def test_a_new_field_of_each_kind_needs_nothing_but_a_label(kind: str) -> None:
    typed, row = FORM.added(kind)

    judgement = judged(typed.put({f"field.{row}.label": "Something else"}), PICTURES)

    assert judgement.problems == {}


def test_rows_are_read_in_the_order_of_the_page_and_line_breaks_as_one_character() -> None:
    typed = read([("row", "2"), ("row", "1"), ("row", "2"), ("row", "x"), ("field.1.value", "a\r\nb\rc")])

    assert typed.rows == ("2", "1")
    assert typed.get("field.1.value") == "a\nb\nc"


@pytest.mark.parametrize(
    ("design", "fine", "said"),
    [
        (Design("#0b5fff", "#ffffff"), [True, True, True], "White text on the accent colour: 5"),
        (Design("#f5a400", "#ffffff"), [True, False, False], "Black text on the accent colour: 10.1 to 1"),
        (Design("#767676", "#ffffff"), [True, True, True], "White text on the accent colour: 4.5 to 1"),
        (Design("#777777", "#ffffff"), [True, False, True], "would have 4.4 to 1, and text needs 4.5 to 1"),
        (Design("#ffffff", "#ffffff", "dark"), [True, True, True], "Black text on the accent colour: 21 to 1"),
        (Design("#101010", "#ffffff", "dark"), [True, False, False], "Buttons hardly stand out"),
    ],
    ids=["blue", "amber", "just enough", "just not", "white on dark", "black on dark"],
)
def test_colours_are_judged_in_words(design: Design, fine: list[bool], said: str) -> None:
    found = advice(design)

    assert [one.fine for one in found] == fine
    assert said in " ".join(one.said for one in found)
