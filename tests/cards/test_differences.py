"""What is said of a version: how it differs from the one before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.cards.layout import Design, Item, Layout, Leaver, Video
from app.cards.template_store import Template
from app.cards.versioning.differences import differences, sentence

MAIL = Item("mail", "E-mail", "email", "always", "emails.value")
WEB = Item("web", "Website", "url", "never", value="https://nordwind.example")
PHOTO = Item("photo", "photo", "photo", "always", 'photos[type eq "photo"].value')
PLAIN = Layout(fields=(MAIL, WEB))


@pytest.mark.parametrize(
    ("after", "said"),
    [
        pytest.param(PLAIN, "nothing changed", id="nothing"),
        pytest.param(Layout(), "E-mail, Website removed", id="fields removed"),
        pytest.param(replace(PLAIN, photo=PHOTO), "photo added", id="a photo"),
        pytest.param(replace(PLAIN, fields=(WEB, MAIL)), "order changed", id="another order"),
        pytest.param(replace(PLAIN, fields=(WEB,)), "E-mail removed", id="what stays keeps its order"),
        pytest.param(replace(PLAIN, fields=(MAIL, replace(WEB, label="Site"))), "Site changed", id="another label"),
        pytest.param(replace(PLAIN, fields=(MAIL, replace(WEB, required=True))), "Website changed", id="required"),
        pytest.param(replace(PLAIN, fields=(MAIL, replace(WEB, once_since=4))), "nothing changed", id="once since"),
        pytest.param(replace(PLAIN, design=Design(accent="#000000")), "design changed", id="design"),
        pytest.param(replace(PLAIN, video=Video("https://v.example")), "video added", id="a video"),
        pytest.param(replace(PLAIN, leaver=Leaver(show="nothing")), "leaver page changed", id="leaver page"),
        pytest.param(
            Layout(Design(theme="dark"), fields=(replace(MAIL, sync="once"), replace(PHOTO, key="more", label="More"))),
            "More added; Website removed; E-mail changed; design changed",
            id="all at once",
        ),
    ],
)
def test_a_version_is_told_by_what_it_changed(after: Layout, said: str) -> None:
    before = Template("id", "Sales", PLAIN, 1)

    assert sentence(differences(before, replace(before, layout=after, version=2))) == said


def test_another_name_is_told_first() -> None:
    before = Template("id", "Sales", PLAIN, 1)

    told = differences(before, replace(before, name="Selling", layout=replace(PLAIN, fields=(MAIL,))))

    assert told == ("renamed from Sales", "Website removed")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param("https://v.example/1", "https://v.example/2", ("video changed",), id="another"),
        pytest.param("https://v.example/1", None, ("video removed",), id="none any more"),
    ],
)
def test_a_video_is_told(before: str, after: str | None, said: tuple[str, ...]) -> None:
    first = Template("id", "Sales", replace(PLAIN, video=Video(before)), 1)
    second = replace(first, layout=replace(PLAIN, video=Video(after) if after else None))

    assert differences(first, second) == said
