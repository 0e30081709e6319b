"""What mails say and how they look: nothing is fetched, nothing is run, whatever is in the texts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from app.core.mail.letter import Letter
from app.directory.announce import card_ready

HOSTILE = '<img src="https://evil.example/x.png" onerror="alert(1)">'
LONG = "https://cards.example/claim/" + "x" * 120


def letter(text: str = "Hello,", link: str = LONG) -> Letter:
    return Letter(subject=text, organization=text, paragraphs=(text,), button=text, link=link, after=(text,), why=text)


def test_the_plain_text_has_the_link_on_a_line_of_its_own() -> None:
    told = card_ready("Nordwind AG", "https://cards.example/c/1", "https://cards.example/me").text()

    assert "\nhttps://cards.example/me\n" in told
    assert "https://cards.example/c/1" in told
    assert "<" not in told


def test_texts_are_texts_in_html() -> None:
    page = letter(HOSTILE, link='https://cards.example/?a="b"&c=<d>').html()

    assert "<img" not in page
    assert page.count("&lt;img") == 6
    assert 'href="https://cards.example/?a=&quot;b&quot;&amp;c=&lt;d&gt;"' in page


def test_nothing_is_fetched_and_nothing_runs() -> None:
    page = letter().html()

    assert re.findall(r"(?i)<(?:img|script|link|iframe|object|video|form)|url\(|@import|\ssrc=", page) == []
    assert set(re.findall(r'https?://[^"<\s]+', page)) == {LONG}


def test_a_letter_survives_being_stored() -> None:
    assert Letter.from_json(letter().to_json()) == letter()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 800])
def test_the_html_fits_and_can_be_read(browser: Browser, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(letter("Your card of Nordwind-und-Söhne-Aktiengesellschaft is ready.").html())

    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    contrasts = page.evaluate(CONTRASTS)
    context.close()

    assert overflow == 0
    assert asked == []
    assert len(contrasts) > 5
    assert min(contrasts) >= 4.5


CONTRASTS = """() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = text => {
    const [r, g, b] = rgb(text).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let one = element; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (rgb(color).length === 3) return color;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("p, a")].map(element => {
    const pair = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  });
}"""
"""WCAG's contrast of each text against what it stands on."""
