"""A company whose cards show photos."""

from __future__ import annotations

import base64
import io
from datetime import timedelta

import pytest
from flask import Flask
from PIL import Image

from app.auth.sign_in import sessions
from app.auth.sign_in.sessions import Limits, Visitor
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.cards.conftest import Company
from tests.my_card.conftest import Person
from tests.support.photos import addresses, prepare

CARD = """
    templates: [{{name: Sales, photo: {{sync: {mode}, editable: {editable}}}}}]
    bindings: [{{group: "Cards - Sales", template: Sales}}]
    """


def coloured(colour: str, size: tuple[int, int] = (300, 200)) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def pushed(colour: str) -> list[dict[str, str]]:
    """The attribute `photos` with a picture of one colour."""
    return [{"type": "photo", "value": "data:image/png;base64," + base64.b64encode(coloured(colour)).decode()}]


class Pictured:
    """Ines' card, whose photo is in question."""

    def __init__(self, company: Company, app: Flask) -> None:
        self.company, self.app, self.visitor = company, app, app.test_client()
        company.hire("ines", displayName="Ines JONES")
        company.group("Cards - Sales", "ines")

    def template(self, mode: str = "always", editable: bool = False) -> None:
        """Cards show a photo by this mode."""
        self.company.apply(CARD.format(mode=mode, editable=str(editable).lower()))

    @property
    def public_id(self) -> str:
        [found] = self.company.card_ids().values()
        return found

    def push(self, colour: str | None) -> None:
        """The directory has a photo of that colour, or none; what waits is prepared."""
        self.company.change("ines", photos=pushed(colour) if colour else None)
        prepare(self.app)

    def holder(self) -> Person:
        """Ines, signed in."""
        [row] = self.company.card_rows()
        visitor, limits = Visitor("ines", person_id=row.person_id), Limits(timedelta(hours=1), timedelta(hours=1))
        return Person(self.app, self.company.write(lambda tx: sessions.begin(tx, visitor, limits)))

    def page(self) -> str:
        return self.visitor.get(f"/c/{self.public_id}").text

    def photos(self) -> list[str]:
        """The addresses of all photos on the page."""
        return addresses(self.page())


@pytest.fixture
def nordwind(database: Database, organization: Organization) -> Company:
    """The organization `nordwind`, whose directory can be pushed in plain words."""
    return Company(database, organization.id)


@pytest.fixture
def ines(nordwind: Company, app: Flask) -> Pictured:
    """Ines, with a card that shows the directory's photo once it has one."""
    pictured = Pictured(nordwind, app)
    pictured.template()
    return pictured
