"""A small company whose people are signed in and look after their own cards."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from app.auth.sign_in import sessions
from app.auth.sign_in.sessions import Limits, Visitor
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from app.directory.tables import scim_users
from tests.cards.conftest import Company
from tests.support.client import PAGES

CARDS = """
    templates:
      - name: Sales
        design: {accent: "#0b5fff"}
        general:
          name: {sync: always}
          title: {sync: unless_edited, editable: true}
          department: {sync: unless_edited}
          company: {sync: never, value: "Nordwind AG"}
          headline: {sync: never, editable: true, placeholder: "What do you do?"}
        fields:
          - {key: mail, kind: email, label: E-mail, source: 'emails[type eq "work"].value', sync: always}
          - {key: mobile, kind: phone, label: Mobile, source: 'phoneNumbers[type eq "mobile"].value', sync: unless_edited, editable: true}
          - {key: office, kind: address, label: Office, source: 'addresses[type eq "work"]', sync: unless_edited, editable: true}
          - {key: site, kind: url, label: Website, sync: never, value: "https://nordwind.example", editable: true}
          - {key: since, kind: date, label: Since, sync: never, editable: true}
          - {key: note, kind: text, label: Note, sync: never, editable: true}
        photo: {sync: always}
      - name: Wardens
        design: {accent: "#b3261e"}
        general: {name: {sync: always}}
    bindings:
      - {group: "Cards - Sales", template: Sales}
      - {group: "Cards - Wardens", template: Wardens}
    """
INES = {
    "title": "CFO",
    "emails": [{"type": "work", "value": "ines@nordwind.example"}],
    "phoneNumbers": [{"type": "mobile", "value": "+41 79 555 01 00"}],
    "addresses": [{"type": "work", "streetAddress": "Quaistrasse 4", "postalCode": "8001", "locality": "Zürich"}],
}


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    """Ines has a card, Olaf has two, Nora has none."""
    company = Company(database, organization.id)
    company.apply(CARDS)
    company.hire("ines", **INES)
    company.hire("olaf", "nora")
    company.group("Cards - Sales", "ines", "olaf")
    company.group("Cards - Wardens", "olaf")
    return company


class Form(HTMLParser):
    """The fields of a page's form as a browser would send them, untouched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name")
        if name is None or (found.get("type") == "checkbox" and "checked" not in found):
            return
        if tag == "input":
            self.fields[name] = found.get("value") or ""
        elif tag == "textarea":
            self.fields[name], self._area = "", name

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            self.fields[self._area] = self.fields[self._area].removeprefix("\n")
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.fields[self._area] += data


@dataclass
class Person:
    """Somebody with a browser, signed in where they have a session's secret."""

    app: Flask
    secret: str | None

    def __post_init__(self) -> None:
        self._http = self.app.test_client()
        self._http.environ_base["HTTP_ACCEPT"] = PAGES
        if self.secret is not None:
            self._http.set_cookie("__Host-lanyard", self.secret, domain="cards.example", secure=True)

    def get(self, path: str) -> TestResponse:
        return self._http.get(path, base_url="https://cards.example")

    def post(self, path: str, fields: dict[str, str | list[str]], length: int | None = None) -> TestResponse:
        """A form; `length` is what the request says of it, where that is not true."""
        said = {} if length is None else {"CONTENT_LENGTH": str(length)}
        return self._http.post(path, data=fields, base_url="https://cards.example", environ_overrides=said)

    def send(self, card: str, content: bytes | None = None, **fields: str) -> TestResponse:
        """The form of a card's photo, with a file where there is `content`."""
        form = Form(self.get(f"/me/{card}/photo").text).fields
        data: dict[str, Any] = {"csrf_token": form["csrf_token"], "act": "upload", **fields}
        if content is not None:
            data["photo"] = FileStorage(io.BytesIO(content), "me.jpg")
        # Encoded here: the test client puts a large form into a file that it leaves open.
        boundary, body = encode_multipart(data)
        kind = f'multipart/form-data; boundary="{boundary}"'
        return self._http.post(f"/me/{card}/photo", data=body, content_type=kind, base_url="https://cards.example")

    def form(self, card: str, **typed: str) -> dict[str, str | list[str]]:
        """The form of a card with some of its fields typed over."""
        fields = Form(self.get(f"/me/{card}/edit").text).fields
        return {**fields, **{f"value.{key}": text for key, text in typed.items()}}

    def save(self, card: str, **typed: str) -> TestResponse:
        return self.post(f"/me/{card}/edit", self.form(card, **typed))


@pytest.fixture
def signed_in(app: Flask, nordwind: Company) -> Callable[[str], Person]:
    """Somebody of the company, signed in: signed_in("ines")."""
    statement = select(scim_users.c.user_name, scim_users.c.person_id).where(
        scim_users.c.organization_id == ORGANIZATION
    )
    with nordwind.database.read(nordwind.organization_id) as reader:
        by_name = {row.user_name.partition("@")[0]: row.person_id for row in reader.execute(statement)}

    def sign_in(name: str) -> Person:
        secret = None
        if name in by_name:
            visitor, limits = Visitor(name, person_id=by_name[name]), Limits(timedelta(hours=1), timedelta(hours=1))
            secret = nordwind.write(lambda tx: sessions.begin(tx, visitor, limits))
        return Person(app, secret)

    return sign_in


def refusals(company: Company) -> list[tuple[str, str, dict[str, object]]]:
    """The audit log's lines about edits that were refused: actor, subject, detail."""
    statement = select(audit_log).where(
        audit_log.c.organization_id == ORGANIZATION, audit_log.c.action == "card.edit_refused"
    )
    with company.database.read(company.organization_id) as reader:
        return [(row.actor, row.subject, row.detail) for row in reader.execute(statement)]
