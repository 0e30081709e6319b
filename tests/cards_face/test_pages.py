"""Every public address of a card: what it answers, to whom, and what it never says."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.engine import URL
from werkzeug.test import TestResponse

from app import create_app
from app.cards import listing
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_file
from app.cards.pages import answers as pages_answers
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.support.client import Client
from tests.support.photos import prepare

BELOW = (".vcf", "/qr.svg", "/qr.png", "/theme.css", "/logo", "/cover", "/poster")
HOSTILE = '<script>alert("x")</script>" onload="x'
CARDS = """
organization: {name: "Nordwind AG", leaver: {show: company, email: hello@nordwind.example, phone: "+41 44 555 01 00"}}
templates:
  - name: Sales
    design: {accent: "#ffe14d", logo: logo.png, cover: cover.png}
    general:
      name: {sync: always}
      title: {sync: always}
      company: {sync: never, value: "Nordwind AG"}
    fields:
      - {key: mail, kind: email, label: E-mail, source: 'emails[type eq "work"].value', sync: always}
      - {key: site, kind: url, label: Site, source: profileUrl, sync: always}
      - {key: note, kind: text, label: Note, source: nickName, sync: always}
    photo: {sync: always}
    video: {url: "https://video.nordwind.example/intro", poster: poster.png}
bindings:
  - {group: "Cards - Sales", template: Sales}
"""


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def card_url(database: Database, organization: Organization, client: Client, tmp_path: Path) -> Callable[..., str]:
    """Pushes somebody into the group that gives cards; the path of their card. Their SCIM id is in `.user`."""
    (tmp_path / "cards.yaml").write_text(CARDS)
    for name in ("logo", "cover", "poster"):
        (tmp_path / f"{name}.png").write_bytes(picture("teal"))
    spec = read_file(tmp_path / "cards.yaml")
    database.write(lambda tx: apply(tx, spec), organization_id=organization.id, actor="cli")

    def push(**attributes: Any) -> str:
        user = client.create_user("ines@nordwind.example", **attributes)
        client.create_group("Cards - Sales", user["id"])
        with database.read(organization.id) as reader:
            [card] = listing.every(reader, "")
        return card.url

    return push


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Somebody who opens a card."""
    return app.test_client()


PHOTO = "data:image/png;base64," + base64.b64encode(picture("plum")).decode()
INES: dict[str, Any] = {
    "displayName": "Ines JONES",
    "title": "CFO",
    "emails": [{"type": "work", "value": "ines@nordwind.example"}],
    "photos": [{"type": "photo", "value": PHOTO}],
}


def in_upper_case(path: str) -> str:
    return f"/C/{path.removeprefix('/c/')[:26].upper()}{path.removeprefix('/c/')[26:]}"


@pytest.mark.parametrize(
    ("below", "content_type"),
    [
        ("", "text/html; charset=utf-8"),
        (".vcf", "text/vcard; charset=utf-8"),
        ("/qr.svg", "image/svg+xml"),
        ("/qr.png", "image/png"),
        ("/qr.png?size=300", "image/png"),
        ("/theme.css", "text/css; charset=utf-8"),
        ("/logo", "image/png"),
        ("/cover", "image/png"),
        ("/poster", "image/png"),
    ],
)
def test_a_live_card_answers(visitor: FlaskClient, card_url: Callable[..., str], below: str, content_type: str) -> None:
    path = card_url(**INES) + below

    answers = [visitor.get(path), visitor.get(in_upper_case(path)), visitor.head(path)]
    again = visitor.get(path, headers={"If-None-Match": answers[0].headers["ETag"]})

    assert [response.status_code for response in answers] == [200, 200, 200]
    assert answers[0].content_type == content_type
    assert answers[0].data == answers[1].data
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == answers[0].headers["ETag"]


def all_answers(visitor: FlaskClient, path: str, **headers: str) -> list[TestResponse]:
    return [visitor.get(path + below, headers=headers) for below in ("", *BELOW)]


def test_a_paused_card_says_nothing_of_the_person_on_any_of_its_addresses(
    visitor: FlaskClient, client: Client, card_url: Callable[..., str]
) -> None:
    path = card_url(**INES)
    etags = [response.headers["ETag"] for response in all_answers(visitor, path)]
    user = client.get("/Users").get_json(force=True)["Resources"][0]
    client.patch(f"/Users/{user['id']}", {"op": "Replace", "path": "active", "value": "False"})

    answers = all_answers(visitor, path)
    with_old_etags = [
        visitor.get(path + below, headers={"If-None-Match": etag})
        for below, etag in zip(("", *BELOW), etags, strict=True)
    ]

    assert {response.status_code for response in [*answers, *with_old_etags]} == {410}
    assert not any(
        "Ines" in response.text or "ines@" in response.text or "CFO" in response.text for response in answers
    )
    assert "Nordwind AG" in answers[0].text
    assert Page(answers[0].text).links == ["mailto:hello@nordwind.example", "tel:+41445550100"]
    assert all("ETag" not in response.headers for response in answers)


