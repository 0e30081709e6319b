"""What has to have happened for cards to follow the directory, step by step, each as far as it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.auth import tokens
from app.auth.oauth import clients
from app.cards import lookup
from app.core.unit_of_work import Reader
from app.directory import connection
from app.directory.arrivals import Arrivals, Keys, arrivals
from app.directory.connection import FAILING, NEVER, Connection


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whether it is done, what is known of it, and where to see it."""

    key: str
    title: str
    done: bool
    says: str
    at: datetime | None = None
    href: str | None = None
    warns: bool = False
    """Whether it went another way than it should."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How the connection stands, and its steps in the order in which they come."""

    connection: Connection
    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(step.done for step in self.steps)

    @property
    def complete(self) -> bool:
        """Whether there is nothing to wait for."""
        return self.done == len(self.steps)

    @property
    def next(self) -> str | None:
        """The key of the first step that is not done."""
        return next((step.key for step in self.steps if not step.done), None)


def progress(reader: Reader, now: datetime) -> Progress:
    """How far the connection has come `now`. A dozen small queries, the same for a directory of any size."""
    stands, come = connection.connection(reader, now), arrivals(reader)
    return Progress(
        stands,
        (
            _credential(reader, now),
            _probe(stands),
            _user(come),
            _key(come.keys),
            _group(come),
            _membership(come),
            _card(reader),
        ),
    )


def _credential(reader: Reader, now: datetime) -> Step:
    valid = [one.name for one in tokens.every(reader) if one.state(now) == "valid"]
    valid += [one.name for one in clients.every(reader) if one.revoked_at is None]
    says = f"Valid: {', '.join(valid)}." if valid else "Make one in step 2."
    return Step("credential", "A token or an OAuth client", bool(valid), says)


def _probe(stands: Connection) -> Step:
    done = stands.state not in {NEVER} and not (stands.state == FAILING and stands.credential_refused)
    if stands.credential_refused:
        return Step("probe", "Entra tests the connection", False, "It came with a token that is over.", warns=True)
    says = "It asked, and got its answer." if done else "Waiting for “Test connection”."
    return Step("probe", "Entra tests the connection", done, says)


def _user(come: Arrivals) -> Step:
    title = "The first person arrives"
    if come.user is None:
        return Step("user", title, False, "Waiting for the first cycle, or for “Provision on demand”.")
    return Step("user", title, True, come.user.name, come.user.at, f"/console/people/{come.user.id}")


def _key(keys: Keys) -> Step:
    title = "objectId comes as externalId"
    if not keys.looked_at:
        return Step("key", title, False, "To be seen by the first person.")
    if keys.without is None:
        return Step("key", title, True, "Everybody who came last has an object id.")
    sent = f"has externalId {keys.sent!r}, which is no object id" if keys.sent else "has no externalId"
    return Step("key", title, False, f"{keys.without} {sent}.", warns=True)


def _group(come: Arrivals) -> Step:
    title = "The first group arrives"
    if come.group is None:
        return Step("group", title, False, "Groups come after the people.")
    return Step("group", title, True, come.group.name, come.group.at, f"/console/groups/{come.group.id}")


def _membership(come: Arrivals) -> Step:
    title, member = "The first membership arrives", come.membership
    if member is None:
        return Step("membership", title, False, "Memberships come last in a cycle.")
    return Step(
        "membership", title, True, f"{member.member} in {member.name}", member.at, f"/console/groups/{member.id}"
    )


def _card(reader: Reader) -> Step:
    if lookup.any_live(reader):
        return Step("card", "The first card is up", True, "See all cards.", href="/console/cards")
    return Step("card", "The first card is up", False, "Bind a group to a template.", href="/console/bindings")
