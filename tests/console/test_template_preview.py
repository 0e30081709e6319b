"""The preview: the real card page of somebody real, by the draft or by what is typed, and nothing is saved by it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from app.auth.sign_in.roles import AUDITOR, TEMPLATE_ADMIN
from app.cards import editing
from app.directory import users
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.console.conftest import Admin, text_of
from tests.console.templates import Editor, draft, picture, template


@pytest.fixture
def editor(owner: Admin, nordwind: Company) -> Editor:
    """The editor of Sales."""
    return Editor(owner, template(nordwind).id)


def person(company: Company, name: str) -> str:
    """The id of somebody."""
    with company.database.read(company.organization_id) as reader:
        return users.person_named(reader, f"{name}@nordwind.example")


def previewed(editor: Editor, **typed: str) -> TestResponse:
    """The card as the form would make it with something else typed."""
    return editor.admin.post(f"{editor.here}/preview", 200, **{**editor.fields, **typed})


def test_the_card_of_a_chosen_person_is_as_the_form_would_make_it(editor: Editor, nordwind: Company) -> None:
    ines = person(nordwind, "ines")
    typed = {"person": ines, editor.place("E-mail", "label"): "Write to me"}

    seen = text_of(previewed(editor, **typed))

    assert "Ines" in seen
    assert "CFO" in seen
    assert "Write to me" in seen
    assert draft(nordwind) is None


def test_somebody_without_a_card_is_shown_as_if_they_had_one(editor: Editor, nordwind: Company) -> None:
    seen = text_of(previewed(editor, person=person(nordwind, "nora")))

    assert "Nora" in seen
    assert "/c/preview" in seen


def test_an_own_value_of_the_card_is_shown(editor: Editor, nordwind: Company, owner: Admin) -> None:
    ines = person(nordwind, "ines")
    card = nordwind.card_ids()["ines", "Sales"]
    nordwind.write(lambda tx: editing.set_value(tx, card, "note", "At sea"))

    assert "At sea" in text_of(previewed(editor, person=ines))


def test_what_is_wrong_is_said_in_place_of_a_preview(editor: Editor) -> None:
    answer = previewed(editor, **{"design.accent": "blue"})

    assert answer.mimetype == "text/plain"
    assert answer.text == "Accent must be a colour such as #0b5fff, not 'blue'."


def test_the_preview_has_the_colours_and_pictures_of_the_form(editor: Editor, owner: Admin) -> None:
    editor.press("upload", files={"design.logo.file": (picture("green"), "logo.png")})
    page = previewed(editor, **{"design.accent": "#123456"}).text

    sheet = owner.get(re.findall(r'href="([^"]+/theme\.css)"', page)[0])
    logo = owner.get(re.findall(r'src="([^"]+/logo)"', page)[0])
    code = owner.get(re.findall(r'src="([^"]+/qr\.svg)"', page)[0])

    assert "--accent:#123456" in sheet.text
    assert logo.mimetype == "image/png"
    assert code.mimetype == "image/svg+xml"


def test_without_a_form_it_shows_the_draft(editor: Editor, owner: Admin, nordwind: Company) -> None:
    ines = person(nordwind, "ines")
    editor.fields[editor.place("E-mail", "label")] = "Write to me"
    editor.save()

    page = owner.get(f"{editor.here}/preview", person=ines)

    contact = owner.get(re.findall(r'href="([^"]+\.vcf)"', page.text)[0])
    assert "Write to me" in text_of(page)
    assert contact.mimetype == "text/vcard"
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")


def test_an_empty_directory_shows_a_made_up_person(
    as_role: Callable[..., Admin], new_organization: Callable[..., Organization]
) -> None:
    admin = as_role(TEMPLATE_ADMIN, of=new_organization("globex"))
    made = admin.post("/console/templates/new", name="Everybody").headers["Location"]

    page = admin.get(made.replace("/edit", "/preview"))

    assert "Sam Sample" in text_of(page)
    assert "there is nobody in the directory yet" in text_of(admin.get(made)).lower()
    admin.get(re.findall(r'src="([^"]+/qr\.svg)"', page.text)[0])


@pytest.mark.parametrize(
    ("find", "names"),
    [
        ("NORA", ["nora@nordwind.example"]),
        ("nobody", []),
        ("%", []),
        ("_nes", []),
        ("nora@", ["nora@nordwind.example"]),
    ],
    ids=["a name", "nobody", "a percent sign", "an underscore", "a user name"],
)
def test_people_are_found_by_name(editor: Editor, find: str, names: list[str]) -> None:
    page = editor.open(find=find)

    offered = re.findall(r'<span class="soft">([a-z]+@nordwind\.example)</span>', page.text)
    assert offered[1:] == names


def test_finding_somebody_keeps_what_is_typed(editor: Editor) -> None:
    editor.fields |= {"name": "Sales team", "find": "nora"}

    page = editor.press("find")

    assert "nora@nordwind.example" in page.text
    assert editor.fields["name"] == "Sales team"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"accent": "#0b5fff", "background": "#ffffff", "theme": "auto"}, "fine\tWhite text on the accent colour: 5"),
        ({"accent": "#f5a400", "background": "#ffffff", "theme": "auto"}, "poor\tButtons hardly stand out"),
        ({"accent": "#f5a400", "background": "#ffffff", "theme": "dark"}, "fine\tButtons stand out"),
        ({"accent": "blue"}, "poor\tColours are written as #"),
    ],
    ids=["readable", "too pale", "on dark", "no colour"],
)
def test_colours_are_judged_as_one_types(owner: Admin, query: dict[str, str], said: str) -> None:
    answer = owner.http.get("/console/templates/contrast", query_string=query, base_url="https://cards.example")

    assert said in answer.text


@pytest.mark.parametrize("look", ["x", "W10", "WyJyZWQiLCIjZmZmZmZmIiwiYXV0byIsbnVsbCxudWxsLG51bGxd", "%00"])
def test_a_look_that_no_preview_asks_for_is_not_there(editor: Editor, owner: Admin, look: str) -> None:
    owner.get(f"{editor.here}/preview/specimen/{look}/theme.css", 404)


def test_whoever_only_sees_templates_sees_drafts_and_sends_no_form(
    editor: Editor, as_role: Callable[..., Admin]
) -> None:
    auditor = as_role(AUDITOR)

    auditor.get(f"{editor.here}/preview")
    auditor.post(f"{editor.here}/preview", 403, **{**editor.fields, "csrf_token": auditor.csrf})


def test_nothing_of_another_organization_is_previewed(
    editor: Editor, nordwind: Company, as_role: Callable[..., Admin], new_organization: Callable[..., Organization]
) -> None:
    globex = new_organization("globex")
    stranger, ines = as_role(TEMPLATE_ADMIN, of=globex), person(nordwind, "ines")
    theirs = stranger.post("/console/templates/new", name="Everybody").headers["Location"].removesuffix("/edit")
    look = re.findall(r"/preview/([^/]+/[^/]+)/theme", editor.admin.get(f"{editor.here}/preview").text)[0]

    assert "Ines" not in text_of(stranger.get(f"{theirs}/preview", person=ines))
    stranger.get(f"{editor.here}/preview", 404)
    stranger.get(f"{theirs}/preview/{ines}/{look.split('/')[1]}.vcf", 404)