@pytest.mark.parametrize(
    "path",
    ["/c/0123456789abcdefghjkmnpqrs", "/c/nothing", "/c/x%00y", "/c/..%2f..%2fetc%2fpasswd", "/c/" + "x" * 3000],
)
def test_nobody_is_there(visitor: FlaskClient, path: str) -> None:
    answers = all_answers(visitor, path)

    assert {response.status_code for response in answers} == {404}
    assert answers[0].content_type == "text/html; charset=utf-8"


@pytest.mark.parametrize("rest", ["/anything", "/qr.gif", "/a/b", ".vcf/x"])
def test_what_no_card_has_is_answered_as_everything_else(
    visitor: FlaskClient, card_url: Callable[..., str], rest: str
) -> None:
    path = card_url(**INES)

    for answer in (visitor.get(path + rest), visitor.get(in_upper_case(path) + rest), visitor.get("/c/")):
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "<h1" in answer.text


@pytest.mark.parametrize(("below", "content_type"), [("", "text/html"), ("/", "text/html"), (".vcf", "text/plain")])
def test_while_the_database_is_away_visitors_are_asked_to_come_back(
    tmp_path: Path, below: str, content_type: str
) -> None:
    away = URL.create("postgresql+psycopg", "nobody", host="127.0.0.1", port=1, database="none")
    app = create_app(Settings(database_url=away, data_dir=tmp_path))

    response = app.test_client().get(f"/c/0123456789abcdefghjkmnpqrs{below}")

    app.extensions["lanyard.database"].close()
    assert (response.status_code, response.mimetype) == (503, content_type)
    assert response.headers["Retry-After"].isdigit()
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/c", "/C", "/c//0123456789abcdefghjkmnpqrs", "/c/0123456789abcdefghjkmnpqrs//qr.svg"]
)
def test_no_visitor_is_sent_to_where_the_request_says_the_server_is(visitor: FlaskClient, path: str) -> None:
    response = visitor.get(path, headers={"Host": "evil.example"})

    assert response.status_code == 404
    assert "evil.example" not in response.text


def test_a_slash_at_the_end_changes_nothing(visitor: FlaskClient, card_url: Callable[..., str]) -> None:
    path = card_url(**INES)

    assert visitor.get(f"{path}/").data == visitor.get(path).data


