"""The job that asks Graph about everybody, with the application's token: twenty at a time, each once in a round.

Nothing is kept in memory that matters: whoever is asked about is claimed in our tables first and marked when done, so a
process that dies costs those it was at work with a second look, and another process goes on with the rest.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

import structlog

from app.core import clock
from app.core.errors import LanyardError
from app.core.jobs.running import ACTOR, Working
from app.core.settings import Settings
from app.core.unit_of_work import Database, Reader, Transaction
from app.photos.graph import people, rounds
from app.photos.graph.client import MOST_IN_BATCH, Answer, Away, Busy, Denied, Graph, NotTaken, TooLarge
from app.photos.graph.people import Person
from app.photos.graph.taking import DENIED, UNLEARNED, Known, etag_of, judged, take
from app.photos.preparing import open_store

T = TypeVar("T")

THREADS = 4
"""Batches under way at a time."""
TURN = timedelta(minutes=5)
"""After which another organization's people are asked about, if any wait."""
AFTER_OUTAGE = timedelta(minutes=5)
RENEW = timedelta(minutes=5)
"""How long before its end a token is not used any more."""
HOW_TO_CONSENT = (
    "In Entra, give the app registration the application permission ProfilePhoto.Read.All of Microsoft Graph and grant"
    " admin consent."
)

log = structlog.get_logger("lanyard.graph")


class Token(NamedTuple):
    """An access token for Graph, and when it ends."""

    text: str
    expires_at: datetime


class NoToken(LanyardError):
    """There is no token for the application; the sentence says why, and what to do."""


class TokenAway(LanyardError):
    """There is no token at the moment; later there may be."""


class Tokens(Protocol):
    """Gets a token for an organization's application."""

    def __call__(self, database: Database, settings: Settings, organization_id: str) -> Token:
        """A new token. Raises NoToken, TokenAway."""


class ToAsk(Protocol):
    """Says whom Graph is to be asked about."""

    def __call__(
        self, reader: Reader, begun_at: datetime, after: str, most: int, *, now: datetime | None = None
    ) -> list[Person]:
        """At most so many people, in order of their records' ids, behind `after`, who were not done in the round.

        Without `now` also those at whom somebody is at work.
        """


def pending(reader: Reader, _settings: Settings, now: datetime) -> bool:
    """Whether a round is due, or goes on."""
    return bool(rounds.due(reader, now))


def ask(working: Working, tokens: Tokens, to_ask: ToAsk) -> str:
    """Ask Graph about everybody who is due, organization after organization; says what came of it.

    Raises StoreAway when the store of photos is: the rounds then go on later.
    """
    counts: Counter[str] = Counter()
    problems: dict[str, bool] = {}
    while due := _due(working.database):
        for organization_id in due:
            asking = _Asking(working, organization_id, tokens, to_ask)
            problems[organization_id] = not asking.go()
            counts += asking.counts
    asked = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "nobody"
    some = sum(problems.values())
    where = f"{some} organization{'s' if some > 1 else ''}"
    more = f" In {where} not everybody could be asked about; lanyard photos list says why." if some else ""
    return f"Asked Microsoft Graph about {counts.total()} people: {asked}.{more}"


def _due(database: Database) -> list[str]:
    with database.read(None) as reader:
        return rounds.due(reader, clock.now())


