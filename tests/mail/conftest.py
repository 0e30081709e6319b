"""An organization that sends mails through a mail server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from app.core.jobs.running import Outcome, named, run
from app.core.mail import outbox
from app.core.mail.outbox import Mail
from app.core.mail.relay import Relay
from app.core.secrets import Sealer
from app.core.settings import Settings
from app.core.unit_of_work import Database
from app.directory import announce
from app.directory.organizations import Organization
from app.wiring import JOBS
from tests.mail.post_office import SENDER, PostOffice, open_post_office

LINK = "https://cards.example/claim/a-secret-token"
UNTIL = datetime(2026, 12, 9, 12, 0, tzinfo=UTC)
KEY = "a key of forty characters, for tests only"


class Sending:
    """The outbox of one organization, and the job that sends what is in it."""

    def __init__(self, database: Database, organization: Organization, settings: Settings) -> None:
        self.database = database
        self.organization = organization
        self.settings = settings
        self.sealer = Sealer(KEY)

    def invite(self, *addresses: str) -> None:
        for to in addresses:
            self.database.write(
                lambda tx, to=to: announce.invitation(tx, self.sealer, to=to, link=LINK, until=UNTIL),  # type: ignore[misc]
                organization_id=self.organization.id,
                actor="cli",
            )

    def send(self) -> Outcome:
        """What the job says of one run."""
        ended = run(self.database, self.settings, named(JOBS, outbox.JOB))
        assert ended is not None
        return ended

    def mails(self) -> list[Mail]:
        with self.database.read(self.organization.id) as reader:
            return list(outbox.every(reader))

    def states(self) -> dict[str | None, str]:
        """What became of the mail to each recipient."""
        return {mail.recipient: mail.state for mail in self.mails()}


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """A mail server without encryption, as it may be on the same machine."""
    with open_post_office() as office:
        yield office


@pytest.fixture
def settings(database_url: URL, tmp_path: Path, office: PostOffice) -> Settings:
    """The settings of an installation that sends through the mail server."""
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        public_url="https://cards.example",
        secret_key=KEY,
        smtp=Relay("127.0.0.1", office.port, SENDER, "off"),
        mail_per_minute=1000,
    )


@pytest.fixture
def new_sending(database: Database, organization: Organization, settings: Settings) -> Callable[..., Sending]:
    """Makes a Sending whose settings differ: new_sending(mail_per_minute=2)."""
    return lambda **over: Sending(database, organization, replace(settings, **over))


@pytest.fixture
def sending(new_sending: Callable[..., Sending]) -> Sending:
    """The outbox of `nordwind`."""
    return new_sending()
