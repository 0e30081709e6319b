"""What holds of every page, whoever asks for it: a strict parser and the rules that no single test would repeat."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.test import TestResponse

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
_UNLABELLED = {"hidden", "submit", "button"}
_INLINE = re.compile(r'\son[a-z]+=|\sstyle=|<style|<script(?![^>]*\ssrc=)|="javascript:|hx-on', re.IGNORECASE)


def inspect(response: TestResponse) -> list[str]:
    """What is wrong with a page and its headers; nothing when the answer is no page."""
    if response.mimetype != "text/html" or not response.data:
        return []
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.text)
    wrong = [
        f"{name} is {response.headers.get(name)!r}"
        for name, value in HEADERS.items()
        if response.headers.get(name) != value
    ]
    policy = response.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy or "frame-ancestors" not in policy:
        wrong.append(f"Content-Security-Policy is {policy!r}")
    if response.headers.get("Cache-Control") not in {"no-store", "no-cache"}:
        wrong.append(f"Cache-Control is {response.headers.get('Cache-Control')!r}")
    if found := _INLINE.search(response.text):
        wrong.append(f"inline {found.group()!r}")
    return wrong + _headings(document) + _ids(document) + _labels(document) + _forms(document)


def _headings(document: Element) -> list[str]:
    headings = [_text(one) for one in document.iter("h1")]
    title = _text(next(document.iter("title"), Element("title")))
    if len(headings) != 1:
        return [f"{len(headings)} h1"]
    return [] if title.startswith(headings[0]) else [f"the title {title!r} does not begin with {headings[0]!r}"]


def _ids(document: Element) -> list[str]:
    ids = [one.get("id", "") for one in document.iter() if "id" in one.attrib]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    pointing = {
        (name, target)
        for one in document.iter()
        for name in ("for", "aria-describedby", "aria-labelledby", "aria-controls")
        for target in one.get(name, "").split()
    }
    return [f"id {one!r} is there twice" for one in twice] + [
        f"{name} points to {target!r}, which is not there" for name, target in sorted(pointing) if target not in ids
    ]


def _labels(document: Element) -> list[str]:
    labelled = {one.get("for") for one in document.iter("label")}
    within = {id(field) for label in document.iter("label") for field in label.iter()}
    return [
        f"{one.tag} {one.get('name')!r} has no label"
        for one in document.iter()
        if one.tag in {"input", "select", "textarea"}
        and one.get("type") not in _UNLABELLED
        and not (one.get("id") in labelled or id(one) in within or one.get("aria-label"))
    ]


def _forms(document: Element) -> list[str]:
    return [
        f"the form to {one.get('action')!r} has no csrf_token"
        for one in document.iter("form")
        if one.get("method", "get").lower() == "post"
        and not any(field.get("name") == "csrf_token" and field.get("value") for field in one.iter("input"))
    ]


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())
