"""The template editor in a browser that runs no scripts: every act is a button of its form, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from app.cards.layout import Leaver, Video
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of
from tests.console.templates import Editor, draft, picture, template


@pytest.fixture
def editor(owner: Admin, nordwind: Company) -> Editor:
    """The editor of Sales."""
    return Editor(owner, template(nordwind).id)


def test_saving_what_nobody_has_changed_makes_no_draft(editor: Editor, nordwind: Company) -> None:
    said = editor.save()

    assert "There was nothing to save" in text_of(said)
    assert draft(nordwind) is None


def test_a_whole_template_is_designed(editor: Editor, nordwind: Company, audited: Callable[[str], list[Any]]) -> None:
    editor.fields |= {
        "name": "Sales team",
        "design.accent": " #112233 ",
        "design.theme": "dark",
        "general.accreditations.on": "yes",
        "general.headline.placeholder": "What are you proud of?",
        editor.place("Mobile", "sync"): "once",
        editor.place("E-mail", "required"): "yes",
        editor.place("Note", "value"): "Two\r\nlines",
        "video.url": "https://video.nordwind.example/intro",
        "leaver.show": "company",
        "leaver.email": "hello@nordwind.example",
    }
    del editor.fields["general.department.on"]

    said = editor.save()

    made = draft(nordwind)
    assert "The draft is saved." in text_of(said)
    assert made is not None
    items = {item.key: item for item in made.layout.items()}
    assert (made.name, made.layout.design.accent, made.layout.design.theme) == ("Sales team", "#112233", "dark")
    assert [item.key for item in made.layout.general] == [
        "name", "accreditations", "title", "company", "headline"
    ]  # fmt: skip
    assert (items["headline"].placeholder, items["mobile"].sync) == ("What are you proud of?", "once")
    assert (items["mail"].required, items["note"].value) == (True, "Two\nlines")
    assert made.layout.video == Video("https://video.nordwind.example/intro")
    assert made.layout.leaver == Leaver("company", "hello@nordwind.example")
    assert [line.actor for line in audited("template.drafted")] == ["visitor:an-admin@nordwind.example"]


def test_a_draft_changes_no_card_and_is_what_the_editor_opens_with(
    editor: Editor, nordwind: Company, owner: Admin
) -> None:
    before = template(nordwind)
    editor.fields["design.accent"] = "#112233"

    editor.save()

    assert template(nordwind) == before
    assert editor.fields["design.accent"] == "#112233"
    assert "design changed" in text_of(editor.open())


def test_saving_what_is_published_gives_the_draft_up(editor: Editor, nordwind: Company) -> None:
    accent = editor.fields["design.accent"]
    editor.fields["design.accent"] = "#112233"
    editor.save()

    editor.fields["design.accent"] = accent
    said = editor.save()

    assert "there is no draft any more" in text_of(said)
    assert draft(nordwind) is None


def test_fields_are_added_moved_and_removed_and_what_is_typed_stays(editor: Editor, nordwind: Company) -> None:
    editor.fields |= {"name": "Sales team", "new.kind": "url"}
    editor.press("add")
    added = editor.rows[-1]
    editor.fields |= {
        f"field.{added}.label": "Book a meeting",
        f"field.{added}.placeholder": "https://meet.example/you",
    }
    editor.press(f"up:{added}")
    editor.press(f"up:{added}")
    editor.press(f"down:{editor.rows[0]}")
    editor.press(f"remove:{editor.rows[-1]}")
    unsaved = draft(nordwind)

    editor.save()

    made = draft(nordwind)
    assert unsaved is None
    assert made is not None
    assert made.name == "Sales team"
    assert [item.key for item in made.layout.fields] == [
        "mobile", "mail", "office", "site", "book-a-meeting", "since"
    ]  # fmt: skip
    assert next(item for item in made.layout.fields if item.kind == "url" and item.key != "site").editable


def test_save_and_publish_leads_to_what_it_would_do(editor: Editor, owner: Admin) -> None:
    editor.fields["design.accent"] = "#112233"

    answer = owner.post(f"{editor.here}/edit", 303, **editor.fields, act="publish")

    assert "Version 1 → 2: design changed." in text_of(owner.follow(answer))


@pytest.mark.parametrize(
    ("place", "text", "said"),
    [
        ("name", "Wardens", "There is a template 'Wardens' already; choose another name."),
        ("design.accent", "blue", "Accent must be a colour such as #0b5fff, not 'blue'."),
        ("general.title.source", "jobTitle", "Source 'jobTitle' is not a path to a SCIM attribute"),
        ("video.url", "video.example", "Url must be a web address such as"),
        ("leaver.email", "hello", "Email must be an e-mail address, not 'hello'."),
    ],
    ids=["a name that is taken", "a colour", "a source", "an address", "the leaver page"],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    editor: Editor, nordwind: Company, place: str, text: str, said: str
) -> None:
    editor.fields |= {"general.headline.placeholder": "What next?", "leaver.show": "company", place: text}
    sent = dict(editor.fields)

    page = editor.press("save", 422)

    at_field = page.text[page.text.index(f'id="{place}-said"') :]
    assert said in at_field[: at_field.index("</div>")].replace("&#39;", "'")
    assert f'href="#{place}"' in page.text
    assert editor.fields == sent
    assert draft(nordwind) is None


def test_sync_modes_are_explained_in_a_sentence(editor: Editor) -> None:
    seen = text_of(editor.open())

    assert "Shows what the directory says, at once after every push." in seen
    assert "The directory has no say" in seen


def test_sources_are_those_really_seen_in_the_directory(editor: Editor, nordwind: Company) -> None:
    nordwind.hire("kim", title="[[clear]]", nickName="Kimi", **{"urn:example:hr:User": {"badge": "A 17"}})

    page = editor.open()

    seen = text_of(page).replace("&#34;", '"')
    assert 'phoneNumbers[type eq "mobile"].value 1 of 4 +41 79 555 01 00' in seen
    assert "urn:example:hr:User:badge 1 of 4 A 17" in seen
    assert 'addresses[type eq "work"] 1 of 4 Quaistrasse 4, 8001, Zürich' in seen
    assert "title 1 of 4 CFO" in seen
    assert "profileUrl 0 of 4 –" in seen
    assert "1 of 4 people, such as “+41 79 555 01 00”" in page.text


def test_pictures_are_uploaded_kept_through_mistakes_and_removed(editor: Editor, nordwind: Company) -> None:
    editor.fields["design.accent"] = "blue"
    wrong = editor.press("save", 422, {"design.logo.file": (picture(), "logo.png")})
    logo = editor.fields["design.logo"]
    editor.fields["design.accent"] = "#112233"
    editor.save()
    saved = draft(nordwind)
    editor.fields["design.logo.off"] = "yes"

    editor.save()

    removed = draft(nordwind)
    assert f"/console/templates/pictures/{logo}" in wrong.text
    assert saved is not None
    assert saved.layout.design.logo == logo
    assert removed is not None
    assert removed.layout.design.logo is None


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"%PDF-1.7", "logo.png is not a PNG, JPEG or WebP picture."),
        (b"x" * (1024 * 1024 + 1), "logo.png has more than 1024 kB."),
        (picture(size=(5000, 4000)).getvalue(), "logo.png has more than 16 megapixels."),
    ],
    ids=["no picture", "too large", "too many pixels"],
)
def test_what_is_no_picture_is_refused_at_its_field(editor: Editor, file: bytes, said: str) -> None:
    editor.fields["name"] = "Sales team"

    page = editor.press("save", 422, {"design.logo.file": (BytesIO(file), "logo.png")})

    assert said in text_of(page)
    assert editor.fields["name"] == "Sales team"


def test_a_form_that_somebody_else_has_overtaken_is_not_saved_before_that_is_known(
    editor: Editor, nordwind: Company, owner: Admin
) -> None:
    other = Editor(owner, template(nordwind).id)
    other.fields["design.accent"] = "#aa0000"
    other.save()
    editor.fields["name"] = "Sales team"

    page = editor.press("save", 409)
    editor.save()

    made = draft(nordwind)
    assert "The draft has been saved since you opened this form: design changed." in text_of(page)
    assert made is not None
    assert made.name == "Sales team"


def test_a_version_that_was_published_meanwhile_is_told_with_what_it_changed(editor: Editor, nordwind: Company) -> None:
    nordwind.apply('templates: [{name: Sales, general: {name: {sync: always}}, design: {accent: "#112233"}}]')

    page = editor.press("save", 409)

    assert "Version 2 has been published since you opened this form: " in text_of(page)
    assert "design changed" in text_of(page)


def test_a_draft_of_an_earlier_version_says_so_and_can_be_saved_anew(
    editor: Editor, nordwind: Company, owner: Admin
) -> None:
    editor.fields["name"] = "Sales team"
    editor.save()
    nordwind.apply('templates: [{name: Sales, general: {name: {sync: always}}, design: {accent: "#112233"}}]')

    page = editor.open()
    editor.save()

    made = draft(nordwind)
    assert "This draft was made from version 1, and version 2 has been published since." in text_of(page)
    assert made is not None
    assert made.based_on == 2
    assert "renamed from Sales" in text_of(owner.get(f"{editor.here}/publish"))


def test_a_template_of_a_hundred_fields_is_saved(editor: Editor, nordwind: Company) -> None:
    for _ in range(100 - len(editor.rows)):
        editor.fields |= {"new.kind": "text"}
        row = str(max(map(int, editor.rows)) + 1)
        editor.fields["row"] = [*editor.rows, row]
        begun = {"label": f"Field {row}", "kind": "text", "sync": "never", "editable": "yes", "required": "yes"}
        editor.fields |= {f"field.{row}.{key}": text for key, text in begun.items()}
        editor.fields |= {f"field.{row}.{key}": "" for key in ("key", "service", "source", "value", "placeholder")}

    editor.save()
    editor.fields["row"] = [*editor.rows, "999"]
    page = editor.press("save", 422)

    made = draft(nordwind)
    assert made is not None
    assert len(made.layout.fields) == 100
    assert "must not be more than 100" in text_of(page)