def test_after_an_upgrade_browsers_fetch_everything_anew(
    visitor: FlaskClient, card_url: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = card_url(**INES)
    etags = {below: visitor.get(path + below).headers["ETag"] for below in ("", ".vcf", "/theme.css")}
    (tmp_path / "card.html").write_text("another page")
    monkeypatch.setattr(pages_answers, "_PROGRAM", tmp_path)
    pages_answers._program.cache_clear()

    again = [visitor.get(path + below, headers={"If-None-Match": etag}) for below, etag in etags.items()]

    pages_answers._program.cache_clear()
    assert [response.status_code for response in again] == [200, 200, 200]


@pytest.mark.parametrize(
    ("language", "attribute"),
    [("de-CH", ' lang="de-CH"'), ("pt_BR, en;q=0.5", ' lang="pt-BR"'), ('de" onload="x', ""), ("Deutsch!", "")],
)
def test_a_name_is_marked_with_its_language(
    visitor: FlaskClient, card_url: Callable[..., str], language: str, attribute: str
) -> None:
    page = visitor.get(card_url(displayName="Ines JONES", preferredLanguage=language)).text

    assert f'<div class="who"{attribute}>' in page


def test_below_a_path_of_a_proxy_everything_is_found(
    database_url: URL, tmp_path: Path, card_url: Callable[..., str]
) -> None:
    path = card_url(**INES)
    app = create_app(Settings(database_url=database_url, data_dir=tmp_path, public_url="https://nordwind.example/go"))

    page = Page(app.test_client().get(path).text)

    app.extensions["lanyard.database"].close()
    assert all(address.startswith("/go/") for address in page.loads)
    assert page.links[0] == f"/go{path}.vcf"


@pytest.mark.parametrize("attributes", [INES, {}], ids=["everything", "nothing but a record"])
def test_every_answer_keeps_to_itself(
    visitor: FlaskClient, card_url: Callable[..., str], attributes: dict[str, Any]
) -> None:
    path = card_url(**attributes)

    for response in [*all_answers(visitor, path), visitor.get("/c/nothing")]:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in response.headers
        assert "Vary" not in response.headers


class Page(HTMLParser):
    """What matters of a page's markup."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings = 0
        self.loads: list[str] = []
        self.links: list[str] = []
        self.suspicious: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.headings += tag == "h1"
        if tag == "script":
            self.suspicious.append((tag, ""))
        self.suspicious.extend((tag, name) for name in values if name == "style" or name.startswith("on"))
        if tag in {"img", "source", "iframe"} or (tag == "link" and values.get("rel") in {"stylesheet", "icon"}):
            self.loads.append(values.get("src") or values.get("href") or "")
        if tag == "a":
            self.links.append(values.get("href") or "")


def test_a_page_has_one_heading_loads_nothing_from_elsewhere_and_escapes_everything(
    visitor: FlaskClient, card_url: Callable[..., str]
) -> None:
    hostile = dict.fromkeys(("displayName", "title", "nickName"), HOSTILE)
    path = card_url(
        **hostile, profileUrl="javascript:alert(1)", emails=[{"type": "work", "value": f"{HOSTILE}@x.example"}]
    )

    page = Page(visitor.get(path).text)

    assert page.headings == 1
    assert page.suspicious == []
    assert all(address.startswith("/") and not address.startswith("//") for address in page.loads)
    assert all(link.split(":")[0] in {"https", "mailto", "tel"} or link.startswith("/") for link in page.links)


def test_previews_name_the_card_by_its_permanent_address(visitor: FlaskClient, card_url: Callable[..., str]) -> None:
    path = card_url(**INES)

    html = visitor.get(in_upper_case(path), headers={"Host": "evil.example"}).text

    assert f'<link rel="canonical" href="https://cards.example{path}">' in html
    assert '<meta property="og:title" content="Ines JONES">' in html
    assert '<meta property="og:description" content="CFO, Nordwind AG">' in html
    assert f'<meta property="og:image" content="https://cards.example{path}/logo">' in html
    assert "evil.example" not in html


def test_a_page_is_light(visitor: FlaskClient, card_url: Callable[..., str]) -> None:
    path = card_url(**INES)

    page = visitor.get(path)
    loads = [visitor.get(address, buffered=True).data for address in Page(page.text).loads if "photo" not in address]

    assert len(page.data) + sum(map(len, loads)) < 100_000


def test_the_stylesheet_may_be_kept(visitor: FlaskClient, card_url: Callable[..., str]) -> None:
    [stylesheet] = [one for one in Page(visitor.get(card_url()).text).loads if "card.css" in one]

    response = visitor.get(stylesheet, buffered=True)

    assert response.status_code == 200
    assert len(response.data) < 10_000
    assert response.cache_control.max_age == 365 * 24 * 3600


@pytest.mark.parametrize(
    "photo",
    [
        "https://elsewhere.example/ines.jpg",
        "data:image/png;base64,AAAA",
        "data:image/png;base64,\u00e9",
        "data:text/html,x",
    ],
)
def test_a_picture_that_cannot_be_shown_safely_leaves_initials(
    app: Flask, visitor: FlaskClient, card_url: Callable[..., str], photo: str
) -> None:
    path = card_url(displayName="Ines JONES", photos=[{"type": "photo", "value": photo}])

    prepare(app)
    page = visitor.get(path).text

    assert ">IJ</span>" in page
    assert f"{path}/photo" not in page


def test_a_card_without_a_name_has_no_initials(visitor: FlaskClient, card_url: Callable[..., str]) -> None:
    face = visitor.get(card_url()).text.partition('<div class="face">')[2].partition("</div>")[0]

    assert 'href="#i-person"' in face
    assert "<span" not in face


def test_a_contact_is_saved_under_its_name_in_any_script(visitor: FlaskClient, card_url: Callable[..., str]) -> None:
    response = visitor.get(card_url(displayName="佐藤 健太") + ".vcf")

    disposition = response.headers["Content-Disposition"]
    assert disposition.isascii()
    assert disposition.endswith("filename*=UTF-8''%E4%BD%90%E8%97%A4%20%E5%81%A5%E5%A4%AA.vcf")


@pytest.mark.parametrize(("size", "pixels"), [("300", 300), ("1", 128), ("999999", 2048), ("-5", 1024), ("x", 1024)])
def test_a_code_has_a_sensible_size_whatever_is_asked(
    visitor: FlaskClient, card_url: Callable[..., str], size: str, pixels: int
) -> None:
    response = visitor.get(f"{card_url()}/qr.png?size={size}")

    assert Image.open(io.BytesIO(response.data)).size == (pixels, pixels)
