"""The contact that is saved and the code that is scanned, judged by readers we did not write."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
import segno
import vobject
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.attributes.definitions import LANYARD_USER
from app.cards import qr
from app.cards.layout import Layout
from app.cards.vcard import LINE_OCTETS, file_name, vcard
from app.directory.settings import OrganizationSettings
from tests.cards_face.sources import ADDRESS, INES, MAIL, MOBILE, OFFICE, PUBLIC_ID, PUBLIC_URL, field, slot, view

URL = f"{PUBLIC_URL}/c/{PUBLIC_ID}"
NASTY = 'a;b,c\\d\ne"f: Zürich 😀 佐藤 محمد'


def read(data: bytes) -> Any:
    """The contact as another library reads it."""
    return vobject.readOne(data.decode("utf-8"))


def test_a_contact_gives_back_exactly_what_the_card_shows() -> None:
    contact = read(vcard(view()))

    assert contact.version.value == "3.0"
    assert contact.fn.value == "Dr. Ines JONES"
    assert (contact.n.value.given, contact.n.value.family, contact.n.value.prefix) == ("Ines", "JONES", "Dr.")
    assert contact.org.value == ["Nordwind AG", "Finance"]
    assert contact.title.value == "Chief Financial Officer"
    assert [tel.value for tel in contact.tel_list] == ["+41 79 555 01 03", "044 555 01 02"]
    assert [tel.params["TYPE"] for tel in contact.tel_list] == [["CELL", "VOICE"], ["WORK", "VOICE"]]
    assert contact.email.value == "ines@nordwind.example"
    assert (contact.adr.value.street, contact.adr.value.code, contact.adr.value.city) == (
        "Quaistrasse 4",
        "8001",
        "Zürich",
    )
    assert (contact.adr.value.region, contact.adr.value.country) == ("ZH", "CH")
    assert contact.label.value == "Quaistrasse 4\n8001 Zürich\nCH"
    assert [url.value for url in contact.url_list] == ["https://nordwind.example/a;b?c=d", URL]
    assert (contact.uid.value, contact.rev.value) == (URL, "2026-11-24T09:30:00Z")


def test_every_special_character_comes_through_everywhere() -> None:
    document = {
        "name": {"givenName": NASTY, "familyName": NASTY},
        "title": NASTY,
        "addresses": [{"type": "work", "streetAddress": NASTY.replace("\n", " "), "locality": "x;y"}],
    }
    layout = Layout(
        general=(slot("name"), slot("title")),
        fields=(ADDRESS, field("Note, or; so", "text", sync="never", value=NASTY)),
    )

    contact = read(vcard(view(layout, document)))

    assert (contact.n.value.given, contact.n.value.family, contact.title.value) == (NASTY, NASTY, NASTY)
    assert (contact.adr.value.street, contact.adr.value.city) == (NASTY.replace("\n", " "), "x;y")
    assert contact.note.value == f"Note, or; so: {NASTY}"


any_text = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120)


@given(any_text.filter(lambda text: text != OrganizationSettings().clear_marker))
def test_any_text_comes_through_and_no_line_is_too_long(text: str) -> None:
    data = vcard(view(Layout(general=(slot("name"), slot("title"))), {"displayName": "x", "title": text}))

    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= LINE_OCTETS
    assert b"\n" not in data.replace(b"\r\n", b"")
    for line in lines:
        line.decode("utf-8")  # no character is cut
    assert read(data).title.value == text


@pytest.mark.parametrize("value", ["x\r\nBEGIN:VCARD", "x\rTEL:+1", "x\nEND:VCARD\n", "\x0bx\x1b"])
def test_no_value_begins_a_line_of_its_own(value: str) -> None:
    layout = Layout(
        general=(slot("name"),),
        fields=(field("Web", "url", sync="never", value=value), MAIL, field("N", "text", sync="never", value=value)),
    )

    lines = vcard(view(layout, {"displayName": value})).decode().replace("\r\n ", "").split("\r\n")

    names = [line.split(":")[0].split(";")[0] for line in lines if line]
    assert names.count("BEGIN") == names.count("END") == 1
    assert "TEL" not in names


def test_a_name_without_parts_is_found_where_programs_look_for_it() -> None:
    contact = read(vcard(view(Layout(), {"displayName": "Front Desk"})))

    assert (contact.fn.value, contact.n.value.given, contact.n.value.family) == ("Front Desk", "Front Desk", "")


def test_a_department_without_company_is_no_company() -> None:
    contact = read(vcard(view(Layout(general=(slot("name"), slot("department"))))))

    assert contact.org.value == ["", "Finance"]


def test_how_a_name_is_spoken_is_said_to_programs_that_ask() -> None:
    document = {**INES, LANYARD_USER: {"phoneticGivenName": "EE-ness", "phoneticFamilyName": "jownz; x"}}

    contact = read(vcard(view(document=document)))

    assert contact.x_phonetic_first_name.value == "EE-ness"
    assert contact.x_phonetic_last_name.value == "jownz; x"


def test_a_profile_says_which_service_it_is_on() -> None:
    item = field("Profile", "social", sync="never", value="ines", service="linkedin")

    profile = read(vcard(view(Layout(fields=(item,))))).x_socialprofile

    assert (profile.params["TYPE"], profile.value) == (["linkedin"], "https://www.linkedin.com/in/ines")


def test_an_address_that_is_one_text_stands_where_every_program_shows_it() -> None:
    item = field("Room", "address", sync="never", value="B7 / 2.11\nZürich")

    contact = read(vcard(view(Layout(fields=(item,)))))

    assert (contact.adr.value.street, contact.adr.value.city) == ("B7 / 2.11\nZürich", "")
    assert contact.label.value == "B7 / 2.11\nZürich"


@pytest.mark.parametrize(
    ("label", "types"),
    [
        ("Fax", ["WORK", "FAX"]),
        ("Mobile", ["CELL", "VOICE"]),
        ("Pager", ["PAGER"]),
        ("Private", ["HOME", "VOICE"]),
        ("Office", ["WORK", "VOICE"]),
        ("Hotline", ["VOICE"]),
    ],
)
def test_a_number_says_what_it_is_for(label: str, types: list[str]) -> None:
    item = field(label, "phone", sync="never", value="+41 44 555 01 02")

    assert read(vcard(view(Layout(fields=(item,))))).tel.params["TYPE"] == types


def test_a_picture_is_carried_inside() -> None:
    contact = read(vcard(view(), b"\xff\xd8 a picture"))

    assert contact.photo.value == b"\xff\xd8 a picture"
    assert base64.b64encode(b"\xff\xd8 a picture") in vcard(view(), b"\xff\xd8 a picture").replace(b"\r\n ", b"")


def test_a_number_that_nobody_can_dial_is_still_written_down() -> None:
    document = {**INES, "phoneNumbers": [{"type": "mobile", "value": "ask; the, desk"}]}

    assert read(vcard(view(Layout(fields=(MOBILE, OFFICE)), document))).tel.value == "ask; the, desk"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ines JONES", "Ines JONES.vcf"),
        ("../../etc/passwd", "etc passwd.vcf"),
        ('a"b\r\nc', "a b c.vcf"),
        ("佐藤健太", "佐藤健太.vcf"),
        ("...", "contact.vcf"),
        ("x" * 200, "x" * 80 + ".vcf"),
    ],
)
def test_the_file_is_named_after_the_person(name: str, expected: str) -> None:
    assert file_name(view(Layout(), {"displayName": name})) == expected


@pytest.mark.parametrize("pixels", [qr.MIN_PIXELS, 300, qr.DEFAULT_PIXELS, qr.MAX_PIXELS])
def test_a_code_is_read_as_the_permanent_address_at_every_size(pixels: int) -> None:
    picture = Image.open(io.BytesIO(qr.qr_png(URL, pixels)))

    [found] = zxingcpp.read_barcodes(picture)

    assert picture.size == (pixels, pixels)
    assert found.text == URL.upper()


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://cards.example/c/abc", "HTTPS://CARDS.EXAMPLE/C/ABC"),
        ("http://127.0.0.1:8000/c/abc", "HTTP://127.0.0.1:8000/C/ABC"),
        ("https://cards.example/a_b/c/abc", "https://cards.example/a_b/c/abc"),
        ("https://nordwind.example/cards/c/abc", "https://nordwind.example/cards/c/abc"),
    ],
)
def test_the_code_says_the_address_in_upper_case_where_that_means_the_same(url: str, text: str) -> None:
    assert qr.qr_text(url) == text


def test_a_permanent_address_makes_a_small_code() -> None:
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr.qr_png(URL, 512))))
    as_it_is = segno.make(URL, error="m", micro=False)
    code = segno.make(qr.qr_text(URL), error="m", micro=False)

    assert (code.mode, as_it_is.mode) == ("alphanumeric", "byte")
    assert code.symbol_size() < as_it_is.symbol_size()
    modules = int(code.symbol_size(border=4)[0])
    edge = (512 - modules * (512 // modules)) // 2 + 4 * (512 // modules)
    assert (found.position.top_left.x, found.position.top_left.y) == (edge, edge)


def test_the_drawing_and_the_picture_are_the_same_each_time() -> None:
    first = qr.qr_svg(URL), qr.qr_png(URL, 512)
    qr.qr_svg.cache_clear()
    qr.qr_png.cache_clear()

    assert (qr.qr_svg(URL), qr.qr_png(URL, 512)) == first
    assert b"<script" not in first[0]
    assert b"style=" not in first[0]