class _Asking:
    """One round, or what is left of it, of one organization; as much of it as TURN allows."""

    def __init__(self, working: Working, organization_id: str, tokens: Tokens, to_ask: ToAsk) -> None:
        self._working = working
        self._organization_id = organization_id
        self._to_ask = to_ask
        self._tokens = tokens
        self._store = open_store(working.settings)
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._graph: Graph | None = None
        self._after = ""
        self._stopped = False
        self._until = time.monotonic() + TURN.total_seconds()
        self.counts: Counter[str] = Counter()
        """What was learned, by state; `unchanged` where there was nothing new."""

    def go(self) -> bool:
        """Ask about those who are left; False when that was not possible.

        Afterwards the round is over, or not due for a while, or somebody was asked about.
        """
        self._begun_at = self._write(rounds.begin)
        try:
            self._opened()  # without a token nobody is claimed
            _in_parallel(self._work, THREADS)
        except Busy as error:
            self._write(
                partial(rounds.put_off, begun_at=self._begun_at, until=clock.now() + timedelta(seconds=error.seconds))
            )
            log.info("graph is busy", organization=self._organization_id, seconds=error.seconds)
            return False
        except (Away, NotTaken, TooLarge, TokenAway) as error:
            self._write(
                partial(rounds.put_off, begun_at=self._begun_at, until=clock.now() + AFTER_OUTAGE, problem=f"{error}.")
            )
            return False
        except Denied as error:
            self._write(partial(rounds.end, begun_at=self._begun_at, problem=f"{error}. {HOW_TO_CONSENT}"))
            return False
        except NoToken as error:
            self._write(partial(rounds.end, begun_at=self._begun_at, problem=str(error)))
            return False
        if self._stopped:
            return True
        with self._working.database.read(self._organization_id) as reader:
            others = self._to_ask(reader, self._begun_at, "", 1)
        if others:  # somebody else has them, or had and died
            self._write(partial(rounds.put_off, begun_at=self._begun_at, until=clock.now() + timedelta(minutes=1)))
        else:
            self._write(partial(rounds.end, begun_at=self._begun_at))
        return True

    def _work(self) -> None:
        """Take people and ask about them until nobody is left, the turn is over, or going on was found to be no use."""
        while not self._stopped:
            claimed = self._claim()
            if claimed is None:
                return
            try:
                self._ask_about(claimed)
            except BaseException:
                self._stopped = True
                raise
            self._stopped = self._stopped or time.monotonic() > self._until

    def _claim(self) -> list[Person] | None:
        """The next people, who may all have been taken by somebody else; None when there are none."""
        with self._lock, self._working.database.read(self._organization_id) as reader:
            found = self._to_ask(reader, self._begun_at, self._after, MOST_IN_BATCH, now=clock.now())
            if not found:
                return None
            self._after = found[-1].user_id
        return self._write(partial(people.claim, people=found, begun_at=self._begun_at))

    def _ask_about(self, claimed: Sequence[Person]) -> None:
        if not claimed:
            return
        left = {person.user_id for person in claimed}
        try:
            answers = self._looked(claimed)
            same, busy = [], None
            for person, answer in zip(claimed, answers, strict=True):
                try:
                    known = self._learned(person, answer)
                except Busy as error:  # the others' answers are there
                    busy = error
                    continue
                if known is person.before and known is not None:
                    same.append(person.user_id)
                else:
                    self._write(partial(people.learn, person=person, known=known, begun_at=self._begun_at))
                    left.discard(person.user_id)
                    self._count(known.state)
            if same:
                self._write(partial(people.nothing_new, user_ids=same, begun_at=self._begun_at))
                left.difference_update(same)
                self._count("unchanged", len(same))
            if busy is not None:
                raise busy
        finally:
            if left:
                self._write(partial(people.release, user_ids=left))

    def _looked(self, claimed: Sequence[Person]) -> list[Answer]:
        answers = self._opened().look_at_all([person.path for person in claimed])
        refused = [answer for answer in answers if answer.status == 403]
        if len(refused) == len(answers) and not self.counts.keys() - UNLEARNED:
            # Nobody may be asked about: it is the application that may not, and not they.
            for person in claimed:
                known = Known(DENIED, reason=f"Microsoft Graph refuses to be asked: {refused[0].in_words}")
                self._write(partial(people.learn, person=person, known=known, begun_at=self._begun_at))
            raise Denied(f"Microsoft Graph refuses to be asked: {refused[0].in_words}")
        return answers

    def _learned(self, person: Person, answer: Answer) -> Known:
        known = judged(answer, person.before)
        if known is not None:
            return known
        database, graph = self._working.database, self._opened()
        return take(database, self._store, self._organization_id, graph, person.path, etag_of(answer))

    def _opened(self) -> Graph:
        """Graph with a token that lasts a while. Raises NoToken, TokenAway."""
        with self._lock:
            if self._graph is None or self._token is None or self._token.expires_at - RENEW <= clock.now():
                settings = self._working.settings
                self._token = self._tokens(self._working.database, settings, self._organization_id)
                self._graph = Graph(settings.graph_url, self._token.text)
            return self._graph

    def _count(self, what: str, number: int = 1) -> None:
        with self._lock:
            self.counts[what] += number

    def _write(self, work: Callable[[Transaction], T]) -> T:
        return self._working.database.write(
            work, organization_id=self._organization_id, actor=ACTOR, request_id=self._working.request_id
        )


def _in_parallel(work: Callable[[], None], threads: int) -> None:
    """Do the work in so many threads, and wait for all; raises what one of them raised.

    They end with the process, however it ends: what they were at work with is done again.
    """
    done: list[Future[None]] = [Future() for _ in range(threads)]

    def run(future: Future[None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (whoever waits raises it)
            future.set_exception(error)
        else:
            future.set_result(None)

    for future in done:
        threading.Thread(target=run, args=(future,), name="graph", daemon=True).start()
    for error in [future.exception() for future in done]:
        if error is not None:
            raise error
