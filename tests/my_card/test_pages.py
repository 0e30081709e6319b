"""A person's own pages: which cards they see, in what state, and what is there to share."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import URL

from app import create_app
from app.cards import by_hand
from app.core.settings import Settings
from tests.cards.conftest import Company
from tests.my_card.conftest import CARDS, Person

SignIn = Callable[[str], Person]


class Words(HTMLParser):
    """What a page says, its markup aside."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._words: list[str] = []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self._words.extend(data.split())

    def __str__(self) -> str:
        return " ".join(self._words)


def text(person: Person, path: str) -> str:
    return str(Words(person.get(path).text))


def test_a_single_card_is_shown_at_once(signed_in: SignIn, nordwind: Company) -> None:
    answer = signed_in("ines").get("/me")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/me/{nordwind.card_ids()['ines', 'Sales']}")


def test_several_cards_are_listed_each_with_its_design(signed_in: SignIn, nordwind: Company) -> None:
    page, colours = signed_in("olaf").get("/me"), signed_in("olaf").get("/me/cards.css")

    mine = [card for (name, _), card in nordwind.card_ids().items() if name == "olaf"]
    assert page.status_code == 200
    assert [page.text.count(f'id="card-{card}"') for card in mine] == [1, 1]
    assert [colours.text.count(f"#card-{card}{{") for card in mine] == [2, 2]
    assert nordwind.card_ids()["ines", "Sales"] not in page.text


def test_whoever_has_no_card_is_told_whom_to_ask(signed_in: SignIn) -> None:
    assert "No card yet" in text(signed_in("nora"), "/me")


def claim(person: Person, card: str) -> int:
    fields = person.form(card)
    return person.post(f"/me/{card}/claim", {"csrf_token": fields["csrf_token"]}).status_code


def test_a_card_is_shared_with_nobody_until_its_holder_says_that_it_is_theirs(
    signed_in: SignIn, nordwind: Company, app: Flask
) -> None:
    nordwind.apply(CARDS + "organization: {publish: on_claim}\n")
    ines, card = signed_in("ines"), nordwind.card_ids()["ines", "Sales"]
    before = text(ines, f"/me/{card}"), app.test_client().get(f"/c/{card}").status_code

    status = [claim(ines, card), claim(ines, card)]

    assert "Not sharing with anyone" in before[0]
    assert "shows nothing until you say that it is yours" in before[0]
    assert before[1] == 404
    assert status == [303, 303]
    assert "Holder Ines, since 20" in text(ines, f"/me/{card}")
    assert app.test_client().get(f"/c/{card}").status_code == 200
    assert nordwind.audited().count("card.claimed") == 1


def test_claiming_takes_all_cards_of_the_person_and_of_nobody_else(signed_in: SignIn, nordwind: Company) -> None:
    claim(signed_in("olaf"), nordwind.card_ids()["olaf", "Sales"])

    claimed = {row.public_id for row in nordwind.card_rows() if row.claimed_at is not None}
    assert claimed == {card for (name, _), card in nordwind.card_ids().items() if name == "olaf"}


def wait(company: Company, _card: str) -> None:
    company.apply(CARDS + "organization: {seat_limit: 2}\n")
    company.hire("zoe")
    company.join("Cards - Sales", "zoe")


@pytest.mark.parametrize(
    ("name", "come_about", "badge", "sentence"),
    [
        pytest.param("ines", lambda *_: None, "Live", "Its link and QR code work already", id="live"),
        pytest.param("zoe", wait, "Waiting for a seat", "goes live by itself once there is one: ask IT", id="waiting"),
        pytest.param(
            "ines",
            lambda company, card: company.write(lambda tx: by_hand.pause(tx, [card])),
            "Paused by your company",
            "so its address shows nothing of you",
            id="paused by an admin",
        ),
        pytest.param(
            "ines",
            lambda company, _: company.leave("Cards - Sales", "ines"),
            "Paused by your company",
            "so its address shows nothing of you",
            id="paused by the directory",
        ),
    ],
)
def test_the_state_of_a_card_is_said_in_words(
    request: pytest.FixtureRequest,
    nordwind: Company,
    name: str,
    come_about: Callable[[Company, str], None],
    badge: str,
    sentence: str,
) -> None:
    come_about(nordwind, nordwind.card_ids()["ines", "Sales"])
    person = request.getfixturevalue("signed_in")(name)
    card = nordwind.card_ids()[name, "Sales"]

    page, share, code = text(person, f"/me/{card}"), text(person, f"/me/{card}/share"), person.get(f"/me/{card}/qr")

    assert badge in page
    assert sentence in page
    assert ("There is nothing to share until then" in share) is (badge != "Live")
    assert code.status_code == (200 if badge == "Live" else 404)


