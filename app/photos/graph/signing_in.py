"""Photos of people who sign in, with their own tokens: kept sealed for a moment, used by a job, and forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core import clock
from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.jobs.running import ACTOR, Working
from app.core.secrets import Sealer, installation_key
from app.core.settings import Settings
from app.core.stores import Store
from app.core.unit_of_work import Reader, Transaction
from app.photos.graph import people, rounds
from app.photos.graph.client import Away, Busy, Graph, NotTaken, TooLarge
from app.photos.graph.tables import graph_tokens
from app.photos.graph.taking import DENIED, SILENT, Known, etag_of, judged, take
from app.photos.preparing import open_store

JOB = "graph-sign-in"
ATTEMPT = timedelta(minutes=2)
"""How long whoever takes a token has it: longer than asking takes."""
AFTER_OUTAGE = timedelta(minutes=5)
HOW_TO_CONSENT = (
    "In Entra, give the app registration the delegated permission User.Read of Microsoft Graph and grant admin consent."
)

Opened = Callable[[Sealer, str, str], str]
"""Opens the sealed token of the person with this id. Raises Refused when it was sealed with another key."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A token that waits; still sealed."""

    organization_id: str
    person_id: str
    token: str
    expires_at: datetime
    not_before: datetime


_FIELDS = tuple(graph_tokens.c[name] for name in Waiting.__dataclass_fields__)
_NEXT = (
    select(*_FIELDS)
    .where(or_(graph_tokens.c.not_before <= bindparam("now"), graph_tokens.c.expires_at <= bindparam("now")))
    .order_by(graph_tokens.c.not_before)
    .limit(1)
)
_ONE = (graph_tokens.c.organization_id == ORGANIZATION) & (graph_tokens.c.person_id == bindparam("person"))
_SAME = _ONE & (graph_tokens.c.not_before == bindparam("seen"))
_MOVE = update(graph_tokens).where(_SAME).values(not_before=bindparam("until"))
_FORGET = delete(graph_tokens).where(_SAME)


def _put(insert: Any) -> Any:
    statement = insert(graph_tokens)
    names = ("token", "made_at", "expires_at", "not_before")
    return statement.on_conflict_do_update(
        index_elements=[graph_tokens.c.organization_id, graph_tokens.c.person_id],
        set_={name: statement.excluded[name] for name in names},
    )


_PUT = {"sqlite": _put(sqlite.insert), "postgresql": _put(postgresql.insert)}


def put(tx: Transaction, person_id: str, sealed: str, expires_at: datetime) -> None:
    """Have the person's photo fetched with this token, once the transaction is committed; in place of one before."""
    row = {"person_id": person_id, "token": sealed, "expires_at": expires_at, "made_at": tx.now, "not_before": tx.now}
    tx.execute(_PUT[tx.dialect], row)
    tx.wake(JOB)


def pending(reader: Reader, _settings: Settings, now: datetime) -> bool:
    """Whether a token waits to be used, or to be forgotten."""
    return _next(reader, now) is not None


def _next(reader: Reader, now: datetime) -> Waiting | None:
    row = reader.execute_across(_NEXT, {"now": now}).first()
    return None if row is None else Waiting(**row._mapping)


def ask(working: Working, opened: Opened) -> str:
    """Ask Graph about everybody whose token waits, and forget it; says what came of it. `opened` opens tokens.

    Raises StoreAway when the store of photos is: tokens then wait on, as long as they last.
    """
    sealer = Sealer(installation_key(working.settings.secret_key, working.settings.data_dir))
    store, counts = open_store(working.settings), Counter[str]()
    while True:
        with working.database.read(None) as reader:
            found = _next(reader, clock.now())
        if found is None:
            asked = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "nobody"
            return f"Asked Microsoft Graph about people who signed in: {asked}."
        counts[_Asking(working, partial(opened, sealer), store, found).go()] += 1


class _Asking:
    """One person's photo."""

    def __init__(self, working: Working, opened: Callable[[str, str], str], store: Store, waiting: Waiting) -> None:
        self._working = working
        self._opened = opened
        self._store = store
        self._waiting = waiting
        self._seen = waiting.not_before

    def go(self) -> str:
        """Take the token, use it and forget it; what came of it in a word."""
        if self._waiting.expires_at <= clock.now():
            self._forget()
            return "too late"
        if not self._move(clock.now() + ATTEMPT):
            return "asked elsewhere"
        try:
            known = self._known()
        except Busy as error:
            self._move(clock.now() + timedelta(seconds=error.seconds))
            return "put off"
        except (Away, TooLarge):
            self._move(clock.now() + AFTER_OUTAGE)
            return "put off"
        except (NotTaken, Refused) as error:
            self._write(partial(rounds.say_of_sign_in, problem=f"{error}."))
            self._forget()
            return "refused"
        self._forget()
        return "gone" if known is None else known.state

    def _known(self) -> Known | None:
        """What Graph says of the person's photo, noted; None for somebody whose record is gone.

        Raises Away, Busy, NotTaken, and Refused for a token that was sealed with another key.
        """
        person_id, organization_id = self._waiting.person_id, self._waiting.organization_id
        token = self._opened(self._waiting.token, person_id)
        with self._working.database.read(organization_id) as reader:
            person = people.of_person(reader, person_id)
        if person is None:
            return None
        graph = Graph(self._working.settings.graph_url, token)
        answer = graph.look(person.path)
        known = judged(answer, person.before)
        if known is None:
            known = take(self._working.database, self._store, organization_id, graph, person.path, etag_of(answer))
        problem = f"{known.reason}. {HOW_TO_CONSENT}" if known.state == DENIED else None
        if answer.status == HTTPStatus.OK or problem is not None:
            self._write(partial(rounds.say_of_sign_in, problem=problem))
        if known.state == SILENT:
            raise Away(known.reason or "")
        self._write(partial(people.learn, person=person, known=known, begun_at=None))
        return known

    def _move(self, until: datetime) -> bool:
        """Have the token wait until then; False when somebody else has taken it, or another came in its place."""
        seen, self._seen = self._seen, until
        values = {"person": self._waiting.person_id, "seen": seen, "until": until}
        moved: int = self._write(lambda tx: tx.execute(_MOVE, values).rowcount)
        return moved == 1

    def _forget(self) -> None:
        values = {"person": self._waiting.person_id, "seen": self._seen}
        self._write(lambda tx: tx.execute(_FORGET, values))

    def _write(self, work: Callable[[Transaction], Any]) -> Any:
        return self._working.database.write(
            work,
            organization_id=self._waiting.organization_id,
            actor=ACTOR,
            request_id=self._working.request_id,
        )
