"""What needs somebody: each a sentence, how much of it, and where it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from sqlalchemy import bindparam, func, or_, select, text

from app.auth import tokens
from app.auth.sign_in import provider
from app.auth.sign_in.roles import ACCESS, CARDS, DIRECTORY
from app.cards.quality import kept
from app.console.counting import Counts
from app.core import clock
from app.core.db import ORGANIZATION
from app.core.ids import TIMED_PREFIX, timed_id
from app.core.mail.outbox import mails
from app.core.unit_of_work import Reader
from app.directory.organizations import Organization
from app.directory.tables import provisioning_log
from app.web.words import plural

DAY = timedelta(days=1)
SOON = timedelta(days=30)
MOST = 1_000
"""Of what is only counted to say that there is some."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that needs somebody. `area` is whose it is to see."""

    sentence: str
    path: str
    area: str
    urgent: bool = False


_failed = (
    select(provisioning_log.c.id)
    .where(
        provisioning_log.c.organization_id == ORGANIZATION,
        provisioning_log.c.status >= text("400"),  # as in the partial index
        provisioning_log.c.id >= bindparam("since"),
        # Reading what is gone is how a directory finds out that it is: there is nothing to mend.
        or_(provisioning_log.c.status != HTTPStatus.NOT_FOUND, provisioning_log.c.method.is_distinct_from("GET")),
    )
    .limit(MOST)
    .subquery("failed")
)
_FAILED = select(func.count()).select_from(_failed)
_waiting = (
    select(mails.c.id)
    .where(mails.c.organization_id == ORGANIZATION, mails.c.state == text("'waiting'"))
    .limit(MOST)
    .subquery("waiting")
)
_MAILS = select(func.count()).select_from(_waiting)


def needs(reader: Reader, organization: Organization, counts: Counts, *, sends_mail: bool) -> Iterator[Need]:
    """What needs somebody now, what presses most first. Five queries, each over an index and bounded."""
    now = clock.now()
    if held := counts.cards.get("held", 0):
        yield Need(
            f"{plural(held, 'card is', 'cards are')} held: many people were taken away at once. Approve or reject it.",
            "/console/held", DIRECTORY, urgent=True,
        )  # fmt: skip
    if failed := reader.execute(_FAILED, {"since": timed_id(now - DAY)[:TIMED_PREFIX]}).scalar_one():
        many = "1,000 requests or more were" if failed == MOST else plural(failed, "request was", "requests were")
        yield Need(f"{many} refused in the last day.", "/console/log?outcome=refused", DIRECTORY)
    if waiting := counts.cards.get("waiting", 0):
        yield Need(
            f"{plural(waiting, 'card waits', 'cards wait')} for a seat: the limit is {organization.seat_limit}.",
            "/console/cards?state=waiting", CARDS,
        )  # fmt: skip
    yield from _tokens(reader, now)
    if provider.of_organization(reader) is None:
        yield Need("Nobody can sign in yet: say which OpenID provider is yours.", "/console/sign-in", ACCESS)
    if not sends_mail and (unsent := reader.execute(_MAILS).scalar_one()):
        yield Need(
            f"{plural(unsent, 'e-mail waits', 'e-mails wait')}, and there is no mail server. Send them by hand.",
            "/console/mail", DIRECTORY,
        )  # fmt: skip
    found = kept.current(reader).counts or {}
    if doubtful := sum(found.values()):
        yield Need(
            f"{plural(doubtful, 'thing looks', 'things look')} wrong in the directory's data.",
            "/console/quality",
            DIRECTORY,
        )


def _tokens(reader: Reader, now: datetime) -> Iterator[Need]:
    valid = [one for one in tokens.every(reader) if one.state(now) == "valid"]
    if not valid:
        yield Need("No directory can connect: there is no token yet.", "/console/connection", ACCESS, urgent=True)
    for one in valid:
        if one.expires_at is not None and one.expires_at < now + SOON:
            left = plural(max(0, (one.expires_at - now).days), "day")
            yield Need(f"The token {one.name} expires in {left}: make another before.", "/console/tokens", ACCESS)