def test_the_directorys_last_word_is_dated(signed_in: SignIn, nordwind: Company) -> None:
    page = text(signed_in("ines"), f"/me/{nordwind.card_ids()['ines', 'Sales']}")

    assert "Directory data as of" in page


BELOW = ("", "/edit", "/share", "/qr", "/preview", "/theme.css", "/qr.svg", ".vcf")


@pytest.mark.parametrize("below", BELOW)
def test_nobody_sees_another_persons_pages(signed_in: SignIn, nordwind: Company, below: str) -> None:
    card = nordwind.card_ids()["ines", "Sales"]

    answers = [signed_in(name).get(f"/me/{card}{below}") for name in ("ines", "olaf", "nora")]

    assert [answer.status_code for answer in answers] == [200, 404, 404]
    assert not any("Ines" in answer.text for answer in answers[1:])


@pytest.mark.parametrize("below", ["", *(f"/{'0' * 26}{below}" for below in BELOW), "/cards.css"])
def test_whoever_is_not_signed_in_sees_nothing(app: Flask, signed_in: SignIn, below: str) -> None:
    answer = signed_in("stranger").get(f"/me{below}")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/login?next=/me{below}")
    assert answer.text == ""


def test_no_answer_is_kept_framed_or_fed_with_scripts_of_others(signed_in: SignIn, nordwind: Company) -> None:
    card = nordwind.card_ids()["ines", "Sales"]
    answers = [signed_in("ines").get(f"/me/{card}{below}") for below in (*BELOW, "/nothing")]

    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "style=" not in answer.text
        assert "<style" not in answer.text
        assert " on" not in "".join(piece.split(">")[0] for piece in answer.text.split("<"))


def test_sharing_offers_mail_and_message_with_the_cards_address_in_them(signed_in: SignIn, nordwind: Company) -> None:
    card = nordwind.card_ids()["ines", "Sales"]

    page = signed_in("ines").get(f"/me/{card}/share").text

    address = f"https%3A%2F%2Fcards.example%2Fc%2F{card}"
    assert (
        f'href="mailto:?subject=Business%20card%20of%20Ines&amp;body=Here%20is%20my%20business%20card%3A%20{address}"'
        in page
    )
    assert f'href="sms:?&amp;body=Here%20is%20my%20business%20card%3A%20{address}"' in page
    assert f'href="/c/{card}.vcf"' in page


def test_what_is_kept_for_offline_says_nothing_of_the_person(signed_in: SignIn, nordwind: Company) -> None:
    card = nordwind.card_ids()["ines", "Sales"]

    page = signed_in("ines").get(f"/me/{card}/qr")

    assert f"https://cards.example/c/{card}" in page.text
    assert not any(word in page.text for word in ("Ines", "CFO", "555", "Nordwind", "Sales", "csrf"))


def test_the_manifest_and_the_worker_are_for_these_pages_alone(app: Flask) -> None:
    visitor = app.test_client()

    manifest, worker = visitor.get("/me/app.webmanifest"), visitor.get("/me/worker.js")

    found = json.loads(manifest.data)
    assert (manifest.content_type, found["start_url"], found["scope"]) == ("application/manifest+json", "/me", "/me")
    assert [visitor.get(icon["src"], buffered=True).status_code for icon in found["icons"]] == [200] * 4
    assert worker.headers["Service-Worker-Allowed"] == "/me"
    assert worker.content_type == "text/javascript; charset=utf-8"


def test_while_the_database_is_away_the_page_asks_to_come_back(tmp_path: Path) -> None:
    away = URL.create("postgresql+psycopg", "nobody", host="127.0.0.1", port=1, database="none")
    app = create_app(Settings(database_url=away, data_dir=tmp_path))
    browser = app.test_client()
    browser.set_cookie("lanyard", "a-session", domain="127.0.0.1")

    answer = browser.get("/me", base_url="http://127.0.0.1:8000")

    app.extensions["lanyard.chores"].end()
    app.extensions["lanyard.database"].close()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "Try again in a moment" in answer.text
