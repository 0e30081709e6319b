"""What a tap on a contact opens: calls, mails, pages and profiles, and never anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cards.addresses import from_text
from app.cards.links import PROFILES, mail_link, map_link, social_link, web_link
from app.cards.phones import tel_link, use_of


@pytest.mark.parametrize(
    ("text", "link"),
    [
        pytest.param("www.nordwind.example", "https://www.nordwind.example", id="a bare host"),
        pytest.param("nordwind.example:8443/x", "https://nordwind.example:8443/x", id="a bare host with a port"),
        pytest.param("www.müller.example/über", "https://www.müller.example/über", id="a host with an umlaut"),
        pytest.param("例え.テスト", "https://例え.テスト", id="a host in another script"),
        pytest.param("nordwind.xn--p1ai", "https://nordwind.xn--p1ai", id="the same, in letters of ASCII"),
        pytest.param("HTTP://nordwind.example", "HTTP://nordwind.example", id="capitals stay"),
        pytest.param("//nordwind.example", None, id="no scheme"),
        pytest.param("ines@nordwind.example", None, id="a mail address"),
        pytest.param("intranet", None, id="no domain"),
        pytest.param("1.2", None, id="a number"),
        pytest.param("https://nordwind.example/a b", None, id="a sentence"),
        pytest.param("file:///etc/passwd", None, id="a file"),
        pytest.param("\x01javascript:alert(1)", None, id="a script behind a control character"),
        pytest.param("java\nscript:alert(1)", None, id="a script in two lines"),
        pytest.param("javascript:nordwind.example:80/", None, id="a script that looks like a host"),
    ],
)
def test_a_website_opens(text: str, link: str | None) -> None:
    assert web_link(text) == link


@given(st.text(max_size=80), st.sampled_from([None, *PROFILES, "mastodon", "unknown"]))
def test_no_text_opens_anything_but_pages_mails_and_calls(text: str, service: str | None) -> None:
    found = {
        ("http", "https"): (web_link(text), social_link(service, text), web_link(f"javascript:{text}")),
        ("mailto",): (mail_link(text),),
        ("tel",): (tel_link(text, "CH"),),
    }

    for schemes, links in found.items():
        assert all(link.partition(":")[0].lower() in schemes for link in links if link is not None)


@pytest.mark.parametrize(
    ("service", "text", "link"),
    [
        ("linkedin", "ines", "https://www.linkedin.com/in/ines"),
        ("XING", "Ines_Jones", "https://www.xing.com/profile/Ines_Jones"),
        ("github", "ines-j", "https://github.com/ines-j"),
        ("instagram", "@ines.j", "https://www.instagram.com/ines.j"),
        ("x", "@ines", "https://x.com/ines"),
        ("twitter", "ines", "https://x.com/ines"),
        ("youtube", "ines", "https://www.youtube.com/@ines"),
        ("facebook", "ines", "https://www.facebook.com/ines"),
        ("threads", "@ines", "https://www.threads.net/@ines"),
        ("bluesky", "ines.nordwind.example", "https://bsky.app/profile/ines.nordwind.example"),
        ("mastodon", "ines@social.example", "https://social.example/@ines"),
        ("linkedin", "www.linkedin.com/in/ines", "https://www.linkedin.com/in/ines"),
        ("linkedin", "jané", "https://www.linkedin.com/in/jan%C3%A9"),
        ("linkedin", "..", None),
        ("linkedin", "../x", None),
        ("unknown", "ines", None),
        (None, "https://social.example/@ines", "https://social.example/@ines"),
        ("x", "data:text/html,x", None),
    ],
)
def test_a_profile_opens(service: str | None, text: str, link: str | None) -> None:
    assert social_link(service, text) == link


@pytest.mark.parametrize(
    ("text", "region", "link"),
    [
        pytest.param("044 555 01 02", "CH", "tel:+41445550102", id="as the organization dials"),
        pytest.param("044 555 01 02", None, None, id="no region, no country code"),
        pytest.param("+41 44 555 01 02", None, "tel:+41445550102", id="no region, country code"),
        pytest.param("0041 44 555 01 02", "CH", "tel:+41445550102", id="dialled from abroad"),
        pytest.param("+41 44 555 01 02 x7", "CH", "tel:+41445550102;ext=7", id="an extension"),
        pytest.param("+٤١ ٤٤ ٥٥٥ ٠١ ٠٢", None, "tel:+41445550102", id="digits of another script"),
        pytest.param("+41 44 555 01 02 03 04 05 06", None, None, id="too long"),
        pytest.param("044 555 01 02", "ZZ", None, id="a region that is none"),
        pytest.param("", "CH", None, id="nothing"),
    ],
)
def test_a_number_dials(text: str, region: str | None, link: str | None) -> None:
    assert tel_link(text, region) == link


@pytest.mark.parametrize(
    ("source", "label", "use"),
    [
        pytest.param('phoneNumbers[type eq "fax"].value', "Office", "fax", id="the source goes before the label"),
        pytest.param('phoneNumbers[type eq "mobile"].value', "", "cell", id="a mobile"),
        pytest.param('phoneNumbers[type eq "work"].value', "", "work", id="at work"),
        pytest.param('phoneNumbers[type eq "home"].value', "", "home", id="at home"),
        pytest.param('phoneNumbers[type eq "pager"].value', "", "pager", id="a pager"),
        pytest.param('phoneNumbers[type eq "other"].value', "Mobil", "cell", id="the label where the source is silent"),
        pytest.param("phoneNumbers.value", "Hotline", None, id="the attribute's own name says nothing"),
        pytest.param(None, "Telefax", "fax", id="a label alone"),
    ],
)
def test_what_a_number_is_for(source: str | None, label: str, use: str | None) -> None:
    assert use_of(source, label) == use


def test_a_map_is_asked_for_the_whole_address() -> None:
    link = map_link(from_text("Quaistrasse 4 & 6\n8001 Zürich #1"))

    assert link == "https://www.openstreetmap.org/search?query=Quaistrasse+4+%26+6%2C+8001+Z%C3%BCrich+%231"
