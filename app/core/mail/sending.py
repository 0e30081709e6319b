"""The job that sends what waits in the outbox, one mail after the other, no faster than the installation allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple

from app.core import clock
from app.core.errors import LanyardError, Refused
from app.core.jobs.running import ACTOR, Working
from app.core.mail import outbox
from app.core.mail.letter import Letter
from app.core.mail.outbox import Mail
from app.core.mail.relay import Connection, NotNow, Relay, RelayAway, Undeliverable, compose
from app.core.secrets import Sealer, installation_key
from app.core.settings import Settings
from app.core.unit_of_work import Reader, Transaction

LOST_CONNECTIONS = 3
"""After so many in a row the rest waits for the next minute."""


class Addressed(NamedTuple):
    """A letter, and where it goes."""

    recipient: str
    letter: Letter


Writer = Callable[[Reader, Settings, str], Addressed | None]
"""Writes a letter about a person, of what is true now; None when there is nothing to tell them any more."""
Writers = Mapping[str, Writer]
"""Who writes the letters of a kind."""


def pending(reader: Reader, settings: Settings, now: datetime) -> bool:
    """Whether there is a mail to send, and a server to take it."""
    return settings.smtp is not None and outbox.next_due(reader, now, settings.mail_per_minute) is not None


def send_due(working: Working, writers: Writers) -> str:
    """Send what is due; says what became of it.

    Raises RelayAway when the mail server takes nothing, Refused without one.
    """
    if working.settings.smtp is None:
        raise Refused("There is no mail server: LANYARD_SMTP_URL names one. `lanyard mail list` shows what waits.")
    return _Round(working, working.settings.smtp, writers).go()


class _Round:
    """One run over the outbox, with one connection as long as it holds."""

    def __init__(self, working: Working, relay: Relay, writers: Writers) -> None:
        self._working = working
        self._relay = relay
        self._writers = writers
        self._sealer = Sealer(installation_key(working.settings.secret_key, working.settings.data_dir))
        self._counts = dict.fromkeys((outbox.SENT, outbox.FAILED, outbox.DROPPED, "put off"), 0)

    def go(self) -> str:
        lost = 0
        while self._next() is not None:
            # Connected before a mail is taken: that a server is away costs no mail an attempt.
            with Connection(self._relay) as connection:
                try:
                    self._send_all(connection)
                    connection.end()
                except RelayAway:
                    lost += 1
                    if lost == LOST_CONNECTIONS:
                        raise
        return f"Mails: {', '.join(f'{count} {word}' for word, count in self._counts.items())}."

    def _next(self) -> Mail | None:
        with self._working.database.read(None) as reader:
            return outbox.next_due(reader, clock.now(), self._working.settings.mail_per_minute)

    def _send_all(self, connection: Connection) -> None:
        while (mail := self._next()) is not None:
            if not self._write(mail, partial(outbox.attempt, mail=mail)):
                continue
            try:
                outcome = self._send(connection, mail)
            except Undeliverable as error:
                outcome = outbox.FAILED
                self._write(mail, partial(outbox.give_up, mail=mail, error=str(error)))
            except (NotNow, RelayAway) as error:
                self._counts["put off"] += 1
                self._write(mail, partial(outbox.keep, mail=mail, error=str(error)))
                if isinstance(error, RelayAway):
                    raise
                continue
            self._counts[outcome] += 1

    def _send(self, connection: Connection, mail: Mail) -> str:
        addressed = self._addressed(mail)
        if addressed is None:
            self._write(mail, lambda tx: outbox.drop(tx, mail))
            return outbox.DROPPED
        recipient, letter = addressed
        connection.send(compose(self._relay, letter, recipient, mail.id, mail.made_at))
        self._write(mail, lambda tx: outbox.sent(tx, mail, recipient, letter.subject))
        return outbox.SENT

    def _addressed(self, mail: Mail) -> Addressed | None:
        try:
            letter = mail.opened(self._sealer)
        except LanyardError as error:
            raise Undeliverable(f"The letter cannot be read: {error}.") from error
        if letter is not None and mail.recipient is not None:
            return Addressed(mail.recipient, letter)
        if mail.person_id is None:
            raise Undeliverable("The letter is gone.")
        with self._working.database.read(mail.organization_id) as reader:
            return self._writers[mail.kind](reader, self._working.settings, mail.person_id)

    def _write(self, mail: Mail, work: Callable[[Transaction], object]) -> object:
        return self._working.database.write(
            work, organization_id=mail.organization_id, actor=ACTOR, request_id=self._working.request_id
        )
