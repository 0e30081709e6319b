"""The job that fetches photos from web addresses: new ones soon, all others once a day to see whether they are others.

Bytes are fetched by several threads and drawn by this one alone, one photo at a time, as those that were pushed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile

from app.core import clock
from app.core.jobs.running import ACTOR, Working
from app.core.settings import Settings
from app.core.unit_of_work import Reader, Transaction
from app.photos import keeping
from app.photos.containers import UnsafeImage
from app.photos.fetching import replacing, waiting
from app.photos.fetching.fetcher import Fetched, Fetcher, NotFetched, Validators
from app.photos.fetching.replacing import Write
from app.photos.fetching.waiting import TRIES, Due
from app.photos.images import named
from app.photos.preparing import open_store, store_photo

AT_ONCE = 4
"""Photos of one organization that are fetched at once; then it is the next one's turn."""
LONGEST = timedelta(minutes=1)
"""How long a run goes on with more: slow servers keep nobody else's work waiting. The rest is done by the next."""


def pending(reader: Reader, _settings: Settings, now: datetime) -> bool:
    """Whether it is a photo's turn."""
    return waiting.is_due(reader, now)


def fetch(working: Working, fetcher: Fetcher | None = None) -> str:
    """Fetch every photo whose turn it is; says what became of them. Raises StoreAway when the store is."""
    job, until = _Job(working, fetcher or Fetcher(working.settings.photo_hosts)), clock.now() + LONGEST
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetching") as pool:
        while clock.now() < until and (found := job.whose()):
            for organization_id in takewhile(lambda _: clock.now() < until, found):
                job.go(organization_id, pool)
    done = ", ".join(f"{count} {what}" for what, count in sorted(job.counts.items()))
    return f"Photos at web addresses: {done or 'none was due'}."


class _Job:
    """One run."""

    def __init__(self, working: Working, fetcher: Fetcher) -> None:
        self._working = working
        self._fetcher = fetcher
        self._store = open_store(working.settings)
        self.counts: Counter[str] = Counter()

    def whose(self) -> Sequence[str]:
        with self._working.database.read(None) as reader:
            return waiting.whose(reader, clock.now())

    def go(self, organization_id: str, pool: ThreadPoolExecutor) -> None:
        """Fetch a few of one organization."""
        write = partial(
            self._working.database.write,
            organization_id=organization_id,
            actor=ACTOR,
            request_id=self._working.request_id,
        )
        taken = write(lambda tx: waiting.take(tx, AT_ONCE))
        for due, outcome in zip(taken, list(pool.map(self._outcome, taken)), strict=True):
            self.counts[self._settle(organization_id, write, due, outcome)] += 1

    def _outcome(self, due: Due) -> Fetched | str:
        """What came, or why nothing did."""
        try:
            return self._fetcher.fetch(due.address, due.known)
        except NotFetched as error:
            return str(error)

    def _settle(self, organization_id: str, write: Write, due: Due, outcome: Fetched | str) -> str:
        """Keep what came of one; what that is in a word."""
        if isinstance(outcome, str):
            if due.tries < TRIES:
                return "put off"
            if outcome != due.complaint:
                write(lambda tx: keeping.complain(tx, due.photo_id, outcome))
            return "failed"
        content = outcome.content
        if content is None or named(content) == due.original:
            write(lambda tx: _is_the_same(tx, due, outcome.validators))
            return "unchanged"
        try:
            sizes = store_photo(self._working.database, self._store, organization_id, content)
        except UnsafeImage as error:
            sentence = f"The photo {error}."
            write(lambda tx: _is_none(tx, due, sentence))
            return "refused"
        replacing.keep_the_one_before(write, due)
        write(lambda tx: _is_another(tx, due, named(content), sizes, outcome.validators))
        return "new"


def _is_the_same(tx: Transaction, due: Due, said: Validators) -> None:
    keeping.complain_no_more(tx, due.photo_id)
    waiting.came(tx, due.photo_id, said)


def _is_none(tx: Transaction, due: Due, sentence: str) -> None:
    keeping.complain(tx, due.photo_id, sentence)
    waiting.came(tx, due.photo_id, None)


def _is_another(tx: Transaction, due: Due, original: str, sizes: Sequence[int], said: Validators) -> None:
    keeping.make_ready(tx, due.photo_id, original, sizes)
    waiting.came(tx, due.photo_id, said)
