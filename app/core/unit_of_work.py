"""The one place that opens and commits transactions, and the only door to the database."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Insert, insert
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core import clock
from app.core.audit import Deed, audit_log
from app.core.away import MET_TOO_OFTEN, has_collided, translated
from app.core.connections import Connections
from app.core.db import ORGANIZATION, check_open, create_engine
from app.core.errors import Collision, NotAlone, Unavailable
from app.core.events import Event, Handlers, Wake
from app.core.ids import timed_id
from app.core.prepared import Found, execute, together
from app.core.replica import Replica, wait_for_copies
from app.core.tenancy import ensure_scoped
from app.core.turns import Gate, WriterQueue

T = TypeVar("T")
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

ATTEMPTS = 4
"""How often work that met another transaction is run before the sender hears of it.

Running it again is safe whatever it does: the database has undone all of it. Once would do for two that meet; a
directory sends a dozen at once, and whoever is undone a second time would have to be sent again by it, seconds later.
"""

_INSERT_AUDIT = insert(audit_log)


class Reader:
    """Reads within one organization."""

    def __init__(self, connection: Connection, organization_id: str | None) -> None:
        self._connection = connection
        self._organization_id = organization_id

    @property
    def organization_id(self) -> str:
        """The organization everything here is scoped to. Raises LookupError in a reader without one."""
        if self._organization_id is None:
            raise LookupError("this reader belongs to no organization")
        return self._organization_id

    def within(self, organization_id: str) -> Reader:
        """The same reading, scoped to one organization."""
        return Reader(self._connection, organization_id)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._connection.dialect.name

    def execute(self, statement: Executable, parameters: Parameters = None) -> Found:
        """Run `statement` within the organization: `ORGANIZATION` is bound, inserted rows get their organization.

        Raises core.tenancy.Unscoped for a statement that does not keep to its organization.
        """
        ensure_scoped(statement)
        if not isinstance(statement, Insert):
            return execute(self._connection, statement, _bound(parameters, ORGANIZATION.key, self.organization_id))
        rows = _bound(parameters, "organization_id", self.organization_id)
        if statement.select is not None:
            rows = _bound(parameters, ORGANIZATION.key, self.organization_id)
        return execute(self._connection, statement, rows)

    def execute_across(self, statement: Executable, parameters: Parameters = None) -> Found:
        """Run a statement that has to look beyond one organization: tokens, public card ids, organizations by slug."""
        return execute(self._connection, statement, parameters)


class Transaction(Reader):
    """One writing transaction of one organization, by one actor, for one request."""

    def __init__(
        self, connection: Connection, organization_id: str | None, *, actor: str, request_id: str | None
    ) -> None:
        super().__init__(connection, organization_id)
        self.actor = actor
        self.request_id = request_id
        self.now: datetime = clock.now()
        self.alone = False
        """Whether nobody else writes in the organization until this ends (cards.issuing.hold_organization)."""
        self.deeds: list[Deed] = []
        """What the transaction did so far, in order."""
        self.wakes: set[str] = set()
        """The jobs that something waits for once the transaction is committed."""
        self._last_steps: list[Callable[[], None]] = []
        self._events: deque[Event] = deque()
        self._audit: list[dict[str, Any]] = []

    def emit(self, event: Event) -> None:
        """Queue `event`; its handlers run in this transaction, before it commits."""
        self._events.append(event)

    def note(self, action: str, subject: str, detail: Mapping[str, Any] | None = None) -> None:
        """Keep in `deeds` what was done; nothing is written."""
        self.deeds.append(Deed(action, subject, detail or {}))

    def at_last(self, step: Callable[[], None]) -> None:
        """Have `step` run in this transaction after all handlers: `deeds` then say everything that it did.

        It may write, and not read: what is written then goes to the database together.
        """
        self._last_steps.append(step)

    def wake(self, job: str) -> None:
        """Have the job looked at once this transaction is committed; what it is to do stands in our tables."""
        self.wakes.add(job)

    def audit(self, action: str, subject: str, detail: Mapping[str, Any] | None = None) -> None:
        """Note a deed and queue it for the audit log; all lines of a transaction are written together."""
        self.note(action, subject, detail)
        self._audit.append(
            {
                "id": timed_id(self.now),
                "at": self.now,
                "actor": self.actor,
                "action": action,
                "subject": subject,
                "detail": dict(detail) if detail else None,
                "request_id": self.request_id,
            }
        )

    def finish(self, handlers: Handlers) -> None:
        """Run the handlers of all queued events, those they emit included, then the last steps; write audit lines."""
        while self._events:
            event = self._events.popleft()
            for handler in handlers.get(type(event), ()):
                handler(self, event)
        if not self._last_steps and not self._audit:
            return
        with together(self._connection):
            for step in self._last_steps:
                step()
            if self._audit:
                self.execute(_INSERT_AUDIT, self._audit if len(self._audit) > 1 else self._audit[0])


class Database:
    """An installation's database. One per process; safe to share between threads.

    At most `writers` threads write at a time; None: as many as want to.
    """

    def __init__(
        self,
        url: URL,
        handlers: Handlers,
        wake: Wake | None = None,
        replica: URL | None = None,
        writers: int | None = None,
    ) -> None:
        self._handlers = handlers
        self._wake = wake
        self._writing = create_engine(url, reading=False)
        self._reading = create_engine(url, reading=True)
        self._writers = Connections(self._writing, check_open)
        self._readers = Connections(self._reading, check_open)
        self._replica = Replica(replica, self._waits_for_copies) if replica is not None else None
        if self._replica is not None:
            wait_for_copies(self._writing)
        self._gate = Gate(writers) if writers is not None else None
        self._queue = WriterQueue(url.database) if url.get_backend_name() == "sqlite" else None

    def write(
        self,
        work: Callable[[Transaction], T],
        *,
        organization_id: str | None,
        actor: str,
        request_id: str | None = None,
    ) -> T:
        """What `work` returns, after everything it did, its events' handlers and its audit lines are committed.

        Anything raised rolls all of it back. Work that collides with another transaction (deadlock, serialization
        failure, Collision) is run again from the start, so it must depend on nothing but its transaction.
        Raises Unavailable when the database is away, when the work collided ATTEMPTS times, or when others have been
        writing for so long that they are not waited for.
        """
        first: Callable[[Transaction], object] | None = None
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._write_once(work, organization_id, actor, request_id, first)
            except Collision as error:
                if attempt == ATTEMPTS:
                    raise Unavailable(MET_TOO_OFTEN) from error
                if isinstance(error, NotAlone):
                    first = error.first
            except DBAPIError as error:
                if attempt == ATTEMPTS or not has_collided(error):
                    raise translated(error) from error
            except PoolTimeout as error:
                raise Unavailable("The database is busy; try again in a moment.") from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _write_once(
        self,
        work: Callable[[Transaction], T],
        organization_id: str | None,
        actor: str,
        request_id: str | None,
        first: Callable[[Transaction], object] | None,
    ) -> T:
        with self._queued(), self._writers.lent() as connection:
            transaction = connection.begin()
            try:
                unit = Transaction(connection, organization_id, actor=actor, request_id=request_id)
                if first is not None:
                    first(unit)
                result = work(unit)
                unit.finish(self._handlers)
                transaction.commit()
            except BaseException:
                transaction.rollback()
                raise
        if self._wake is not None:
            for job in unit.wakes:
                self._wake(job)
        return result

    @contextmanager
    def read(self, organization_id: str | None) -> Iterator[Reader]:
        """A reader in autocommit: every statement sees what was committed before it.

        Raises Unavailable when the database is away.
        """
        with _speaking_of_absence(), self._readers.lent() as connection:
            yield Reader(connection, organization_id)

    @contextmanager
    def read_card(self, organization_id: str | None) -> Iterator[Reader]:
        """The same for what visitors look at: from the replica, while there is one that answers and is waited for."""
        connection = self._replica.connect() if self._replica is not None else None
        with _speaking_of_absence(), connection or self._readers.lent() as connected:
            yield Reader(connected, organization_id)

    def _waits_for_copies(self) -> bool:
        with self._readers.lent() as connection:
            return bool(connection.exec_driver_sql("SHOW synchronous_standby_names").scalar_one())

    @contextmanager
    def _queued(self) -> Iterator[None]:
        with ExitStack() as held:
            if self._gate is not None:
                held.enter_context(self._gate.passed())
            if self._queue is not None:
                held.enter_context(self._queue.turn())
            yield

    def close(self) -> None:
        """Close all pooled connections, and what wakes jobs."""
        if self._wake is not None:
            self._wake.close()
        self._writers.close()
        self._readers.close()
        if self._replica is not None:
            self._replica.close()


@contextmanager
def _speaking_of_absence() -> Iterator[None]:
    """Raise Unavailable where the database is away."""
    try:
        yield
    except DBAPIError as error:
        raise translated(error) from error
    except PoolTimeout as error:
        raise Unavailable("The database is busy; try again in a moment.") from error


def _bound(parameters: Parameters, key: str, value: str) -> Parameters:
    if parameters is None:
        return {key: value}
    if isinstance(parameters, Mapping):
        return {**parameters, key: value}
    return [{**row, key: value} for row in parameters]


def violates(error: Exception, table: str, *columns: str) -> bool:
    """Whether an IntegrityError says that `columns` of `table` (organization first) are no longer unique.

    PostgreSQL names the index, SQLite the columns; by the naming convention both are known here.
    """
    text = str(getattr(error, "orig", error))
    names = [f"{table}.organization_id", *(f"{table}.{column}" for column in columns)]
    return f"uq_{table}_{'_'.join(('organization_id', *columns))}" in text or ", ".join(names) in text
