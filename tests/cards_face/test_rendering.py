"""What a card shows, by template, directory and the card's own values."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from app.attributes.definitions import LANYARD_USER
from app.cards.layout import Layout
from app.cards.names import initials
from app.cards.rendering import NAMELESS
from app.cards.view import Name
from tests.cards_face.sources import ADDRESS, FULL, INES, MAIL, field, once, own, slot, view

TITLE = "Chief Financial Officer"
ON_THE_WEB = "https://photos.example/ines.png"
WITHOUT_TITLE = {key: value for key, value in INES.items() if key != "title"}
CLEARED = {**INES, "title": "[[clear]]"}


@pytest.mark.parametrize(
    ("options", "document", "values", "expected"),
    [
        pytest.param({"sync": "always"}, INES, {}, (TITLE, "directory"), id="always: the directory's"),
        pytest.param({"sync": "always", "value": "Staff"}, INES, {}, (TITLE, "directory"), id="always: before the template's"),
        pytest.param({"sync": "always", "value": "Staff"}, WITHOUT_TITLE, {}, ("Staff", "template"), id="always: none, so the template's"),
        pytest.param({"sync": "always", "value": "Staff"}, CLEARED, {}, ("Staff", "template"), id="always: cleared, so the template's"),
        pytest.param({"sync": "always"}, CLEARED, {}, None, id="always: cleared, so nothing"),
        pytest.param({"sync": "always"}, INES, {"own": {"title": own("Boss")}}, (TITLE, "directory"), id="always: whatever the card says"),
        pytest.param({"sync": "never"}, INES, {}, None, id="never: not the directory's"),
        pytest.param({"sync": "never", "value": "Staff"}, INES, {}, ("Staff", "template"), id="never: the template's"),
        pytest.param({"sync": "never", "value": "Staff"}, INES, {"own": {"title": own("Boss")}}, ("Boss", "person"), id="never: the card's own"),
        pytest.param({"sync": "never", "value": "Staff"}, INES, {"own": {"title": own(None)}}, None, id="never: emptied on the card"),
        pytest.param({"sync": "unless_edited"}, INES, {}, (TITLE, "directory"), id="unless_edited: the directory's"),
        pytest.param({"sync": "unless_edited"}, INES, {"own": {"title": own("Boss", "admin")}}, ("Boss", "admin"), id="unless_edited: edited"),
        pytest.param({"sync": "unless_edited", "value": "Staff"}, INES, {"own": {"title": own(None)}}, None, id="unless_edited: emptied"),
        pytest.param({"sync": "unless_edited", "value": "Staff"}, WITHOUT_TITLE, {}, ("Staff", "template"), id="unless_edited: none"),
        pytest.param({"sync": "once"}, INES, {}, (TITLE, "directory"), id="once: still the first"),
        pytest.param({"sync": "once"}, INES, {"once": {"title": once("Clerk")}}, ("Clerk", "directory"), id="once: the saved first"),
        pytest.param({"sync": "once"}, WITHOUT_TITLE, {"once": {"title": once("Clerk")}}, ("Clerk", "directory"), id="once: also when it is gone"),
        pytest.param({"sync": "once", "once_since": 4}, INES, {"once": {"title": once("Clerk", 3)}}, (TITLE, "directory"), id="once: saved for an earlier time"),
        pytest.param({"sync": "once"}, INES, {"once": {"title": once("Clerk")}, "own": {"title": own("Boss")}}, ("Boss", "person"), id="once: the card's own"),
        pytest.param({"sync": "always", "placeholder": "What do you do?"}, WITHOUT_TITLE, {}, None, id="a placeholder is never public"),
        pytest.param({"sync": "always"}, None, {}, None, id="no record at all"),
    ],
)  # fmt: skip
def test_title_shows(
    options: dict[str, Any], document: dict[str, Any] | None, values: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    shown = view(Layout(general=(slot("name"), slot("title", **options))), document, **values).general.get("title")

    assert (None if shown is None else (shown.text, shown.origin)) == expected


@pytest.mark.parametrize(
    ("document", "display", "short"),
    [
        pytest.param({"name": {"givenName": "Ines", "familyName": "JONES"}}, "Ines JONES", "IJ", id="capitals stay"),
        pytest.param({"name": {"honorificPrefix": "Dr.", "givenName": "Ines", "middleName": "M.", "familyName": "Jones", "honorificSuffix": "MBA"}}, "Dr. Ines M. Jones MBA", "IJ", id="all parts"),
        pytest.param({"name": {"givenName": "Wilhelmina", "familyName": "Okafor"}, LANYARD_USER: {"preferredName": "Mina"}}, "Mina Okafor", "MO", id="preferred for given"),
        pytest.param({"name": {"givenName": "健太", "familyName": "佐藤"}, "preferredLanguage": "ja-JP"}, "佐藤健太", "佐", id="Japanese"),
        pytest.param({"name": {"givenName": "奈々", "familyName": "佐々木"}, "preferredLanguage": "ja"}, "佐々木奈々", "佐", id="Japanese with iteration marks"),
        pytest.param({"name": {"givenName": "小明", "familyName": "王"}, "preferredLanguage": "zh"}, "王小明", "王", id="Chinese"),
        pytest.param({"name": {"givenName": "민준", "familyName": "김"}, "preferredLanguage": "ko"}, "김민준", "김", id="Korean"),
        pytest.param({"name": {"givenName": "Kenta", "familyName": "Sato"}, "preferredLanguage": "ja"}, "Sato Kenta", "SK", id="Japanese in Latin"),
        pytest.param({"name": {"givenName": "Zsófia", "familyName": "Kovács"}, "preferredLanguage": "hu-HU"}, "Kovács Zsófia", "KZ", id="Hungarian"),
        pytest.param({"name": {"givenName": "An", "middleName": "Văn", "familyName": "Nguyễn"}, "preferredLanguage": "vi-VN"}, "Nguyễn Văn An", "NA", id="Vietnamese: the given name last"),
        pytest.param({"name": {"givenName": "Zsófia", "middleName": "Anna", "familyName": "Kovács"}, "preferredLanguage": "hu_HU, en;q=0.5"}, "Kovács Zsófia Anna", "KZ", id="a list of languages"),
        pytest.param({"name": {"givenName": "محمد", "familyName": "الحسن"}, "preferredLanguage": "ar"}, "محمد الحسن", "م\u200cح", id="Arabic: letters apart, without the article"),
        pytest.param({"name": {"givenName": "Wulandari"}}, "Wulandari", "W", id="one name"),
        pytest.param({"displayName": "Front Desk", "name": {"formatted": "x"}}, "Front Desk", "FD", id="no parts: displayName"),
        pytest.param({"name": {"formatted": "Front Desk"}}, "Front Desk", "FD", id="neither: name.formatted"),
        pytest.param({"userName": "ines@nordwind.example"}, NAMELESS, "BC", id="never the user name"),
        pytest.param({"displayName": f"{'5f1e9c0b7a6d4e3f' * 2}mira@nordwind.example"}, NAMELESS, "BC", id="never a tombstone"),
        pytest.param({"name": {"givenName": "Ines", "familyName": "[[clear]]"}}, "Ines", "I", id="a cleared part"),
        pytest.param({"name": {"givenName": "émile", "familyName": "o'neil"}}, "émile o'neil", "ÉO", id="letters with marks"),
        pytest.param({"displayName": "🎉 Party"}, "🎉 Party", "P", id="words without letters are passed over"),
        pytest.param({"displayName": "🇨🇭 👩‍💻"}, "🇨🇭 👩‍💻", "", id="no letter at all"),
        pytest.param({"name": {"givenName": "ნინო", "familyName": "ბერიძე"}}, "ნინო ბერიძე", "ნბ", id="a script without capitals"),
        pytest.param({"name": {"givenName": "किरण", "familyName": "शर्मा"}}, "किरण शर्मा", "किश", id="Devanagari, with the vowel sign"),
    ],
)  # fmt: skip
def test_name_shows(document: dict[str, Any], display: str, short: str) -> None:
    card = view(FULL, document)

    assert (card.name.display, initials(card.name)) == (display, short)


def test_a_whole_name_is_kept_as_it_first_was() -> None:
    layout = Layout(general=(slot("name", "once"),))
    first = {"name": {"givenName": "Ines", "familyName": "Okafor"}}

    card = view(layout, once={"name": once(first)})

    assert (card.name.display, card.name.family) == ("Ines Okafor", "Okafor")


def test_a_whole_address_is_kept_as_it_first_was() -> None:
    item = field("Address", "address", 'addresses[type eq "work"]', "once")

    [shown] = view(Layout(fields=(item,)), once={"Address": once({"locality": "Bern"})}).fields

    assert (shown.text, shown.origin) == ("Bern", "directory")


def test_an_address_of_blank_lines_is_not_shown() -> None:
    item = field("Address", "address", sync="never", value="\n \n")

    assert view(Layout(fields=(item,))).fields == ()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(f"picture:{'0' * 64}", "0" * 64, id="a picture"),
        pytest.param(ON_THE_WEB, sha256(ON_THE_WEB.encode()).hexdigest(), id="an address on the web"),
        pytest.param("data:text/html,x", None, id="a page"),
        pytest.param("[[clear]]", None, id="cleared"),
    ],
)
def test_only_what_names_a_photo_is_shown(value: str, shown: str | None) -> None:
    photo = view(document={**INES, "photos": [{"type": "photo", "value": value}]}).photo

    assert (photo and photo.text) == shown


def test_an_own_value_of_no_characters_is_one_that_was_emptied() -> None:
    assert "title" not in view(own={"title": own("")}, layout=Layout(general=(slot("title", "unless_edited"),))).general


def test_the_next_address_is_shown_when_the_first_was_cleared() -> None:
    cleared, second = {"type": "work", "formatted": "[[clear]]"}, {"type": "work", "locality": "Bern"}

    assert view(Layout(fields=(ADDRESS,)), {"addresses": [cleared, second]}).fields[0].text == "Bern"


def test_a_number_that_is_dialled_locally_alone_gets_no_country_code() -> None:
    item = field("Desk", "phone", sync="never", value="555-0102")

    assert view(Layout(fields=(item,)), phone_region="US").fields[0].href == "tel:5550102"


def test_a_name_of_ones_own_is_shown_as_it_is() -> None:
    card = view(Layout(general=(slot("name", "unless_edited"),)), own={"name": own("Ines the Great")})

    assert card.name == Name(display="Ines the Great")


@pytest.mark.parametrize(
    ("entry", "lines"),
    [
        pytest.param({"streetAddress": "Quaistrasse 4", "postalCode": "8001", "locality": "Zürich", "region": "ZH", "country": "CH", "formatted": "B7"}, ["Quaistrasse 4", "8001 Zürich", "CH"], id="Switzerland, room left out"),
        pytest.param({"streetAddress": "1 Main St", "locality": "Springfield", "region": "IL", "postalCode": "62701", "country": "US"}, ["1 Main St", "Springfield, IL 62701", "US"], id="United States"),
        pytest.param({"streetAddress": "10 High St", "locality": "Leeds", "postalCode": "LS1 1AA", "country": "United Kingdom"}, ["10 High St", "Leeds", "LS1 1AA", "United Kingdom"], id="United Kingdom"),
        pytest.param({"streetAddress": "海岸1-2-3", "locality": "港区", "region": "東京都", "postalCode": "105-0022", "country": "JP"}, ["105-0022", "東京都 港区", "海岸1-2-3", "JP"], id="Japan"),
        pytest.param({"streetAddress": "Quaistrasse 4, 8001 Zürich"}, ["Quaistrasse 4, 8001 Zürich"], id="one line stays one line"),
        pytest.param({"streetAddress": "Haus A\nQuaistrasse 4", "locality": "Zürich"}, ["Haus A", "Quaistrasse 4", "Zürich"], id="line breaks"),
        pytest.param({"formatted": "Quaistrasse 4\nZürich"}, ["Quaistrasse 4", "Zürich"], id="formatted alone"),
        pytest.param({"locality": "Bern"}, ["Bern"], id="a city"),
        pytest.param({"streetAddress": "Quaistrasse 4", "region": "ZH"}, ["Quaistrasse 4", "ZH"], id="a region where nothing else says where"),
        pytest.param({"streetAddress": "Via Roma 1", "locality": "Milano", "region": "MI", "postalCode": "20121", "country": "Italia"}, ["Via Roma 1", "20121 Milano MI", "Italia"], id="Italy"),
        pytest.param({"streetAddress": "1 George St", "locality": "Sydney", "region": "NSW", "postalCode": "2000", "country": "AU"}, ["1 George St", "Sydney NSW 2000", "AU"], id="Australia"),
        pytest.param({"streetAddress": "Reforma 1", "locality": "Cuauhtémoc", "region": "CDMX", "postalCode": "06600", "country": "MX"}, ["Reforma 1", "06600 Cuauhtémoc, CDMX", "MX"], id="Mexico"),
        pytest.param({"streetAddress": "Rua A, 1", "locality": "São Paulo", "region": "SP", "postalCode": "01310-100", "country": "Brasil"}, ["Rua A, 1", "São Paulo - SP", "01310-100", "Brasil"], id="Brazil"),
        pytest.param({"streetAddress": "Fő utca 1", "locality": "Budapest", "postalCode": "1011", "country": "HU"}, ["Budapest", "Fő utca 1", "1011", "HU"], id="Hungary"),
        pytest.param({"streetAddress": "12 Allen Ave", "locality": "Ikeja", "region": "Lagos", "country": "Nigeria"}, ["12 Allen Ave", "Ikeja", "Lagos", "Nigeria"], id="any other country: nothing is left out"),
        pytest.param({"streetAddress": "Quaistrasse 4", "postalCode": "8001", "locality": "Zürich", "region": "ZH"}, ["Quaistrasse 4", "8001 Zürich"], id="no country: as the organization's"),
        pytest.param({"locality": "Springfield", "postalCode": "62701", "country": "US"}, ["Springfield 62701", "US"], id="a part between two that is missing"),
        pytest.param({"streetAddress": "[[clear]]", "locality": "Bern"}, ["Bern"], id="a cleared part"),
    ],
)  # fmt: skip
def test_address_shows(entry: dict[str, Any], lines: list[str]) -> None:
    card = view(Layout(fields=(ADDRESS,)), {"addresses": [{"type": "work", **entry}]})

    assert card.fields[0].address is not None
    assert list(card.fields[0].address.lines) == lines
    assert card.fields[0].text == ", ".join(lines)


def test_a_source_that_ends_in_formatted_shows_that_text_alone() -> None:
    layout = Layout(fields=(field("Room", "address", 'addresses[type eq "work"].formatted'),))

    assert view(layout).fields[0].text == "B7 / 2.11"


@pytest.mark.parametrize(
    ("kind", "text", "href"),
    [
        ("phone", "+41 44 555 01 02", "tel:+41445550102"),
        ("phone", "044 555 01 02", "tel:+41445550102"),
        ("phone", "+41 44 555 01 02 ext. 7", "tel:+41445550102;ext=7"),
        ("phone", "tbd", None),
        ("phone", "4711", None),
        ("phone", "javascript:alert(1)", None),
        ("email", "ines@nordwind.example", "mailto:ines@nordwind.example"),
        ("email", "o'neil+x@nordwind.example", "mailto:o%27neil+x@nordwind.example"),
        ("email", "a@b.example?bcc=x@y.example", None),
        ("email", "a?b@b.example", "mailto:a%3Fb@b.example"),
        ("email", "Ines <ines@nordwind.example>", None),
        ("email", "a@b,c@d", None),
        ("url", "https://nordwind.example/a?b=c", "https://nordwind.example/a?b=c"),
        ("url", "nordwind.example", "https://nordwind.example"),
        ("url", "javascript:alert(1)", None),
        ("url", "data:text/html,x", None),
        ("url", "JaVaScRiPt://nordwind.example/%0aalert(1)", None),
        ("url", "https://", None),
        ("url", 'https://nordwind.example/" onclick="x', None),
        ("url", "http://[::1", None),
        ("social", "inesjones", "https://www.linkedin.com/in/inesjones"),
        ("social", "@inesjones", "https://www.linkedin.com/in/inesjones"),
        ("social", "https://www.linkedin.com/in/ines", "https://www.linkedin.com/in/ines"),
        ("social", "javascript:alert(1)", None),
        ("text", "https://nordwind.example", None),
        ("date", "2026-11-24", None),
    ],
)
def test_only_what_is_safe_becomes_a_link(kind: str, text: str, href: str | None) -> None:
    item = field("it", kind, sync="never", value=text, service="linkedin" if kind == "social" else None)

    [shown] = view(Layout(fields=(item,))).fields

    assert (shown.text, shown.href) == (text, href)


def test_a_mastodon_handle_names_its_host() -> None:
    item = field("m", "social", sync="never", value="@ines@social.example", service="mastodon")

    assert view(Layout(fields=(item,))).fields[0].href == "https://social.example/@ines"


def test_a_free_standing_card_shows_its_own_values() -> None:
    card = view(FULL, None, template=None, own={"E-mail": own("x@y.example"), "title": own("Guest")})

    assert [shown.text for shown in card.fields] == ["https://nordwind.example/a;b?c=d"], (
        "always items take no own values"
    )
    assert card.name.display == NAMELESS


def test_values_name_everything_that_is_shown_by_its_label() -> None:
    assert view().values == {
        "name": "Dr. Ines JONES",
        "pronouns": "she/her",
        "title": TITLE,
        "department": "Finance",
        "company": "Nordwind AG",
        "Mobile": "+41 79 555 01 03",
        "Office": "044 555 01 02",
        "E-mail": "ines@nordwind.example",
        "Address": "Quaistrasse 4, 8001 Zürich, CH",
        "Website": "https://nordwind.example/a;b?c=d",
    }


def test_the_etag_changes_with_every_version_and_with_nothing_else() -> None:
    same = [view().etag, view().etag]
    others = {view(versions=versions).etag for versions in ((2, 1, 1), (1, 2, 1), (1, 1, 2))}

    assert len(set(same)) == 1
    assert len(others | set(same)) == 4


def test_the_first_value_that_says_something_is_shown() -> None:
    mails = [{"type": "work", "value": "[[clear]]"}, {"type": "work", "value": "second@nordwind.example"}]

    assert view(Layout(fields=(MAIL,)), {"emails": mails}).fields[0].text == "second@nordwind.example"
