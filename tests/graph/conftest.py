"""A company with Microsoft Graph beside it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from app.auth.sign_in import provider as providers
from app.cards import editing
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.jobs import running
from app.core.jobs.running import Outcome
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory import organizations
from app.directory.organizations import Organization
from app.directory.tables import scim_users
from app.photos.graph import rounds
from app.photos.graph.tables import graph_people, graph_tokens
from app.photos.images import named
from app.photos.preparing import open_store, store_photo
from app.wiring import JOBS
from tests.auth_oauth.issuer import TENANT
from tests.cards.conftest import Company
from tests.sign_in.openid import CLIENT, SECRET, Provider, provider
from tests.support.graph import MadeUpGraph, made_up_graph
from tests.support.photos import addresses

TOKEN = "at"
"""What the provider gives everybody."""
TEMPLATES = """
    templates: [{{name: Sales, photo: {{sync: {mode}, editable: {editable}}}}}, {{name: Plain}}]
    bindings: [{{group: "Cards - Sales", template: Sales}}, {{group: "Cards - Plain", template: Plain}}]
    """
COLOURS = {"red": (255, 0, 0), "blue": (0, 0, 255), "lime": (0, 255, 0)}


def picture(colour: str, size: tuple[int, int] = (120, 120)) -> bytes:
    """A JPEG of one colour, as Graph would have it."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def object_id(number: int) -> str:
    """What Graph calls somebody."""
    return f"8a520000-0000-4000-8000-{number:012d}"


class Nordwind:
    """The company, its cards, and what Graph has of its people."""

    def __init__(self, database: Database, organization: Organization, app: Flask, graph: MadeUpGraph) -> None:
        self.database, self.organization, self.app, self.graph = database, organization, app, graph
        self.company = Company(database, organization.id)
        known: Settings = app.extensions["lanyard.settings"]
        self.settings = Settings(known.database_url, known.data_dir, known.public_url, graph_url=graph.url)
        self.visitor = app.test_client()
        self._hired = 0

    def configure(self, openid: Provider) -> None:
        """Name the tenant, and have everybody's photo fetched."""
        self.openid = openid
        self.company.write(
            lambda tx: providers.set_(
                tx,
                self.app.extensions["lanyard.sealer"],
                issuer=openid.issuer,
                client_id=CLIENT,
                client_secret=SECRET,
                tenant_id=TENANT,
            )
        )
        self.fetch("everyone")

    def template(self, mode: str = "always", editable: bool = False) -> None:
        """Cards of Sales show a photo by this mode, those of Plain none."""
        self.company.apply(TEMPLATES.format(mode=mode, editable=str(editable).lower()))

    def fetch(self, setting: str) -> None:
        """Have photos fetched: off, sign_in, everyone."""
        self.company.write(partial(organizations.change, changes={"photos_from_graph": setting}))

    def hire(self, *names: str, **document: Any) -> None:
        """New people with object ids, the first 1, whose cards are of Sales."""
        for number, name in enumerate(names, self._hired + 1):
            self.company.hire(name, externalId=object_id(number), **document)
        if self._hired:
            self.company.join("Cards - Sales", *names)
        else:
            self.company.group("Cards - Sales", *names)
        self._hired += len(names)

    def run(self, job: str = rounds.JOB) -> str:
        """Run a job; the sentence of its outcome."""
        ended = running.run(self.database, self.settings, running.named(JOBS, job))
        assert isinstance(ended, Outcome)
        return ended.sentence if ended.outcome == "done" else f"{ended.outcome}: {ended.sentence}"

    def ask_anew(self) -> str:
        """Run the job in a new round."""
        self.company.write(rounds.ask_anew)
        return self.run()

    def is_due(self, job: str = rounds.JOB) -> bool:
        """Whether a consumer would run the job now."""
        return bool(running.due(self.database, self.settings, [running.named(JOBS, job)], clock.now()))

    def page(self, name: str) -> str:
        """The card's page."""
        return self.visitor.get(f"/c/{self.public_id(name)}").text

    def public_id(self, name: str) -> str:
        [found] = [one for (whose, _), one in self.company.card_ids().items() if whose == name]
        return found

    def shows(self, name: str) -> str | None:
        """The colour of the photo on the card; None where there are initials."""
        found = addresses(self.page(name))
        if not found:
            return None
        pixel = Image.open(io.BytesIO(self.visitor.get(found[0]).data)).convert("RGB").getpixel((20, 20))
        assert isinstance(pixel, tuple)
        [colour] = [
            one for one, wanted in COLOURS.items() if all(abs(a - b) < 24 for a, b in zip(pixel, wanted, strict=True))
        ]
        return colour

    def round(self) -> rounds.Round:
        """How the round stands."""
        with self.database.read(self.organization.id) as reader:
            return rounds.of_organization(reader)

    def known(self) -> dict[str, tuple[str | None, str | None]]:
        """State and reason of everybody who was asked about, by user name without its domain."""
        statement = select(scim_users.c.user_name, graph_people.c.state, graph_people.c.reason).where(
            scim_users.c.organization_id == ORGANIZATION,
            graph_people.c.organization_id == ORGANIZATION,
            graph_people.c.user_id == scim_users.c.id,
        )
        with self.database.read(self.organization.id) as reader:
            return {row.user_name.partition("@")[0]: (row.state, row.reason) for row in reader.execute(statement).all()}

    def tokens(self) -> list[Any]:
        """The tokens that wait."""
        with self.database.read(self.organization.id) as reader:
            return list(reader.execute(select(graph_tokens).where(graph_tokens.c.organization_id == ORGANIZATION)))

    def upload(self, name: str, colour: str) -> None:
        """Give the card a photo of its own, as an admin."""
        data = picture(colour)
        sizes = store_photo(self.database, open_store(self.settings), self.organization.id, data)
        self.company.write(lambda tx: editing.set_photo(tx, self.public_id(name), named(data), sizes))


@pytest.fixture
def graph() -> Iterator[MadeUpGraph]:
    """Graph, which takes the token of the provider for an application's."""
    with made_up_graph() as started:
        started.tokens[TOKEN] = None
        yield started


@pytest.fixture
def openid() -> Iterator[Provider]:
    """The tenant's token endpoint."""
    with provider() as started:
        yield started


@pytest.fixture
def nordwind(
    database: Database, organization: Organization, app: Flask, graph: MadeUpGraph, openid: Provider, tmp_path: Path
) -> Nordwind:
    """A company that has everybody's photo fetched; nobody is there yet."""
    made = Nordwind(database, organization, app, graph)
    made.configure(openid)
    return made
